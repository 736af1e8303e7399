/* SPDX-License-Identifier: GPL-3.0-or-later */
/* link.c: frames between hub and edge. */
#include "wire/link.h"

void
link_write(struct buffer *out, enum link_frame kind, struct bytes body)
{
	write_u8(out, (uint8_t)kind);
	write_bytes(out, body.at, body.len);
}

enum err
link_read(struct bytes frame, enum link_frame *kind, struct bytes *body)
{
	if (frame.len == 0)
		return ERR_SHORT;
	*kind = frame.at[0];
	*body = bytes_of(frame.at + 1, frame.len - 1);
	return ERR_OK;
}

void
link_order_write(struct buffer *out, struct bytes order, struct bytes content)
{
	write_u8(out, LINK_ORDER);
	write_u32(out, (uint32_t)order.len);
	write_bytes(out, order.at, order.len);
	write_bytes(out, content.at, content.len);
}

enum err
link_order_read(struct bytes body, struct bytes *order, struct bytes *content)
{
	struct reader r = reader_over(body.at, body.len);

	*order = read_bytes(&r, read_u32(&r));
	*content = bytes_of(r.at, r.left);
	return r.err;
}

void
link_number_write(struct buffer *out, enum link_frame kind, uint64_t number)
{
	write_u8(out, (uint8_t)kind);
	write_u64(out, number);
}

enum err
link_number_read(struct bytes body, uint64_t *number)
{
	struct reader r = reader_over(body.at, body.len);

	*number = read_u64(&r);
	return reader_end(&r);
}
