/* SPDX-License-Identifier: GPL-3.0-or-later */
/* fuzz_order.c: orders, frames and takeovers: what is read is written to the same bytes again. */
#include "bulletin/takeover.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
same(struct buffer *again, struct bytes in)
{
	if (!bytes_equal(buffer_bytes(again), in))
		abort();
	buffer_free(again);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct bytes in = bytes_of(data, size);
	struct buffer again = {0};
	struct takeover t;
	struct order o;

	if (order_read(&o, in) == ERR_OK) {
		order_write(&again, &o);
		same(&again, in);
		order_digest(&o);
	} else if (o.body_count != 0 || o.approval_count != 0) {
		abort();
	}
	if (order_frame_read(&o, in) == ERR_OK) {
		again = (struct buffer){0};
		if (order_frame_write(&again, &o) != ERR_OK)
			abort();
		same(&again, in);
	}
	if (takeover_read(&t, &o, in) == ERR_OK) {
		again = (struct buffer){0};
		takeover_write(&again, &t, &o);
		same(&again, in);
	}
	return 0;
}
