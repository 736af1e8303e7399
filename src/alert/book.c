/* SPDX-License-Identifier: GPL-3.0-or-later */
/* book.c: which alerts live, from what was published. */
#include "alert/book.h"

#include "alert/naming.h"
#include "alert/seen.h"
#include "bulletin/verdict.h"

#include <stdlib.h>
#include <string.h>

enum {
	LOOSE = 64,		    /* contents that wait for their orders */
	SEEN_MS = 3 * 86400 * 1000, /* no order lives longer */
	KEEP_MS = 2 * 86400 *
		  1000, /* nothing younger than that beside the newest is forgotten */
};

struct book {
	const struct zones *zones;
	size_t count, cap;
	struct alert **alert;
	struct alert_message loose[LOOSE];
	size_t loose_count;
	struct seen_set seen; /* all orders that came */
	struct namings said;  /* of orders, also of those that did not come yet */
};

enum err
book_new(struct book **out, const struct zones *zones)
{
	struct book *b = calloc(1, sizeof *b);

	if (b == NULL)
		return ERR_NOMEM;
	b->zones = zones;
	*out = b;
	return ERR_OK;
}

static void
messages_drop(struct alert *a)
{
	for (size_t i = 0; i < a->message_count; i++)
		free((void *)a->message[i].content.at);
	a->message_count = 0;
}

static void
alert_free(struct alert *a)
{
	messages_drop(a);
	for (size_t i = 0; i < a->order_count; i++)
		free(a->order[i].zone);
	free(a->message);
	free(a->order);
	free(a->zone);
	free(a);
}

void
book_free(struct book *b)
{
	if (b == NULL)
		return;
	for (size_t i = 0; i < b->count; i++)
		alert_free(b->alert[i]);
	for (size_t i = 0; i < b->loose_count; i++)
		free((void *)b->loose[i].content.at);
	free(b->alert);
	seen_free(&b->seen);
	namings_free(&b->said);
	free(b);
}

void
book_zones(struct book *b, const struct zones *zones)
{
	b->zones = zones;
}

enum err
book_content(struct book *b, struct bytes content, struct fault *fault)
{
	uint8_t *copy = malloc(content.len + 1);

	(void)fault;
	if (copy == NULL)
		return ERR_NOMEM;
	memcpy(copy, content.at, content.len);
	if (b->loose_count == LOOSE) {
		free((void *)b->loose[0].content.at);
		memmove(b->loose, b->loose + 1, (LOOSE - 1) * sizeof *b->loose);
		b->loose_count--;
	}
	b->loose[b->loose_count++] =
		(struct alert_message){bytes_of(copy, content.len), hash_of(content)};
	return ERR_OK;
}

/* Take the content out of the waiting ones; content.at is NULL if it is not there. */
static struct alert_message
loose_take(struct book *b, const struct hash *hash)
{
	struct alert_message found = {{NULL, 0}, *hash};

	for (size_t i = 0; i < b->loose_count; i++)
		if (hash_equal(&b->loose[i].hash, hash)) {
			found = b->loose[i];
			memmove(b->loose + i, b->loose + i + 1,
				(--b->loose_count - i) * sizeof *b->loose);
			break;
		}
	return found;
}

size_t
book_count(const struct book *b)
{
	return b->count;
}

const struct alert *
book_at(const struct book *b, size_t i)
{
	return b->alert[i];
}

static struct alert *
find(const struct book *b, uint64_t id)
{
	for (size_t i = b->count; i-- > 0;)
		if (b->alert[i]->id == id)
			return b->alert[i];
	return NULL;
}

const struct alert *
book_find(const struct book *b, uint64_t id)
{
	return find(b, id);
}

const struct alert *
book_of_order(const struct book *b, uint64_t order)
{
	for (size_t i = b->count; i-- > 0;)
		for (size_t j = 0; j < b->alert[i]->order_count; j++)
			if (b->alert[i]->order[j].id == order)
				return b->alert[i];
	return NULL;
}

const struct alert *
book_overlap(const struct book *b, uint64_t but, const uint16_t *zone, size_t count)
{
	for (size_t i = b->count; i-- > 0;) {
		const struct alert *a = b->alert[i];

		if (a->state == ALERT_LIVE && !a->silent && a->id != but &&
			zones_overlap(b->zones, a->zone, a->zone_count, zone, count))
			return a;
	}
	return NULL;
}

