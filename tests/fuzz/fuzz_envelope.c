/* SPDX-License-Identifier: GPL-3.0-or-later */
/* fuzz_envelope.c: feeds and envelopes of strangers, and the alerts in them. */
#include "cap/envelope.h"

int LLVMFuzzerTestOneInput(const uint8_t *at, size_t len);

int
LLVMFuzzerTestOneInput(const uint8_t *at, size_t len)
{
	struct cap_envelope e;
	struct cap_tree tree;
	struct arena *arena;

	if (arena_new(&arena) != ERR_OK)
		return 0;
	if (cap_tree_read(&tree, arena, bytes_of(at, len), NULL, NULL) == ERR_OK &&
		cap_envelope_open(&e, arena, &tree) == ERR_OK) {
		struct cap_findings f = {.arena = arena};
		enum cap_verdict verdict;

		cap_envelope_findings(&e, &f);
		for (size_t i = 0; i < e.count && i < 8; i++)
			if (cap_carried_check(&verdict, arena, &e.at[i], NULL, &f) !=
				ERR_OK)
				break;
	}
	arena_free(arena);
	return 0;
}
