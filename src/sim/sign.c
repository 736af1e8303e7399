/* SPDX-License-Identifier: GPL-3.0-or-later */
/* sign.c: keys in people's hands, and the record of who truly signed what. */
#include "sim/world.h"

#include "base/text.h"

#include <stdlib.h>
#include <string.h>

struct signature
signature_of(const struct world *w, uint16_t key, const struct hash *h)
{
	return signature_make(&w->town->key[key], bytes_of(h->at, sizeof h->at));
}

bool
memo_verify(void *ctx, const struct public_key *key, struct bytes message,
	const struct signature *s)
{
	struct world *w = ctx;
	uint8_t all[sizeof key->at + sizeof s->at + 512];
	struct memo *m;
	struct hash asked;

	if (message.len > 512)
		return signature_verify(key, message, s);
	memcpy(all, key->at, sizeof key->at);
	memcpy(all + sizeof key->at, s->at, sizeof s->at);
	memcpy(all + sizeof key->at + sizeof s->at, message.at, message.len);
	asked = hash_of(bytes_of(all, sizeof key->at + sizeof s->at + message.len));
	m = &w->memo[(asked.at[0] << 8 | asked.at[1]) % MEMOS];
	if (!m->used || !hash_equal(&m->asked, &asked))
		*m = (struct memo){true, signature_verify(key, message, s), asked};
	return m->good;
}

static struct signed_order *
order_of(struct world *w, const struct order *o, const struct hash *digest)
{
	for (size_t i = 0; i < w->orders; i++)
		if (hash_equal(&w->order[i].digest, digest))
			return &w->order[i];
	if (w->orders == ORDERS)
		return NULL;
	w->order[w->orders] = (struct signed_order){.id = o->body[0].id,
		.order = *o,
		.digest = *digest,
		.signed_ms = w->now_ms};
	w->order[w->orders].order.approval_count = 0;
	return &w->order[w->orders++];
}

/* Class, zones and what it ends, for the log. */
static void
trace_order(struct world *w, const struct signed_order *s, uint16_t key)
{
	struct buffer text = {0};

	for (int i = 0; i < s->order.body_count; i++) {
		const struct order_body *b = &s->order.body[i];

		write_format(&text, " %s in", order_class_name(b->class));
		for (int k = 0; k < b->zones.count; k++)
			write_format(&text, " %u", b->zones.number[k]);
		for (int k = 0; k < b->end_count; k++)
			write_format(
				&text, " ends %016llx", (unsigned long long)b->ends[k]);
	}
	trace(w, "key", "%u signs %016llx:%s", key, (unsigned long long)s->id,
		buffer_text(&text));
	buffer_free(&text);
}

struct signed_order *
order_sign(struct world *w, const struct order *o, uint16_t key)
{
	struct hash digest = order_digest(o);
	struct signed_order *s = order_of(w, o, &digest);

	if (s == NULL)
		return NULL;
	s->signature[key] = signature_of(w, key, &digest);
	s->signers |= 1u << key;
	trace_order(w, s, key);
	return s;
}

void
order_bytes(struct buffer *out, const struct signed_order *s)
{
	struct order *o = malloc(sizeof *o);

	if (o == NULL)
		return;
	*o = s->order;
	for (uint16_t k = 0; k < KEYS && o->approval_count < ORDER_APPROVALS; k++)
		if (s->signers >> k & 1)
			o->approval[o->approval_count++] = (struct approval){k,
				APPROVAL_ED25519,
				bytes_of(s->signature[k].at, sizeof s->signature[k].at)};
	order_write(out, o);
	free(o);
}

struct order_body
body_make(struct world *w, enum order_class class, uint16_t zone)
{
	int64_t now = TOWN_START_MS + w->now_ms;
	struct order_body b = {.territory = TOWN_TERRITORY,
		.mode = MODE_LIVE,
		.class = class,
		.hazard = 1,
		.pattern = RAID_SOUND,
		.seconds = 12,
		.id = order_id_make(now, (uint16_t)dice(w)),
		.not_before_s = (uint32_t)(now / 1000),
		.lifetime_s = 600,
		.roster = 1,
		.zones = {.count = 1, .number = {zone}}};

	return b;
}

void
order_radio(struct world *w, struct bytes order)
{
	for (int i = 0; i < BOXES; i++) {
		int copies = chance(w, 200) ? 0 : chance(w, 200) ? 2 : 1;

		for (int k = 0; k < copies; k++) {
			struct happen *h =
				happen(w, dice_between(w, 200, 3000), HAPPEN_RADIO, i);

			write_bytes(&h->bytes, order.at, order.len);
			if (chance(w, 100))
				h->bytes.at[dice(w) % order.len] ^= 4;
		}
	}
}
