/* SPDX-License-Identifier: GPL-3.0-or-later */
/* fuzz_document.c: signed texts: what is read is written, and read as the same again. */
#include "bulletin/document.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct document first, second;
	struct buffer again = {0};
	struct arena *arena;
	struct fault fault;

	if (arena_new(&arena) != ERR_OK)
		return 0;
	if (document_read(&first, arena, bytes_of(data, size), &fault) == ERR_OK) {
		document_write(&again, &first);
		if (document_read(&second, arena, buffer_bytes(&again), &fault) != ERR_OK ||
			!bytes_equal(first.text, second.text) ||
			!bytes_equal(first.geometry, second.geometry) ||
			first.approval_count != second.approval_count)
			abort();
		for (size_t i = 0; i < first.approval_count; i++)
			if (first.approval[i].key != second.approval[i].key ||
				memcmp(&first.approval[i].signature,
					&second.approval[i].signature,
					sizeof(struct signature)) != 0)
				abort();
	}
	buffer_free(&again);
	arena_free(arena);
	return 0;
}
