/* SPDX-License-Identifier: GPL-3.0-or-later */
/* fuzz_spool.c: messages and cursors as bytes; and a spool that is offered what they say: its
 * counts must fit what it holds, whatever comes. */
#include "bulletin/spool.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct spool *
small_spool(void)
{
	static const uint8_t dice[16];
	struct spool_limits limits = {.remembered = 3};
	struct spool *s;

	for (int i = 0; i < SPOOL_KINDS; i++)
		limits.kind[i] = (struct spool_limit){.messages = 8,
			.bytes = 900,
			.per_minute = 6,
			.source_messages = 4,
			.source_per_minute = 3,
			.body = 64};
	if (spool_new(&s, 1, "e", 1, &limits, dice) != ERR_OK)
		abort();
	return s;
}

static void
must_fit(const struct spool *s)
{
	uint64_t bytes, all = 0;

	for (enum spool_kind k = SPOOL_RECEIPT; k <= SPOOL_REPORT; k++) {
		uint32_t n = spool_held(s, k, &bytes);

		if (n > 8 || bytes > 900 || bytes < n * (uint64_t)SPOOL_MESSAGE_OVERHEAD)
			abort();
		all += n;
	}
	if (all > spool_last(s) - spool_received_to(s))
		abort();
}

/* Each byte is an event: ids and sources are few, so that they meet again. */
static void
live(struct reader *r)
{
	static const uint8_t seed[32];
	struct secret_key hub = secret_key_from_seed(seed);
	struct spool *s = small_spool();
	int64_t now_ms = 0;
	uint64_t to;

	while (r->left > 0) {
		uint8_t b = read_u8(r);
		struct spool_message m = {.kind = (enum spool_kind)(1 + b % 4),
			.received_ms = now_ms,
			.body = bytes_of("0123456789", b % 10)};
		struct spool_cursor c = {
			.territory = 1, .term = 1, .edge = "e", .spool = 1};
		struct spool_verdict v;

		m.id.at[0] = b >> 2;
		m.source[0] = b >> 6;
		now_ms += (int8_t)b * 100;
		if (spool_offer(s, &m, &v) != ERR_OK)
			abort();
		if (v.answer == SPOOL_TAKE && b % 16 == 0)
			spool_withdraw(s, v.number);
		c.received = spool_last(s) - (b & 3 & spool_last(s));
		if (b % 32 == 7) {
			spool_cursor_sign(&c, &hub);
			if (spool_receive(s, &c, &hub.public, &to) != ERR_OK)
				abort();
		}
		must_fit(s);
	}
	spool_free(s);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct reader r = reader_over(data, size < 4096 ? size : 4096);
	struct spool_message m;
	struct spool_cursor c;
	struct buffer b = {0};
	size_t used;

	if (spool_message_read(&m, bytes_of(data, size), &used) == ERR_OK) {
		spool_message_write(&b, &m);
		if (b.len != used || memcmp(b.at, data, used) != 0)
			abort();
	}
	buffer_clear(&b);
	if (spool_cursor_read(&c, (const char *)data, size, NULL) == ERR_OK) {
		spool_cursor_write(&b, &c);
		if (spool_cursor_read(&c, buffer_text(&b), b.len, NULL) != ERR_OK)
			abort();
	}
	buffer_free(&b);
	live(&r);
	return 0;
}