static bool
message_add(struct alert *a, struct alert_message m)
{
	struct alert_message *at;

	if (m.content.at == NULL)
		return true;
	at = realloc(a->message, (a->message_count + 1) * sizeof *at);
	if (at == NULL) {
		free((void *)m.content.at);
		return false;
	}
	a->message = at;
	a->message[a->message_count++] = m;
	return true;
}

static struct alert_order *
order_in(const struct alert *a, uint64_t id)
{
	for (size_t i = 0; i < a->order_count; i++)
		if (a->order[i].id == id)
			return &a->order[i];
	return NULL;
}

static bool
order_add(struct book *b, struct alert *a, const struct order_body *body,
	const uint16_t *zone, uint16_t count)
{
	struct alert_order *at = order_in(a, body->id);
	uint16_t *copy = malloc((count + 1u) * sizeof *copy);

	if (copy == NULL)
		return false;
	if (at != NULL) {
		free(at->zone);
	} else {
		at = realloc(a->order, (a->order_count + 1) * sizeof *at);
		if (at == NULL) {
			free(copy);
			return false;
		}
		a->order = at;
		at += a->order_count++;
	}
	memcpy(copy, zone, count * sizeof *copy);
	*at = (struct alert_order){body->id,
		namings_state(&b->said, b->zones, body->id, zone, count), count, copy,
		order_expiry_ms(body), body->class == ORDER_ALARM && body->pattern == 0};
	return true;
}

/* The alert's state follows from its orders: one that lives is enough; else one that is only
 * stopped; else what was said of the newest. */
static void
alert_settle(struct alert *a, int64_t now_ms)
{
	const struct alert_order *newest = NULL;
	enum alert_state next = ALERT_LIVE,
			 was = a->state == ALERT_EXPIRED ? a->before : a->state;
	bool lives = a->order_count == 0, stopped = false;

	a->silent = a->order_count > 0;
	for (size_t i = 0; i < a->order_count; i++) {
		a->silent &= a->order[i].silent;
		lives |= a->order[i].state == ALERT_LIVE;
		stopped |= a->order[i].state == ALERT_STOPPED;
		if (newest == NULL || a->order[i].id > newest->id)
			newest = &a->order[i];
	}
	if (!lives)
		next = stopped ? ALERT_STOPPED : newest->state;
	if (next == ALERT_OVER && a->silent)
		next = ALERT_ENDED; /* no siren owes its all clear */
	a->owes = next == ALERT_OVER;
	if (next == was)
		return;
	a->state = next;
	a->changed_ms = now_ms > order_id_ms(a->id) ? now_ms : order_id_ms(a->id);
}

static bool
zones_set(struct alert *a, const uint16_t *zone, uint16_t count)
{
	uint16_t *copy = malloc((count + 1u) * sizeof *copy);

	if (copy == NULL)
		return false;
	memcpy(copy, zone, count * sizeof *copy);
	free(a->zone);
	a->zone = copy;
	a->zone_count = count;
	return true;
}

static int
by_number(const void *a, const void *b)
{
	return *(const uint16_t *)a - *(const uint16_t *)b;
}

/* Rising, each once; returns how many are left. */
static uint16_t
rising(uint16_t *number, uint16_t count)
{
	uint16_t kept = 0;

	qsort(number, count, sizeof *number, by_number);
	for (uint16_t i = 0; i < count; i++)
		if (kept == 0 || number[i] != number[kept - 1])
			number[kept++] = number[i];
	return kept;
}

/* The zones of an order's bodies of one class, rising, each once. Groups are resolved. */
static uint16_t
order_zones(const struct book *b, const struct order *o, enum order_class class,
	uint16_t out[CONTENT_ZONES])
{
	uint16_t n = 0;

	for (int i = 0; i < o->body_count; i++) {
		const struct order_zones *z = &o->body[i].zones;
		const struct zone_group *g =
			z->group ? zones_group(b->zones, z->number[0]) : NULL;
		size_t count = z->group ? (g ? g->zone_count : 0) : z->count;
		const uint16_t *number = g ? g->zones : z->number;

		if (o->body[i].class != class)
			continue;
		for (size_t k = 0; k < count && n < CONTENT_ZONES; k++)
			out[n++] = number[k];
	}
	return rising(out, n);
}

