/* SPDX-License-Identifier: GPL-3.0-or-later */
/* spool.c: quotas and repeats of the intake. */
#include "bulletin/spool.h"

#include "bulletin/spool_table.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MINUTE_MS = 60000, OVERHEAD = SPOOL_MESSAGE_OVERHEAD };

/* A message that is held; they stand in the order of their numbers. */
struct held {
	struct spool_id id;
	struct spool_who who; /* kind and source */
	uint64_t number;
	uint32_t bytes;
};

struct spool {
	uint32_t territory;
	char edge[SPOOL_EDGE_MAX + 1];
	uint64_t spool_number;
	struct spool_limits limits;
	struct held *held; /* held[first .. first + count - 1] */
	size_t first, count, cap;
	struct spool_table ids;	     /* of held and of remembered messages -> number */
	struct spool_table sources;  /* who -> what it holds and sent this minute */
	struct spool_id *remembered; /* a ring of the ids of received messages */
	size_t remembered_next, remembered_count;
	uint64_t last, received_to;
	struct kind_use {
		uint32_t messages;
		uint64_t bytes;
		struct spool_minute minute;
	} use[SPOOL_KINDS];
};

const char *
spool_kind_word(enum spool_kind kind)
{
	switch (kind) {
	case SPOOL_RECEIPT:
		return "receipt";
	case SPOOL_NEED:
		return "medical-need";
	case SPOOL_CHECKIN:
		return "check-in";
	case SPOOL_REPORT:
		return "report";
	}
	return "";
}

static bool
kind_valid(enum spool_kind kind)
{
	return kind >= SPOOL_RECEIPT && kind <= SPOOL_REPORT;
}

struct spool_limits
spool_limits_default(void)
{
	/* Receipts: a few thousand boxes send some for each order, in bursts, and one that
	 * carries its order is 16 KB long (receipt.h). Needs are few and must get through; one
	 * phone may speak for a whole shelter. */
	return (struct spool_limits){.kind = {{.messages = 400000,
						      .bytes = 256u << 20,
						      .per_minute = 600000,
						      .source_messages = 5000,
						      .source_per_minute = 1200,
						      .body = 16384},
					     {.messages = 20000,
						     .bytes = 32u << 20,
						     .per_minute = 6000,
						     .source_messages = 50,
						     .source_per_minute = 10,
						     .body = 4096},
					     {.messages = 200000,
						     .bytes = 128u << 20,
						     .per_minute = 60000,
						     .source_messages = 200,
						     .source_per_minute = 20,
						     .body = 4096},
					     {.messages = 20000,
						     .bytes = 128u << 20,
						     .per_minute = 6000,
						     .source_messages = 50,
						     .source_per_minute = 10,
						     .body = SPOOL_BODY_MAX}},
		.remembered = 100000};
}

static enum err
limits_valid(const struct spool_limits *limits)
{
	for (int i = 0; i < SPOOL_KINDS; i++) {
		const struct spool_limit *l = &limits->kind[i];

		if (l->messages == 0 || l->bytes == 0 || l->per_minute == 0 ||
			l->source_messages == 0 || l->source_per_minute == 0 ||
			l->body > SPOOL_BODY_MAX)
			return ERR_RANGE;
	}
	return ERR_OK;
}

enum err
spool_new(struct spool **out, uint32_t territory, const char *edge, uint64_t spool_number,
	const struct spool_limits *limits, const uint8_t dice[16])
{
	struct spool *s;

	if (!spool_edge_valid(bytes_of_text(edge)))
		return ERR_FORMAT;
	if (limits_valid(limits) != ERR_OK)
		return ERR_RANGE;
	s = calloc(1, sizeof *s);
	if (s == NULL)
		return ERR_NOMEM;
	s->territory = territory;
	memcpy(s->edge, edge, strlen(edge));
	s->spool_number = spool_number;
	s->limits = *limits;
	memcpy(s->ids.dice, dice, sizeof s->ids.dice);
	memcpy(s->sources.dice, dice, sizeof s->sources.dice);
	s->remembered = calloc(limits->remembered + (size_t)1, sizeof *s->remembered);
	if (s->remembered == NULL) {
		spool_free(s);
		return ERR_NOMEM;
	}
	*out = s;
	return ERR_OK;
}

void
spool_free(struct spool *s)
{
	if (s == NULL)
		return;
	spool_table_free(&s->ids);
	spool_table_free(&s->sources);
	free(s->remembered);
	free(s->held);
	free(s);
}

/* ---- counting ---- */

static struct spool_who
who_of(const struct spool_message *m)
{
	struct spool_who who;

	who.at[0] = (uint8_t)m->kind;
	memcpy(who.at + 1, m->source, sizeof m->source);
	return who;
}

