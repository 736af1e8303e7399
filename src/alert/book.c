/* SPDX-License-Identifier: GPL-3.0-or-later */
/* book.c: which alerts live, from what was published. */
#include "alert/book.h"

#include <stdlib.h>
#include <string.h>

enum {
	LOOSE = 64,		    /* contents that wait for their orders */
	SEEN_MS = 3 * 86400 * 1000, /* no order lives longer */
	KEEP_MS = 2 * 86400 *
		  1000, /* nothing younger than that beside the newest is forgotten */
};

struct naming {
	uint64_t id;
	enum alert_state state;
};

struct book {
	const struct zones *zones;
	size_t count, cap;
	struct alert **alert;
	struct alert_message loose[LOOSE];
	size_t loose_count;
	uint64_t *seen; /* ids of all orders that came */
	size_t seen_count, seen_cap;
	struct naming
		*naming; /* what was said of orders, also of those that did not come yet */
	size_t naming_count, naming_cap;
};

static const char *const state_names[] = {
	[ALERT_LIVE] = "live",
	[ALERT_STOPPED] = "stopped",
	[ALERT_CORRECTED] = "corrected",
	[ALERT_ENDED] = "ended",
	[ALERT_OVER] = "over",
	[ALERT_EXPIRED] = "expired",
};

