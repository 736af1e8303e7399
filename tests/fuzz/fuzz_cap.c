/* SPDX-License-Identifier: GPL-3.0-or-later */
/* fuzz_cap.c: what is read is written, read and written the same; what passes the rules can be
 * followed by a stop that passes them too. */
#include "cap/capval.h"
#include "cap/chain.h"
#include "cap/outline.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
must(bool good)
{
	if (!good)
		abort();
}

static void
survives(const struct capmsg *m, struct arena *arena)
{
	struct buffer once = {0}, twice = {0};
	struct capmsg again;
	struct fault fault;

	must(capmsg_write(&once, m, &fault) == ERR_OK);
	must(capmsg_read_max(&again, arena, once.at, once.len, CAPMSG_OWN_MAX, &fault) ==
		ERR_OK);
	must(capmsg_write(&twice, &again, &fault) == ERR_OK);
	must(bytes_equal(buffer_bytes(&once), buffer_bytes(&twice)));
	buffer_free(&once);
	buffer_free(&twice);
}

static void
reduce(const struct cap_info *info, struct arena *arena)
{
	for (size_t i = 0; i < info->area.n; i++)
		for (size_t k = 0; k < info->area.at[i].polygon.n; k++) {
			struct cap_point *p, *out;
			size_t n, count;

			must(capval_polygon(&p, &n, arena,
				     info->area.at[i].polygon.at[k]) == ERR_OK);
			if (n > 300)
				continue;
			must(outline_reduce(&out, &count, arena, p, n, 5) == ERR_OK);
			must(count >= 4 && out[0].lat == out[count - 1].lat);
		}
}

static void
follow(const struct capmsg *m, struct arena *arena)
{
	static const struct chain_text text = {"en", "e", "h", "d", "i"};
	const struct capmsg *live[1] = {m};
	struct chain chain = {live, 1, "next", 4102444800000, 0};
	struct capmsg stop;
	struct fault fault;

	if (chain_stop(&stop, arena, &chain, &text, 1, &fault) == ERR_OK)
		must(capmsg_check_output(&stop, &fault) == ERR_OK);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena *arena;
	struct capmsg m;
	struct fault fault;

	if (arena_new(&arena) != ERR_OK)
		return 0;
	if (capmsg_read(&m, arena, data, size, &fault) == ERR_OK) {
		survives(&m, arena);
		if (capmsg_check_output(&m, &fault) == ERR_OK) {
			for (size_t i = 0; i < m.info.n; i++)
				reduce(&m.info.at[i], arena);
			follow(&m, arena);
		}
	}
	arena_free(arena);
	return 0;
}
