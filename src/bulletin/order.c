/* SPDX-License-Identifier: GPL-3.0-or-later */
/* order.c: orders to bytes and back (doc/formats/order.md). */
#include "bulletin/order.h"

#include <string.h>

enum {
	VERSION = 1,
	CLASS_MASK = 0x0f,
	JOIN_FLAG = 0x10,
	MODE_SHIFT = 6,
	GROUP_FLAG = 0x80,
};

static const char *const class_names[] = {
	[ORDER_ALARM] = "alarm",
	[ORDER_ALL_CLEAR] = "all-clear",
	[ORDER_FALSE_ALARM] = "false-alarm",
	[ORDER_TAKEOVER] = "takeover",
	[ORDER_STOP] = "stop",
	[ORDER_BREAK_GLASS] = "break-glass",
	[ORDER_SENSOR] = "sensor",
	[ORDER_TEST] = "test",
};

int64_t
order_id_ms(uint64_t id)
{
	return (int64_t)(id >> 16);
}

uint64_t
order_id_make(int64_t time_ms, uint16_t random)
{
	return (uint64_t)time_ms << 16 | random;
}

int64_t
order_expiry_ms(const struct order_body *b)
{
	return ((int64_t)b->not_before_s + b->lifetime_s) * 1000;
}

const char *order_class_name(enum order_class class)
{
	return class_names[class];
}

enum err
order_class_read(enum order_class *out, const char *name)
{
	for (enum order_class c = ORDER_ALARM; c <= ORDER_TEST; c++)
		if (strcmp(name, class_names[c]) == 0) {
			*out = c;
			return ERR_OK;
		}
	return ERR_UNKNOWN;
}

const char *
mode_name(enum mode mode)
{
	return mode == MODE_LIVE ? "live" : "exercise";
}

enum err
mode_read(enum mode *out, const char *name)
{
	if (strcmp(name, "live") == 0)
		*out = MODE_LIVE;
	else if (strcmp(name, "exercise") == 0)
		*out = MODE_EXERCISE;
	else
		return ERR_UNKNOWN;
	return ERR_OK;
}

void
order_body_write(struct buffer *out, const struct order_body *b)
{
	write_u8(out, VERSION);
	write_u32(out, b->territory);
	write_u8(out,
		(uint8_t)(b->class | (b->join ? JOIN_FLAG : 0) | b->mode << MODE_SHIFT));
	write_u8(out, b->hazard);
	write_u8(out, b->pattern);
	write_u16(out, b->seconds);
	write_u64(out, b->id);
	write_u32(out, b->not_before_s);
	write_u16(out, b->lifetime_s);
	write_u32(out, b->roster);
	write_bytes(out, b->content.at, sizeof b->content.at);
	write_u8(out, (uint8_t)(b->zones.group ? GROUP_FLAG | 1 : b->zones.count));
	for (int i = 0; i < b->zones.count; i++)
		write_u16(out, b->zones.number[i]);
	write_u8(out, b->end_count);
	for (int i = 0; i < b->end_count; i++)
		write_u64(out, b->ends[i]);
}

/* Numbers rise, so that a set has one form and no zone stands twice. */
static enum err
zones_read(struct reader *r, struct order_zones *out)
{
	uint8_t count = read_u8(r);

	out->group = count & GROUP_FLAG;
	out->count = count & 0x7f;
	if (out->count > ORDER_ZONES || (out->group && out->count != 1))
		return ERR_FORMAT;
	for (int i = 0; i < out->count; i++) {
		out->number[i] = read_u16(r);
		if (out->number[i] == 0 || (i > 0 && out->number[i] <= out->number[i - 1]))
			return r->err != ERR_OK ? r->err : ERR_FORMAT;
	}
	return r->err;
}

static enum err
ends_read(struct reader *r, struct order_body *out)
{
	out->end_count = read_u8(r);
	if (out->end_count > ORDER_ENDS)
		return ERR_FORMAT;
	for (int i = 0; i < out->end_count; i++) {
		out->ends[i] = read_u64(r);
		if (out->ends[i] == 0 || out->ends[i] == out->id ||
			(i > 0 && out->ends[i] <= out->ends[i - 1]))
			return r->err != ERR_OK ? r->err : ERR_FORMAT;
	}
	return r->err;
}