/* Does another order of the alert than this one live? */
static bool
goes_on(const struct alert *a, uint64_t but)
{
	for (size_t i = 0; i < a->order_count; i++)
		if (a->order[i].state == ALERT_LIVE && a->order[i].id != but)
			return true;
	return false;
}

/* An update that does not end all of the alert's orders hides none of them. */
static void
keep_shown(struct alert *a)
{
	for (size_t i = 0; i < a->order_count; i++) {
		const struct alert_order *o = &a->order[i];
		uint16_t all[2 * CONTENT_ZONES], n = a->zone_count;

		if (o->state != ALERT_LIVE)
			continue;
		if (o->expires_ms > a->expires_ms)
			a->expires_ms = o->expires_ms;
		memcpy(all, a->zone, n * sizeof *all);
		memcpy(all + n, o->zone, o->zone_count * sizeof *all);
		n = rising(all, n + o->zone_count);
		(void)!zones_set(a, all, n < CONTENT_ZONES ? n : CONTENT_ZONES);
	}
}

static uint64_t
newest_of(const struct alert *a)
{
	uint64_t newest = 0;

	for (size_t i = 0; i < a->order_count; i++)
		newest = a->order[i].id > newest ? a->order[i].id : newest;
	return newest;
}

/* The same alarm on air (doc/decisions: joining): only what its newest order says within 120 s. */
static struct alert *
joined(const struct book *b, const struct order_body *body, const uint16_t *zone,
	uint16_t count)
{
	for (size_t i = b->count; i-- > 0;) {
		struct alert *a = b->alert[i];
		int64_t apart = order_id_ms(body->id) - order_id_ms(newest_of(a));

		if (a->state == ALERT_LIVE && a->order_count > 0 &&
			a->hazard == body->hazard && a->zone_count == count &&
			memcmp(a->zone, zone, count * sizeof *zone) == 0 &&
			apart <= ALERT_JOIN_MS && apart >= -ALERT_JOIN_MS)
			return a;
	}
	return NULL;
}

static struct alert *
alert_make(struct book *b, const struct order_body *body, uint64_t id, int64_t now_ms)
{
	struct alert *a = calloc(1, sizeof *a);

	if (a == NULL)
		return NULL;
	if (b->count == b->cap) {
		size_t cap = b->cap ? b->cap * 2 : 16;
		struct alert **at = realloc(b->alert, cap * sizeof(*at));

		if (at == NULL) {
			free(a);
			return NULL;
		}
		b->alert = at;
		b->cap = cap;
	}
	a->id = id;
	a->mode = body->mode;
	a->hazard = body->hazard;
	a->since_ms = a->changed_ms = now_ms;
	b->alert[b->count++] = a;
	return a;
}

static void
playbook_set(struct alert *a, const struct content *c)
{
	if (c != NULL && strlen(c->playbook) < sizeof a->playbook)
		strcpy(a->playbook, c->playbook);
}

static struct alert *
obey_alarm(struct book *b, const struct order *o, const struct content *c, int64_t now_ms)
{
	const struct order_body *body = &o->body[0];
	uint16_t zone[CONTENT_ZONES];
	uint16_t n = order_zones(b, o, body->class, zone);
	/* Its update may have come before it. */
	struct alert *a = find(b, body->id);
	bool updated = a != NULL && order_in(a, body->id) == NULL;

	if (a == NULL && body->join && !namings_have(&b->said, body->id))
		a = joined(b, body, zone, n);
	if (a == NULL)
		a = alert_make(b, body, body->id, now_ms);
	if (a == NULL || !order_add(b, a, body, zone, n) ||
		(!updated && !zones_set(a, zone, n)))
		return a;
	if (updated)
		keep_shown(a);
	if (body->id < a->id)
		a->id = body->id;
	if (!updated && order_expiry_ms(body) > a->expires_ms)
		a->expires_ms = order_expiry_ms(body);
	playbook_set(a, c);
	alert_settle(a, now_ms);
	return a;
}

