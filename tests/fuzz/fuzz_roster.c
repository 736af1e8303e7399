/* SPDX-License-Identifier: GPL-3.0-or-later */
/* fuzz_roster.c: rosters, revocations and suspensions, there and back. */
#include "bulletin/roster.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
roster(struct arena *arena, struct bytes in)
{
	struct buffer first = {0}, second = {0};
	struct fault fault;
	struct roster r;

	if (roster_read(&r, arena, in, &fault) != ERR_OK)
		return;
	roster_write(&first, &r);
	if (roster_read(&r, arena, buffer_bytes(&first), &fault) != ERR_OK)
		abort();
	roster_write(&second, &r);
	if (!bytes_equal(buffer_bytes(&first), buffer_bytes(&second)))
		abort();
	buffer_free(&first);
	buffer_free(&second);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct bytes in = bytes_of(data, size);
	struct buffer again = {0};
	struct revocation v;
	struct suspension s;
	struct arena *arena;

	if (arena_new(&arena) != ERR_OK)
		return 0;
	roster(arena, in);
	if (revocation_read(&v, in) == ERR_OK) {
		revocation_write(&again, &v);
		if (!bytes_equal(buffer_bytes(&again), in))
			abort();
	}
	buffer_clear(&again);
	if (suspension_read(&s, in) == ERR_OK) {
		suspension_write(&again, &s);
		if (!bytes_equal(buffer_bytes(&again), in))
			abort();
	}
	buffer_free(&again);
	arena_free(arena);
	return 0;
}
