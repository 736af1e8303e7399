/* SPDX-License-Identifier: GPL-3.0-or-later */
/* fuzz_playbook.c: a playbook that is read makes a CAP message that keeps the rules. */
#include "cap/playbook.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct cap_point square[] = {{1, 1}, {1, 2}, {2, 2}, {2, 1}};
	static const struct cap_ring ring = {square, 4};
	static const struct cap_zone zone = {1, "z", NULL, 0, &ring, 1};
	static const struct playbook_use use = {.territory = "0000000a",
		.identifier = "a",
		.sender = "b",
		.zone = &zone,
		.zones = 1};
	struct arena *arena;
	struct playbook book;
	struct capmsg m;
	struct buffer out = {0};
	struct fault fault;

	if (arena_new(&arena) != ERR_OK)
		return 0;
	if (playbook_read(&book, arena, "fuzz", bytes_of(data, size), &fault) == ERR_OK &&
		(playbook_to_cap(&m, arena, &book, PLAYBOOK_ALERT, &use, &fault) !=
				ERR_OK ||
			capmsg_write(&out, &m, &fault) != ERR_OK))
		abort();
	buffer_free(&out);
	arena_free(arena);
	return 0;
}