static struct bytes
who_key(const struct spool_who *who)
{
	return bytes_of(who->at, sizeof who->at);
}

static struct bytes
id_key(const struct spool_id *id)
{
	return bytes_of(id->at, sizeof id->at);
}

/* How many were taken in the minute that now_ms falls into. A clock that went back begins a
 * new one. */
static uint32_t
in_minute(const struct spool_minute *m, int64_t now_ms)
{
	return now_ms >= m->began_ms && now_ms - m->began_ms < MINUTE_MS ? m->taken : 0;
}

static void
count_minute(struct spool_minute *m, int64_t now_ms)
{
	uint32_t taken = in_minute(m, now_ms);

	if (taken == 0)
		m->began_ms = now_ms;
	m->taken = taken + 1;
}

static int
wait_s(const struct spool_minute *m, int64_t now_ms)
{
	return (int)((m->began_ms + MINUTE_MS - now_ms + 999) / 1000);
}

/* A source that holds nothing and was quiet for a minute needs no place in the table. */
static bool
idle(const struct spool_slot *slot, int64_t now_ms)
{
	return slot->number == 0 && in_minute(&slot->minute, now_ms) == 0;
}

static enum err
held_room(struct spool *s)
{
	size_t cap = s->cap == 0 ? 64 : s->cap * 2;
	struct held *held;

	if (s->first + s->count < s->cap)
		return ERR_OK;
	if (s->first > s->cap / 2) {
		memmove(s->held, s->held + s->first, s->count * sizeof *s->held);
		s->first = 0;
		return ERR_OK;
	}
	held = reallocarray(s->held, cap, sizeof *held);
	if (held == NULL)
		return ERR_NOMEM;
	s->held = held;
	s->cap = cap;
	return ERR_OK;
}

/* Count and keep a message that may be held. */
static enum err
hold(struct spool *s, const struct spool_message *m, uint64_t number)
{
	struct kind_use *use = &s->use[m->kind - 1];
	struct spool_who who = who_of(m);
	struct spool_slot *id, *source;

	if (held_room(s) != ERR_OK || spool_table_room(&s->ids, NULL, 0) != ERR_OK ||
		spool_table_room(&s->sources, idle, m->received_ms) != ERR_OK)
		return ERR_NOMEM;
	id = spool_table_put(&s->ids, id_key(&m->id));
	source = spool_table_put(&s->sources, who_key(&who));
	id->number = number;
	source->number++;
	count_minute(&source->minute, m->received_ms);
	count_minute(&use->minute, m->received_ms);
	use->messages++;
	use->bytes += m->body.len + OVERHEAD;
	s->held[s->first + s->count++] = (struct held){.id = m->id,
		.who = who,
		.number = number,
		.bytes = (uint32_t)(m->body.len + OVERHEAD)};
	s->last = number;
	return ERR_OK;
}

/* It is no longer held; its id stays in the table. */
static void
let_go(struct spool *s, const struct held *h)
{
	struct kind_use *use = &s->use[h->who.at[0] - 1];
	struct spool_slot *source = spool_table_find(&s->sources, who_key(&h->who));

	use->messages--;
	use->bytes -= h->bytes;
	source->number--;
}

/* ---- verdicts ---- */

static enum spool_answer
judge(const struct spool *s, const struct spool_message *m, int *retry_s)
{
	const struct spool_limit *limit = &s->limits.kind[m->kind - 1];
	const struct kind_use *use = &s->use[m->kind - 1];
	struct spool_who who = who_of(m);
	const struct spool_slot *source = spool_table_find(&s->sources, who_key(&who));

	*retry_s = 0;
	if (m->body.len > limit->body)
		return SPOOL_TOO_LARGE;
	*retry_s = 60;
	if (source != NULL && source->number >= limit->source_messages)
		return SPOOL_TOO_MANY;
	if (use->messages >= limit->messages || s->last >= SPOOL_NUMBER_MAX ||
		use->bytes + m->body.len + OVERHEAD > limit->bytes)
		return SPOOL_FULL;
	if (source != NULL &&
		in_minute(&source->minute, m->received_ms) >= limit->source_per_minute) {
		*retry_s = wait_s(&source->minute, m->received_ms);
		return SPOOL_TOO_MANY;
	}
	if (in_minute(&use->minute, m->received_ms) >= limit->per_minute) {
		*retry_s = wait_s(&use->minute, m->received_ms);
		return SPOOL_FULL;
	}
	return SPOOL_TAKE;
}

