/* SPDX-License-Identifier: GPL-3.0-or-later */
/* known.c: the set of known orders. */
#include "siren/known.h"

#include <stdlib.h>
#include <string.h>

/* An id that was only named: its order's not-before is at most a day behind it, and the expiry at
 * most 18.2 h behind that. */
enum { NAMED_KEPT_MS = 3 * 86400 * 1000 };

void
known_free(struct known_set *s)
{
	free(s->at);
	*s = (struct known_set){0};
}

struct known *
known_find(const struct known_set *s, uint64_t id)
{
	for (size_t i = 0; i < s->count; i++)
		if (s->at[i].id == id)
			return &s->at[i];
	return NULL;
}

/* Full: what still asks to be heard stays; of the rest goes what expires first. */
static void
known_make_room(struct known_set *s)
{
	size_t least = 0;

	for (size_t i = 1; i < s->count; i++) {
		const struct known *a = &s->at[i], *b = &s->at[least];
		bool a_lives = known_lives(a, 0), b_lives = known_lives(b, 0);

		if (a_lives != b_lives ? b_lives : a->expiry_ms < b->expiry_ms)
			least = i;
	}
	memmove(s->at + least, s->at + least + 1, (s->count - least - 1) * sizeof *s->at);
	s->count--;
}

struct known *
known_need(struct known_set *s, uint64_t id, uint64_t namer)
{
	struct known *k = known_find(s, id);

	if (k != NULL)
		return k;
	if (s->count == KNOWN_MAX)
		known_make_room(s);
	if (s->count == s->cap) {
		size_t cap = s->cap ? s->cap * 2 : 8;
		struct known *at = realloc(s->at, cap * sizeof *at);

		if (at == NULL)
			return NULL;
		s->at = at;
		s->cap = cap;
	}
	k = &s->at[s->count++];
	*k = (struct known){.id = id,
		.expiry_ms = order_id_ms(id < namer ? id : namer) + NAMED_KEPT_MS};
	return k;
}

static bool
known_carries(const struct known_set *s, uint64_t id, int64_t floor_ms)
{
	for (size_t i = 0; i < s->count; i++)
		if (s->at[i].joined == id && s->at[i].expiry_ms > floor_ms)
			return true;
	return false;
}

void
known_forget(struct known_set *s, int64_t floor_ms)
{
	for (size_t i = s->count; i-- > 0;)
		if (s->at[i].expiry_ms <= floor_ms &&
			!known_carries(s, s->at[i].id, floor_ms)) {
			memmove(s->at + i, s->at + i + 1,
				(s->count - i - 1) * sizeof *s->at);
			s->count--;
		}
}

bool
known_is_alarm(const struct known *k)
{
	return (k->class == ORDER_ALARM && k->pattern != 0) ||
	       k->class == ORDER_BREAK_GLASS || k->class == ORDER_SENSOR;
}

bool
known_lives(const struct known *k, int64_t now_ms)
{
	return (k->flags & KNOWN_HEARD) && known_is_alarm(k) &&
	       !(k->flags & (KNOWN_STOPPED | KNOWN_ENDED)) && k->expiry_ms > now_ms;
}

void
known_write(struct buffer *out, const struct known *k)
{
	write_u8(out, 1);
	write_u64(out, k->id);
	write_u8(out, (uint8_t)k->class);
	write_u8(out, k->hazard);
	write_u8(out, k->pattern);
	write_u8(out, k->rung);
	write_u16(out, k->seconds);
	write_u16(out, k->zone);
	write_u16(out, k->flags);
	write_u64(out, k->joined);
	write_u64(out, (uint64_t)k->expiry_ms);
	write_u64(out, (uint64_t)k->started_ms);
}

enum err
known_read(struct known *out, struct bytes in)
{
	struct reader r = reader_over(in.at, in.len);
	struct known k = {0};

	if (read_u8(&r) != 1)
		return r.err != ERR_OK ? r.err : ERR_VERSION;
	k.id = read_u64(&r);
	k.class = read_u8(&r);
	k.hazard = read_u8(&r);
	k.pattern = read_u8(&r);
	k.rung = read_u8(&r);
	k.seconds = read_u16(&r);
	k.zone = read_u16(&r);
	k.flags = read_u16(&r);
	k.joined = read_u64(&r);
	k.expiry_ms = (int64_t)read_u64(&r);
	k.started_ms = (int64_t)read_u64(&r);
	if (reader_end(&r) != ERR_OK)
		return r.err;
	*out = k;
	return ERR_OK;
}