/* What each class must have and may not have. */
static enum err
class_check(const struct order_body *b)
{
	bool zones = b->zones.count > 0, ends = b->end_count > 0;
	bool sound = b->pattern != 0 || b->seconds != 0;

	if (b->id == 0 || (b->join && b->class != ORDER_ALARM))
		return ERR_FORMAT;
	switch (b->class) {
	case ORDER_ALARM:
		/* Without a pattern it is a message: words for people, nothing for sirens. */
		return zones && (b->pattern != 0 || (b->seconds == 0 && !b->join))
			       ? ERR_OK
			       : ERR_FORMAT;
	case ORDER_ALL_CLEAR:
	case ORDER_FALSE_ALARM:
		return zones && ends ? ERR_OK : ERR_FORMAT;
	case ORDER_TAKEOVER:
		return zones || ends || sound ? ERR_FORMAT : ERR_OK;
	case ORDER_STOP:
		return ends && !zones && !sound ? ERR_OK : ERR_FORMAT;
	case ORDER_BREAK_GLASS:
	case ORDER_SENSOR:
		return zones && b->pattern != 0 && !ends ? ERR_OK : ERR_FORMAT;
	case ORDER_TEST:
		return zones && !ends ? ERR_OK : ERR_FORMAT;
	}
	return ERR_FORMAT;
}

enum err
order_body_read(struct reader *r, struct order_body *out)
{
	struct order_body b = {0};
	uint8_t flags;
	enum err err;

	if (read_u8(r) != VERSION)
		return r->err != ERR_OK ? r->err : ERR_VERSION;
	b.territory = read_u32(r);
	flags = read_u8(r);
	b.class = flags & CLASS_MASK;
	b.join = flags & JOIN_FLAG;
	b.mode = flags >> MODE_SHIFT;
	b.hazard = read_u8(r);
	b.pattern = read_u8(r);
	b.seconds = read_u16(r);
	b.id = read_u64(r);
	b.not_before_s = read_u32(r);
	b.lifetime_s = read_u16(r);
	b.roster = read_u32(r);
	read_into(r, b.content.at, sizeof b.content.at);
	if (r->err != ERR_OK)
		return r->err;
	if ((flags & 0x20) || (b.mode != MODE_LIVE && b.mode != MODE_EXERCISE))
		return ERR_FORMAT;
	err = zones_read(r, &b.zones);
	if (err == ERR_OK)
		err = ends_read(r, &b);
	if (err == ERR_OK)
		err = class_check(&b);
	if (err == ERR_OK)
		*out = b;
	return err;
}

void
order_write(struct buffer *out, const struct order *o)
{
	write_u8(out, VERSION);
	write_u8(out, o->body_count);
	for (int i = 0; i < o->body_count; i++)
		order_body_write(out, &o->body[i]);
	write_u8(out, o->approval_count);
	for (int i = 0; i < o->approval_count; i++) {
		const struct approval *a = &o->approval[i];

		write_u16(out, a->key);
		write_u8(out, a->algorithm);
		write_u16(out, (uint16_t)a->signature.len);
		write_bytes(out, a->signature.at, a->signature.len);
	}
}

/*
 * One class, so that the signers whom one body needs never carry another body; but alarm and all
 * clear, which need the same two, may stand together: an update adds and drops zones.
 */
static bool
same_class(enum order_class a, enum order_class b)
{
	bool a_updates = a == ORDER_ALARM || a == ORDER_ALL_CLEAR;
	bool b_updates = b == ORDER_ALARM || b == ORDER_ALL_CLEAR;

	return a == b || (a_updates && b_updates);
}

/* All bodies of one order say the same but for zones, pattern, seconds, join and ends. */
static bool
same_order(const struct order_body *a, const struct order_body *b)
{
	return a->id == b->id && a->territory == b->territory && a->mode == b->mode &&
	       a->hazard == b->hazard && a->not_before_s == b->not_before_s &&
	       a->lifetime_s == b->lifetime_s && a->roster == b->roster &&
	       hash_equal(&a->content, &b->content) && same_class(a->class, b->class);
}

