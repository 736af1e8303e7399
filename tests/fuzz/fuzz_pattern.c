/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A pattern that is read keeps within the limits of the program, whatever an order asks for. */
#include "siren/pattern.h"

#include <assert.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const uint32_t seconds[] = {0, 1, 61, 65535};
	struct pattern p;
	struct fault fault;

	if (pattern_read(&p, bytes_of(data, size), "fuzz", &fault) != ERR_OK)
		return 0;
	for (size_t i = 0; i < sizeof seconds / sizeof *seconds; i++) {
		int64_t total = pattern_total_ms(&p, seconds[i]), at = 0, next;
		int64_t most = pattern_suits_test(&p) ? 5000 : 600000;

		assert(total > 0 && total <= most && total <= p.cap_s * 1000);
		assert(p.use != USE_SILENT_TEST || pattern_closed_ms(&p, seconds[i]) == 0);
		for (; (next = pattern_next_change_ms(&p, seconds[i], at)) != -1; at = next)
			assert(next > at && next <= total);
		assert(!pattern_relay_at(&p, seconds[i], at));
	}
	return 0;
}