static void
name_settle(struct book *b, uint64_t id, int64_t now_ms)
{
	struct alert *a = (struct alert *)book_of_order(b, id);
	struct alert_order *o = a != NULL ? order_in(a, id) : NULL;
	enum alert_state said;

	if (o == NULL)
		return;
	said = namings_state(&b->said, b->zones, id, o->zone, o->zone_count);
	if (alert_state_weight(said) > alert_state_weight(o->state))
		o->state = said;
	alert_settle(a, now_ms);
}

/* An alarm that ends others is an update, also when its content did not come with it. */
static void
name_all(struct book *b, const struct order *o, enum alert_state state, int64_t now_ms)
{
	for (int i = 0; i < o->body_count; i++)
		for (int k = 0; k < o->body[i].end_count; k++)
			namings_add(&b->said, o->body[i].ends[k], state, &o->body[i].zones);
	for (int i = 0; i < o->body_count; i++)
		for (int k = 0; k < o->body[i].end_count; k++)
			name_settle(b, o->body[i].ends[k], now_ms);
}

static struct alert *
alert_of(const struct book *b, uint64_t id)
{
	struct alert *a = find(b, id);

	return a != NULL ? a : (struct alert *)book_of_order(b, id);
}

/* Its own order takes the place of those that it names. */
static struct alert *
obey_update(struct book *b, const struct order *o, const struct content *c, int64_t now_ms)
{
	uint64_t id = o->body[0].id;
	uint16_t zone[CONTENT_ZONES];
	uint16_t n = order_zones(b, o, ORDER_ALARM, zone);
	struct alert *a = alert_of(b, c->alert);
	bool newest;

	if (a == NULL)
		a = alert_make(b, &o->body[0], c->alert, now_ms);
	if (a == NULL)
		return NULL;
	newest = newest_of(a) < id;
	if (n > 0)
		(void)!order_add(b, a, &o->body[0], zone, n);
	name_all(b, o, ALERT_ENDED, now_ms);
	/* Where the order says, not where the text does: that is what its signers may order. */
	if (newest && n > 0 && zones_set(a, zone, n))
		a->expires_ms = order_expiry_ms(&o->body[0]);
	keep_shown(a);
	playbook_set(a, c);
	alert_settle(a, now_ms);
	return a;
}

static enum alert_state
state_after(enum order_class class, uint8_t pattern, enum verb verb)
{
	if (class == ORDER_STOP)
		return ALERT_STOPPED;
	if (class == ORDER_FALSE_ALARM)
		return ALERT_CORRECTED;
	return pattern == 0 || verb == VERB_END ? ALERT_OVER : ALERT_ENDED;
}

/* Stop, false alarm, all clear, silent end: whatever alert one of the named orders belongs to. */
static struct alert *
obey_end(struct book *b, const struct order *o, enum verb verb, int64_t now_ms)
{
	enum alert_state next = state_after(o->body[0].class, o->body[0].pattern, verb);
	struct alert *first = NULL;

	name_all(b, o, next, now_ms);
	for (int i = 0; i < o->body_count && first == NULL; i++)
		for (int j = 0; j < o->body[i].end_count && first == NULL; j++)
			first = (struct alert *)book_of_order(b, o->body[i].ends[j]);
	return first;
}

static struct alert *
obey(struct book *b, const struct order *o, const struct content *c, int64_t now_ms)
{
	switch (o->body[0].class) {
	case ORDER_ALARM:
	case ORDER_BREAK_GLASS:
	case ORDER_SENSOR:
		if (c != NULL && c->verb == VERB_UPDATE)
			return obey_update(b, o, c, now_ms);
		name_all(b, o, ALERT_ENDED, now_ms);
		return obey_alarm(b, o, c, now_ms);
	case ORDER_ALL_CLEAR:
		if (c != NULL && c->verb == VERB_UPDATE)
			return obey_update(b, o, c, now_ms);
		return obey_end(b, o, c != NULL ? c->verb : VERB_ALL_CLEAR, now_ms);
	case ORDER_FALSE_ALARM:
	case ORDER_STOP:
		return obey_end(b, o, c != NULL ? c->verb : VERB_STOP, now_ms);
	case ORDER_TAKEOVER:
	case ORDER_TEST:
		break;
	}
	return NULL;
}

bool
book_knows(const struct book *b, uint64_t id)
{
	return seen_find(&b->seen, id) != NULL;
}

