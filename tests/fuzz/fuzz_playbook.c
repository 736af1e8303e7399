/* SPDX-License-Identifier: GPL-3.0-or-later */
/* fuzz_playbook.c: a playbook that is read makes a CAP message that keeps the rules, and has
 * something to say on every channel. */
#include "cap/playbook_channel.h"
#include "cap/playbook_lint.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
say_everywhere(
	const struct playbook *book, struct arena *arena, const struct playbook_use *use)
{
	struct playbook_advice *advice;
	struct channel_text out;
	size_t n;

	for (size_t i = 0; i < book->texts; i++)
		for (int k = 0; k < PLAYBOOK_PHASES * CHANNELS; k++)
			if (channel_say(&out, arena, (enum channel)(k % CHANNELS),
				    &book->text[i], (enum playbook_phase)(k / CHANNELS),
				    use) != ERR_OK ||
				out.fits != (out.size <= out.limit))
				abort();
	if (playbook_lint(&advice, &n, arena, book) != ERR_OK)
		abort();
}

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
	if (playbook_read(&book, arena, "fuzz", bytes_of(data, size), &fault) == ERR_OK) {
		if (playbook_to_cap(&m, arena, &book, PLAYBOOK_ALERT, &use, &fault) !=
				ERR_OK ||
			capmsg_write(&out, &m, &fault) != ERR_OK)
			abort();
		say_everywhere(&book, arena, &use);
	}
	buffer_free(&out);
	arena_free(arena);
	return 0;
}
