/* SPDX-License-Identifier: GPL-3.0-or-later */
/* store_checksum.c: 8 bytes of SHA-256 over each record and each row, so that a disk that
 * changes a bit is found out. */
#include "store/store_parts.h"

#include "base/hash.h"

#include <string.h>

static enum err
finish(const struct buffer *scratch, struct checksum *out)
{
	struct hash h;

	if (scratch->err != ERR_OK)
		return scratch->err;
	h = hash_of(buffer_bytes(scratch));
	memcpy(out->at, h.at, CHECKSUM_LEN);
	return ERR_OK;
}

enum err
checksum_record(struct buffer *scratch, const struct store_record *r, struct checksum *out)
{
	buffer_clear(scratch);
	write_u64(scratch, r->seq);
	write_u64(scratch, (uint64_t)r->time_ms);
	write_u16(scratch, r->kind);
	write_bytes(scratch, r->bytes.at, r->bytes.len);
	return finish(scratch, out);
}

enum err
checksum_entry(struct buffer *scratch, uint64_t number, uint64_t seq, struct checksum *out)
{
	buffer_clear(scratch);
	write_u64(scratch, number);
	write_u64(scratch, seq);
	return finish(scratch, out);
}

enum err
checksum_item(struct buffer *scratch, const struct store_item *item, struct checksum *out)
{
	buffer_clear(scratch);
	write_bytes(scratch, item->kind, strlen(item->kind) + 1);
	write_bytes(scratch, item->key, strlen(item->key) + 1);
	write_bytes(scratch, item->state, strlen(item->state) + 1);
	write_u64(scratch, (uint64_t)item->time_ms);
	write_u64(scratch, item->seq);
	return finish(scratch, out);
}