/* Who signs an order for one may not hang an update's words on the alert of two. */
static bool
speaks_for(const struct content *c, const struct order *o)
{
	for (int i = 0; i < o->body_count; i++)
		if (c->order != o->body[i].id || c->mode != o->body[i].mode ||
			!verb_fits_class(c->verb, o->body[i].class))
			return false;
	return true;
}

/* While the alert lives on, what ends a part of it is not its message. */
static void
message_came(struct alert *a, const struct content *c, uint64_t id, struct alert_message m)
{
	bool lives_on = goes_on(a, id);

	if (c->verb != VERB_ALERT && c->verb != VERB_UPDATE && lives_on) {
		free((void *)m.content.at);
		return;
	}
	/* An alert's own message joins those that live; any other supersedes them all. */
	if (c->verb != VERB_ALERT && !lives_on)
		messages_drop(a);
	(void)!message_add(a, m);
}

const struct alert *
book_order(struct book *b, const struct order *o, int64_t now_ms, bool on_disk)
{
	struct alert_message m = loose_take(b, &o->body[0].content);
	const struct seen *seen = seen_find(&b->seen, o->body[0].id);
	int signers = class_signers(o->body[0].class);
	struct arena *arena = NULL;
	struct content c;
	bool has = m.content.at != NULL && arena_new(&arena) == ERR_OK &&
		   content_read(&c, arena, m.content, NULL) == ERR_OK && speaks_for(&c, o);
	struct alert *a;

	if (seen != NULL && seen->signers >= signers) {
		a = (struct alert *)book_of_order(b, o->body[0].id);
		if (a != NULL)
			a->on_disk |= on_disk;
		free((void *)m.content.at);
		arena_free(arena);
		return a;
	}
	seen_add(&b->seen, o->body[0].id, signers);
	a = obey(b, o, has ? &c : NULL, now_ms);
	if (a != NULL && has)
		message_came(a, &c, o->body[0].id, m);
	else
		free((void *)m.content.at);
	if (a != NULL)
		a->on_disk = on_disk;
	arena_free(arena);
	return a;
}

static bool
state_at(struct alert *a, int64_t now_ms)
{
	bool over = a->expires_ms <= now_ms;

	if (over && (a->state == ALERT_LIVE || a->state == ALERT_STOPPED)) {
		a->before = a->state;
		a->state = ALERT_EXPIRED;
		a->changed_ms = now_ms;
		return true;
	}
	if (!over && a->state == ALERT_EXPIRED) {
		a->state = a->before;
		a->changed_ms = now_ms;
		return true;
	}
	return false;
}

bool
book_tick(struct book *b, int64_t now_ms)
{
	bool any = false;

	for (size_t i = 0; i < b->count; i++)
		any |= state_at(b->alert[i], now_ms);
	return any;
}

int64_t
book_next_ms(const struct book *b)
{
	int64_t next = INT64_MAX;

	for (size_t i = 0; i < b->count; i++)
		if ((b->alert[i]->state == ALERT_LIVE ||
			    b->alert[i]->state == ALERT_STOPPED) &&
			b->alert[i]->expires_ms < next)
			next = b->alert[i]->expires_ms;
	return next;
}

bool
book_is_past(const struct book *b, uint64_t order, int64_t now_ms)
{
	int64_t newest = seen_newest_ms(&b->seen);

	if (newest > now_ms)
		newest = now_ms;
	return order_id_ms(order) < newest - KEEP_MS - SEEN_MS;
}

void
book_forget(struct book *b, int64_t before_ms)
{
	size_t kept = 0;
	int64_t newest = seen_newest_ms(&b->seen);

	if (before_ms > newest - KEEP_MS)
		before_ms = newest - KEEP_MS;
	seen_forget(&b->seen, before_ms - SEEN_MS);
	namings_forget(&b->said, before_ms - SEEN_MS);
	for (size_t i = 0; i < b->count; i++) {
		struct alert *a = b->alert[i];

		if (a->state == ALERT_LIVE || a->state == ALERT_STOPPED || a->owes ||
			a->changed_ms >= before_ms)
			b->alert[kept++] = a;
		else
			alert_free(a);
	}
	b->count = kept;
}
