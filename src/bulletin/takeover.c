/* SPDX-License-Identifier: GPL-3.0-or-later */
/* takeover.c: takeovers to bytes and back. */
#include "bulletin/takeover.h"

enum { HEAD = 12 };

static void
head_write(struct buffer *out, const struct takeover *t)
{
	write_u32(out, t->term);
	write_u64(out, t->last_number);
}

struct hash
takeover_content(const struct takeover *t)
{
	struct buffer b = {0};
	struct hash h;

	head_write(&b, t);
	h = hash_of(buffer_bytes(&b));
	buffer_free(&b);
	return h;
}

void
takeover_write(struct buffer *out, const struct takeover *t, const struct order *o)
{
	head_write(out, t);
	order_write(out, o);
}

enum err
takeover_read(struct takeover *out, struct order *order, struct bytes in)
{
	struct reader r = reader_over(in.at, in.len);
	struct takeover t;
	struct hash content;
	enum err err;

	t.term = read_u32(&r);
	t.last_number = read_u64(&r);
	if (r.err != ERR_OK)
		return r.err;
	err = order_read(order, bytes_of(in.at + HEAD, in.len - HEAD));
	if (err != ERR_OK)
		return err;
	content = takeover_content(&t);
	if (order->body_count != 1 || order->body[0].class != ORDER_TAKEOVER ||
		!hash_equal(&content, &order->body[0].content))
		return ERR_CONFLICT;
	*out = t;
	return ERR_OK;
}