static void
say(struct spool_verdict *v, const struct spool *s, const struct spool_message *m)
{
	const char *kind = spool_kind_word(m->kind);

	switch (v->answer) {
	case SPOOL_TAKE:
		snprintf(v->words, sizeof v->words, "held at edge %s as number %" PRIu64,
			s->edge, v->number);
		break;
	case SPOOL_REPEAT:
		snprintf(v->words, sizeof v->words,
			"held at edge %s already, as number %" PRIu64, s->edge, v->number);
		break;
	case SPOOL_RECEIVED:
		snprintf(v->words, sizeof v->words, "received by the hub already");
		break;
	case SPOOL_FULL:
		snprintf(v->words, sizeof v->words,
			"full: edge %s takes no %s now; nothing was kept; try another "
			"edge, or "
			"this one in %d s",
			s->edge, kind, v->retry_s);
		break;
	case SPOOL_TOO_MANY:
		snprintf(v->words, sizeof v->words,
			"too many %s messages from you at edge %s; this one was not kept; "
			"try "
			"again in %d s",
			kind, s->edge, v->retry_s);
		break;
	case SPOOL_TOO_LARGE:
		snprintf(v->words, sizeof v->words,
			"too long: a %s has at most %" PRIu32
			" bytes; this one was not kept",
			kind, s->limits.kind[m->kind - 1].body);
		break;
	}
}

enum err
spool_offer(struct spool *s, const struct spool_message *m, struct spool_verdict *out)
{
	struct spool_verdict v = {0};
	const struct spool_slot *known;

	if (!kind_valid(m->kind))
		return ERR_FORMAT;
	known = spool_table_find(&s->ids, id_key(&m->id));
	if (known != NULL) {
		v.number = known->number;
		v.answer = v.number <= s->received_to ? SPOOL_RECEIVED : SPOOL_REPEAT;
	} else {
		v.answer = judge(s, m, &v.retry_s);
	}
	if (v.answer == SPOOL_TAKE) {
		v.number = s->last + 1;
		if (hold(s, m, v.number) != ERR_OK)
			return ERR_NOMEM;
	}
	say(&v, s, m);
	*out = v;
	return ERR_OK;
}

void
spool_withdraw(struct spool *s, uint64_t number)
{
	const struct held *newest;

	if (s->count == 0)
		return;
	newest = &s->held[s->first + s->count - 1];
	if (newest->number != number)
		return;
	spool_table_find(&s->sources, who_key(&newest->who))->minute.taken--;
	s->use[newest->who.at[0] - 1].minute.taken--;
	let_go(s, newest);
	spool_table_remove(&s->ids, id_key(&newest->id));
	s->count--;
	s->last = number - 1;
}

enum err
spool_restore(struct spool *s, const struct spool_message *m)
{
	if (!kind_valid(m->kind) || m->body.len > SPOOL_BODY_MAX)
		return ERR_FORMAT;
	if (m->number <= s->last)
		return ERR_CONFLICT;
	if (spool_table_find(&s->ids, id_key(&m->id)) != NULL)
		return ERR_DUPLICATE;
	return hold(s, m, m->number);
}

/* ---- the hub has them ---- */

/* Remember a received id for repeats; the oldest is forgotten. */
static void
remember(struct spool *s, const struct spool_id *id)
{
	struct spool_id *place = &s->remembered[s->remembered_next];

	if (s->limits.remembered == 0) {
		spool_table_remove(&s->ids, id_key(id));
		return;
	}
	if (s->remembered_count == s->limits.remembered)
		spool_table_remove(&s->ids, id_key(place));
	else
		s->remembered_count++;
	*place = *id;
	s->remembered_next = (s->remembered_next + 1) % s->limits.remembered;
}

enum err
spool_receive(struct spool *s, const struct spool_cursor *c, const struct public_key *hub,
	uint64_t *deleted_to)
{
	if (!spool_cursor_verify(c, hub))
		return ERR_SIGNATURE;
	if (c->territory != s->territory || strcmp(c->edge, s->edge) != 0 ||
		c->spool != s->spool_number)
		return ERR_REFUSED;
	while (s->count > 0 && s->held[s->first].number <= c->received) {
		let_go(s, &s->held[s->first]);
		remember(s, &s->held[s->first].id);
		s->first++;
		s->count--;
	}
	if (c->received > s->received_to)
		s->received_to = c->received;
	if (c->received > s->last)
		s->last = c->received;
	*deleted_to = s->received_to;
	return ERR_OK;
}

/* ---- what is known ---- */

uint64_t
spool_last(const struct spool *s)
{
	return s->last;
}

uint64_t
spool_received_to(const struct spool *s)
{
	return s->received_to;
}

uint32_t
spool_held(const struct spool *s, enum spool_kind kind, uint64_t *bytes)
{
	*bytes = s->use[kind - 1].bytes;
	return s->use[kind - 1].messages;
}
