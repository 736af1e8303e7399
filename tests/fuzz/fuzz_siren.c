/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * fuzz_siren.c: a box that is given anything: orders, entries, cursors, in pieces of a byte that
 * says what it is, a length and bytes. Whatever comes, it must not sound: no two people signed it.
 */
#include "town/town.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
piece(struct box *b, uint8_t what, struct bytes bytes)
{
	static const char *const kind[] = {
		"order", "roster", "revocation", "mandate", "takeover", "zones"};

	if (what < 32)
		box_give(b, bytes);
	else if (what < 128)
		box_entry(b, &b->town->hub, kind[what % 6], bytes);
	else if (what < 192)
		box_step(b,
			&(struct siren_event){.kind = SIREN_RECEIVED, .number = bytes.len});
	else
		box_run(b, (int64_t)bytes.len * 100);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct town town;
	static bool made;
	struct reader r = reader_over(data, size);
	struct box b;

	if (!made)
		town_new(&town);
	made = true;
	box_new(&b, &town);
	while (r.left > 2) {
		uint8_t what = read_u8(&r);
		uint16_t len = read_u16(&r);

		piece(&b, what, read_bytes(&r, len < r.left ? len : r.left));
	}
	if (b.closures > 0)
		abort();
	box_free(&b);
	return 0;
}
