/* SPDX-License-Identifier: GPL-3.0-or-later */
/* known.c: the set of known orders. */
#include "siren/known.h"

#include <stdlib.h>

/* An id that was only named: an order lives at most 18.2 h behind its not-before. */
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

struct known *
known_need(struct known_set *s, uint64_t id)
{
	struct known *k = known_find(s, id);

	if (k != NULL)
		return k;
	if (s->count == s->cap) {
		size_t cap = s->cap ? s->cap * 2 : 8;
		struct known *at = realloc(s->at, cap * sizeof *at);

		if (at == NULL)
			return NULL;
		s->at = at;
		s->cap = cap;
	}
	k = &s->at[s->count++];
	*k = (struct known){.id = id, .expiry_ms = order_id_ms(id) + NAMED_KEPT_MS};
	return k;
}

void
known_forget(struct known_set *s, int64_t now_ms)
{
	size_t kept = 0;

	for (size_t i = 0; i < s->count; i++)
		if (s->at[i].expiry_ms > now_ms)
			s->at[kept++] = s->at[i];
	s->count = kept;
}

bool
known_is_alarm(const struct known *k)
{
	return k->class == ORDER_ALARM || k->class == ORDER_BREAK_GLASS ||
	       k->class == ORDER_SENSOR;
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