const char *
alert_state_name(enum alert_state s)
{
	return state_names[s];
}

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
	free(b->seen);
	free(b->naming);
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

		if (a->state == ALERT_LIVE && a->id != but &&
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

/* What is said of an order later outweighs what was said before only if it is more. */
static int
weight(enum alert_state state)
{
	switch (state) {
	case ALERT_LIVE:
	case ALERT_EXPIRED:
		return 0;
	case ALERT_STOPPED:
		return 1;
	case ALERT_OVER:
		return 2;
	case ALERT_CORRECTED:
	case ALERT_ENDED:
		return 3;
	}
	return 0;
}

static struct naming *
naming_of(const struct book *b, uint64_t id)
{
	for (size_t i = b->naming_count; i-- > 0;)
		if (b->naming[i].id == id)
			return &b->naming[i];
	return NULL;
}

static void
naming_add(struct book *b, uint64_t id, enum alert_state state)
{
	struct naming *n = naming_of(b, id);

	if (n != NULL) {
		n->state = weight(state) > weight(n->state) ? state : n->state;
		return;
	}
	if (b->naming_count == b->naming_cap) {
		size_t cap = b->naming_cap ? b->naming_cap * 2 : 32;

		n = realloc(b->naming, cap * sizeof *n);
		if (n == NULL)
			return;
		b->naming = n;
		b->naming_cap = cap;
	}
	b->naming[b->naming_count++] = (struct naming){id, state};
}

static bool
order_add(
	struct book *b, struct alert *a, uint64_t id, const uint16_t *zone, uint16_t count)
{
	struct alert_order *at = realloc(a->order, (a->order_count + 1) * sizeof *at);
	uint16_t *copy = malloc((count + 1u) * sizeof *copy);
	const struct naming *n = naming_of(b, id);

	if (at != NULL)
		a->order = at;
	if (at == NULL || copy == NULL) {
		free(copy);
		return false;
	}
	memcpy(copy, zone, count * sizeof *copy);
	a->order[a->order_count++] =
		(struct alert_order){id, n != NULL ? n->state : ALERT_LIVE, count, copy};
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

	for (size_t i = 0; i < a->order_count; i++) {
		lives |= a->order[i].state == ALERT_LIVE;
		stopped |= a->order[i].state == ALERT_STOPPED;
		if (newest == NULL || a->order[i].id > newest->id)
			newest = &a->order[i];
	}
	if (!lives)
		next = stopped ? ALERT_STOPPED : newest->state;
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

/* The zones of an order's bodies of one class, rising, each once. Groups are resolved. */
static uint16_t
order_zones(const struct book *b, const struct order *o, enum order_class class,
	uint16_t out[CONTENT_ZONES])
{
	uint16_t n = 0, kept = 0;

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
	qsort(out, n, sizeof *out, by_number);
	for (uint16_t i = 0; i < n; i++)
		if (kept == 0 || out[i] != out[kept - 1])
			out[kept++] = out[i];
	return kept;
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
	bool updated = a != NULL;

	if (a == NULL && body->join && naming_of(b, body->id) == NULL)
		a = joined(b, body, zone, n);
	if (a == NULL)
		a = alert_make(b, body, body->id, now_ms);
	if (a == NULL || !order_add(b, a, body->id, zone, n) ||
		(!updated && !zones_set(a, zone, n)))
		return a;
	if (body->id < a->id)
		a->id = body->id;
	if (!updated && order_expiry_ms(body) > a->expires_ms)
		a->expires_ms = order_expiry_ms(body);
	playbook_set(a, c);
	alert_settle(a, now_ms);
	return a;
}

static void
name_one(struct book *b, uint64_t id, enum alert_state state, int64_t now_ms)
{
	struct alert *a = (struct alert *)book_of_order(b, id);

	naming_add(b, id, state);
	for (size_t i = 0; a != NULL && i < a->order_count; i++)
		if (a->order[i].id == id && weight(state) > weight(a->order[i].state))
			a->order[i].state = state;
	if (a != NULL)
		alert_settle(a, now_ms);
}

/* An alarm that ends others is an update, also when its content did not come with it. */
static void
name_all(struct book *b, const struct order *o, enum alert_state state, int64_t now_ms)
{
	for (int i = 0; i < o->body_count; i++)
		for (int k = 0; k < o->body[i].end_count; k++)
			name_one(b, o->body[i].ends[k], state, now_ms);
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
		(void)!order_add(b, a, id, zone, n);
	name_all(b, o, ALERT_ENDED, now_ms);
	if (newest && zones_set(a, c->zone, c->zone_count))
		a->expires_ms = order_expiry_ms(&o->body[0]);
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

	for (int i = 0; i < o->body_count; i++)
		for (int j = 0; j < o->body[i].end_count; j++) {
			name_one(b, o->body[i].ends[j], next, now_ms);
			if (first == NULL)
				first = (struct alert *)book_of_order(
					b, o->body[i].ends[j]);
		}
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
	for (size_t i = b->seen_count; i-- > 0;)
		if (b->seen[i] == id)
			return true;
	return false;
}

static void
order_remember(struct book *b, uint64_t id)
{
	if (b->seen_count == b->seen_cap) {
		size_t cap = b->seen_cap ? b->seen_cap * 2 : 64;
		uint64_t *at = realloc(b->seen, cap * sizeof *at);

		if (at == NULL)
			return;
		b->seen = at;
		b->seen_cap = cap;
	}
	b->seen[b->seen_count++] = id;
}

const struct alert *
book_order(struct book *b, const struct order *o, int64_t now_ms, bool on_disk)
{
	struct alert_message m = loose_take(b, &o->body[0].content);
	struct arena *arena = NULL;
	struct content c;
	bool has = m.content.at != NULL && arena_new(&arena) == ERR_OK &&
		   content_read(&c, arena, m.content, NULL) == ERR_OK;
	struct alert *a;

	if (book_knows(b, o->body[0].id)) {
		a = (struct alert *)book_of_order(b, o->body[0].id);
		if (a != NULL)
			a->on_disk |= on_disk;
		free((void *)m.content.at);
		arena_free(arena);
		return a;
	}
	order_remember(b, o->body[0].id);
	a = obey(b, o, has ? &c : NULL, now_ms);
	if (a == NULL) {
		free((void *)m.content.at);
	} else {
		a->on_disk = on_disk;
		/* An alert's own message joins those that live; any other supersedes them all. */
		if (has && c.verb != VERB_ALERT)
			messages_drop(a);
		(void)!message_add(a, m);
	}
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

void
book_forget(struct book *b, int64_t before_ms)
{
	size_t kept = 0, seen = 0;
	int64_t newest = 0;

	for (size_t i = 0; i < b->seen_count; i++)
		if (order_id_ms(b->seen[i]) > newest)
			newest = order_id_ms(b->seen[i]);
	if (before_ms > newest - KEEP_MS)
		before_ms = newest - KEEP_MS;
	for (size_t i = 0; i < b->seen_count; i++)
		if (order_id_ms(b->seen[i]) >= before_ms - SEEN_MS)
			b->seen[seen++] = b->seen[i];
	b->seen_count = seen;
	seen = 0;
	for (size_t i = 0; i < b->naming_count; i++)
		if (order_id_ms(b->naming[i].id) >= before_ms - SEEN_MS)
			b->naming[seen++] = b->naming[i];
	b->naming_count = seen;
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
