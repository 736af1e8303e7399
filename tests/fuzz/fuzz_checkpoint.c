/* SPDX-License-Identifier: GPL-3.0-or-later */
/* fuzz_checkpoint.c: notes and their lines: what is read is written and read the same; a note
 * without witnesses comes back to the byte. */
#include "bulletin/checkpoint.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static bool
same(const struct checkpoint *a, const struct checkpoint *b)
{
	return a->territory == b->territory && a->term == b->term && a->size == b->size &&
	       a->time_ms == b->time_ms && hash_equal(&a->root, &b->root) &&
	       memcmp(a->key_id, b->key_id, sizeof a->key_id) == 0 &&
	       memcmp(a->signature.at, b->signature.at, sizeof a->signature.at) == 0;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *text = (const char *)data;
	struct checkpoint c, back;
	struct proof edge, edge_back;
	struct fault fault;
	struct buffer b = {0};

	if (checkpoint_read(&c, text, size, &fault) == ERR_OK) {
		checkpoint_write(&b, &c);
		/* The hub's line is the first: the note begins with what we write. */
		if (b.len > size || memcmp(b.at, data, b.len) != 0)
			abort();
	}
	buffer_clear(&b);
	if (checkpoint_line_read(&c, &edge, text, size, &fault) == ERR_OK) {
		checkpoint_line_write(&b, &c, edge.at, edge.count);
		if (checkpoint_line_read(&back, &edge_back, buffer_text(&b), b.len, NULL) !=
				ERR_OK ||
			!same(&c, &back) || edge.count != edge_back.count ||
			memcmp(edge.at, edge_back.at, edge.count * sizeof *edge.at) != 0)
			abort();
	}
	buffer_free(&b);
	return 0;
}
