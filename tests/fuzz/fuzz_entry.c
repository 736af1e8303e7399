/* SPDX-License-Identifier: GPL-3.0-or-later */
/* fuzz_entry.c: headers and lines of entries: what is read is written to the same bytes again. */
#include "bulletin/entry.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
must_come_back(const struct entry_header *h, struct bytes text)
{
	struct buffer again = {0};

	entry_header_write(&again, h);
	if (!bytes_equal(buffer_bytes(&again), text) || again.len >= ENTRY_HEADER_MAX)
		abort();
	buffer_free(&again);
}

static void
must_survive(const struct entry *e)
{
	struct buffer line = {0}, again = {0};
	struct arena *arena;
	struct entry back;

	if (arena_new(&arena) != ERR_OK)
		abort();
	entry_line_write(&line, e);
	if (entry_line_read(&back, arena, buffer_text(&line), line.len, NULL) != ERR_OK)
		abort();
	entry_line_write(&again, &back);
	if (!bytes_equal(buffer_bytes(&line), buffer_bytes(&again)))
		abort();
	buffer_free(&line);
	buffer_free(&again);
	arena_free(arena);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *text = (const char *)data;
	struct entry_header h;
	struct entry e;
	struct fault fault;
	struct arena *arena;

	if (entry_header_read(&h, text, size, &fault) == ERR_OK)
		must_come_back(&h, bytes_of(data, size));
	if (arena_new(&arena) != ERR_OK)
		abort();
	if (entry_line_read(&e, arena, text, size, &fault) == ERR_OK)
		must_survive(&e);
	arena_free(arena);
	return 0;
}