static enum err
approval_read(struct reader *r, struct approval *out)
{
	out->key = read_u16(r);
	out->algorithm = read_u8(r);
	out->signature = read_bytes(r, read_u16(r));
	if (r->err != ERR_OK)
		return r->err;
	return out->signature.len > APPROVAL_MAX ? ERR_RANGE : ERR_OK;
}

enum err
order_read(struct order *out, struct bytes in)
{
	struct reader r = reader_over(in.at, in.len);
	enum err err = ERR_OK;

	out->body_count = out->approval_count = 0;
	if (read_u8(&r) != VERSION)
		return r.err != ERR_OK ? r.err : ERR_VERSION;
	out->body_count = read_u8(&r);
	if (out->body_count == 0 || out->body_count > ORDER_BODIES)
		err = r.err != ERR_OK ? r.err : ERR_RANGE;
	for (int i = 0; i < out->body_count && err == ERR_OK; i++) {
		err = order_body_read(&r, &out->body[i]);
		if (err == ERR_OK && !same_order(&out->body[0], &out->body[i]))
			err = ERR_CONFLICT;
	}
	if (err == ERR_OK)
		out->approval_count = read_u8(&r);
	if (err == ERR_OK && out->approval_count > ORDER_APPROVALS)
		err = ERR_RANGE;
	for (int i = 0; i < out->approval_count && err == ERR_OK; i++)
		err = approval_read(&r, &out->approval[i]);
	if (err == ERR_OK)
		err = reader_end(&r);
	if (err != ERR_OK)
		out->body_count = out->approval_count = 0;
	return err;
}

struct hash
order_digest(const struct order *o)
{
	struct buffer all = {0};
	struct hash digest;

	for (int i = 0; i < o->body_count; i++)
		order_body_write(&all, &o->body[i]);
	/* Without memory for all bodies: the digest of no order, never that of the first ones. */
	digest = all.err == ERR_OK ? hash_tagged("belfry-order-1", buffer_bytes(&all))
				   : hash_tagged("belfry-no-order-1", bytes_of(NULL, 0));
	buffer_free(&all);
	return digest;
}

enum err
order_frame_write(struct buffer *out, const struct order *o)
{
	struct buffer body = {0};
	size_t room = ORDER_FRAME_MAX - 2 * (2 + sizeof(struct signature));
	enum err err;

	if (o->body_count != 1 || o->approval_count != 2)
		return ERR_RANGE;
	for (int i = 0; i < 2; i++)
		if (o->approval[i].algorithm != APPROVAL_ED25519 ||
			o->approval[i].signature.len != sizeof(struct signature))
			return ERR_RANGE;
	order_body_write(&body, &o->body[0]);
	err = body.err != ERR_OK ? body.err : body.len > room ? ERR_RANGE : ERR_OK;
	if (err == ERR_OK)
		write_bytes(out, body.at, body.len);
	buffer_free(&body);
	for (int i = 0; i < 2 && err == ERR_OK; i++) {
		write_u16(out, o->approval[i].key);
		write_bytes(out, o->approval[i].signature.at, sizeof(struct signature));
	}
	return err == ERR_OK ? out->err : err;
}

enum err
order_frame_read(struct order *out, struct bytes in)
{
	struct reader r = reader_over(in.at, in.len);
	enum err err;

	out->body_count = out->approval_count = 0;
	if (in.len > ORDER_FRAME_MAX)
		return ERR_RANGE;
	err = order_body_read(&r, &out->body[0]);
	if (err != ERR_OK)
		return err;
	for (int i = 0; i < 2; i++) {
		out->approval[i].key = read_u16(&r);
		out->approval[i].algorithm = APPROVAL_ED25519;
		out->approval[i].signature = read_bytes(&r, sizeof(struct signature));
	}
	if (reader_end(&r) != ERR_OK)
		return r.err;
	out->body_count = 1;
	out->approval_count = 2;
	return ERR_OK;
}
