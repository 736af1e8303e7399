/* SPDX-License-Identifier: GPL-3.0-or-later */
/* receipt.c: receipts to bytes and back. */
#include "bulletin/receipt.h"

#include <string.h>

static const char *const event_names[RECEIPT_EVENTS] = {
	[RECEIPT_STATUS] = "status",
	[RECEIPT_HEARD] = "heard",
	[RECEIPT_SOUNDING] = "sounding",
	[RECEIPT_SOUNDED] = "sounded",
	[RECEIPT_FAILED] = "failed",
	[RECEIPT_JOINED] = "joined",
	[RECEIPT_STOPPED] = "stopped",
	[RECEIPT_ENDED] = "ended",
	[RECEIPT_EXPIRED] = "expired",
	[RECEIPT_REFUSED] = "refused",
	[RECEIPT_UNORDERED] = "unordered",
	[RECEIPT_UNORDERED_END] = "unordered-end",
	[RECEIPT_FAULT] = "fault",
	[RECEIPT_DISK] = "disk",
	[RECEIPT_RESTARTED] = "restarted",
	[RECEIPT_ROSTER_BEHIND] = "roster-behind",
};

const char *
receipt_event_name(enum receipt_event e)
{
	return event_names[e];
}

static struct hash
receipt_digest(struct bytes unsigned_part)
{
	return hash_tagged("belfry-receipt-1", unsigned_part);
}

void
receipt_write(struct buffer *out, const struct receipt *r, const struct secret_key *key)
{
	size_t start = out->len;
	struct signature s;
	struct hash digest;

	write_u8(out, 1);
	write_u32(out, r->territory);
	write_u32(out, r->siren);
	write_u64(out, r->number);
	write_u64(out, (uint64_t)r->time_ms);
	write_u8(out, r->clock_sure);
	write_u8(out, (uint8_t)r->event);
	write_u64(out, r->order);
	write_u8(out, r->verdict);
	write_u16(out, r->inputs);
	write_u16(out, r->battery_mv);
	write_u64(out, r->size);
	write_bytes(out, r->root.at, sizeof r->root.at);
	write_u32(out, r->roster);
	write_u16(out, (uint16_t)r->order_bytes.len);
	write_bytes(out, r->order_bytes.at, r->order_bytes.len);
	if (out->err != ERR_OK)
		return;
	digest = receipt_digest(bytes_of(out->at + start, out->len - start));
	s = signature_make(key, bytes_of(digest.at, sizeof digest.at));
	write_bytes(out, s.at, sizeof s.at);
}

enum err
receipt_read(struct receipt *out, struct bytes in)
{
	struct reader r = reader_over(in.at, in.len);
	struct receipt v = {0};
	uint8_t sure, event;

	if (in.len > RECEIPT_MAX)
		return ERR_RANGE;
	if (read_u8(&r) != 1)
		return r.err != ERR_OK ? r.err : ERR_VERSION;
	v.territory = read_u32(&r);
	v.siren = read_u32(&r);
	v.number = read_u64(&r);
	v.time_ms = (int64_t)read_u64(&r);
	sure = read_u8(&r);
	event = read_u8(&r);
	v.order = read_u64(&r);
	v.verdict = read_u8(&r);
	v.inputs = read_u16(&r);
	v.battery_mv = read_u16(&r);
	v.size = read_u64(&r);
	read_into(&r, v.root.at, sizeof v.root.at);
	v.roster = read_u32(&r);
	v.order_bytes = read_bytes(&r, read_u16(&r));
	read_bytes(&r, sizeof(struct signature));
	if (reader_end(&r) != ERR_OK)
		return r.err;
	if (sure > 1 || event == 0 || event >= RECEIPT_EVENTS)
		return ERR_FORMAT;
	v.clock_sure = sure;
	v.event = event;
	*out = v;
	return ERR_OK;
}

bool
receipt_verify(struct bytes in, const struct public_key *key)
{
	struct signature s;
	struct hash digest;

	if (in.len < sizeof s.at)
		return false;
	memcpy(s.at, in.at + in.len - sizeof s.at, sizeof s.at);
	digest = receipt_digest(bytes_of(in.at, in.len - sizeof s.at));
	return signature_verify(key, bytes_of(digest.at, sizeof digest.at), &s);
}
