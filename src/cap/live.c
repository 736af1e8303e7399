/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * live.c: a node for each message that is known or only named, with the statuses of those that end
 * it; nodes that are bound by references, or by incidents of one sender, form a chain.
 */
#include "cap/live.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { NONE = -1, FIRST_ROOM = 64, TOLD = 3, NAME_SHOWN = 80 };
#define INCIDENT INT64_MIN /* in place of a time: the node stands for incidents */

struct node {
	struct bytes sender, identifier;
	int64_t sent_ms, expires_ms;
	struct hash hash;
	enum cap_live_kind kind;
	enum cap_live_status status;
	bool known;	/* the message came */
	unsigned ended; /* a bit for the status of each that ends it */
	int64_t ended_ms[CAP_STATUS_OTHER +
			 1]; /* when the newest of these was sent, by status */
	int32_t same_slot;   /* the next with the same slot of the table */
	int32_t chain;	     /* towards the node that stands for the chain */
	int32_t round;	     /* the next in the chain, which is a ring */
};

struct cap_live {
	struct cap_live_options options;
	struct arena *arena; /* names */
	struct node *node;
	int32_t *slot; /* as many as `room`, a power of two */
	size_t count, room;
	int32_t *touched; /* the message, its incidents or NONE, its references */
};

const char *
cap_live_outcome_name(enum cap_live_outcome o)
{
	static const char *const name[] = {"accepted", "duplicate", "refused"};

	return name[o];
}

enum err
cap_live_new(struct cap_live **out, const struct cap_live_options *options)
{
	struct cap_live *l = calloc(1, sizeof *l);
	enum err err = ERR_NOMEM;

	if (l == NULL)
		return ERR_NOMEM;
	if (options != NULL)
		l->options = *options;
	if (l->options.max == 0)
		l->options.max = CAP_LIVE_MAX;
	l->touched = calloc(CAP_LIVE_REFERENCES + 2, sizeof *l->touched);
	if (l->touched != NULL)
		err = arena_new(&l->arena);
	if (err != ERR_OK) {
		cap_live_free(l);
		return err;
	}
	*out = l;
	return ERR_OK;
}

void
cap_live_free(struct cap_live *l)
{
	if (l == NULL)
		return;
	arena_free(l->arena);
	free(l->node);
	free(l->slot);
	free(l->touched);
	free(l);
}

/* ---- nodes ---- */

static size_t
slot_of(const struct cap_live *l, struct bytes sender, struct bytes identifier)
{
	struct bytes part[] = {sender, bytes_of(",", 1), identifier};
	struct hash h = hash_of_parts(part, 3);
	uint32_t v;

	memcpy(&v, h.at, sizeof v);
	return v & (l->room - 1);
}

static void
hang(struct cap_live *l, int32_t at)
{
	struct node *n = &l->node[at];
	int32_t *slot = &l->slot[slot_of(l, n->sender, n->identifier)];

	n->same_slot = *slot;
	*slot = at;
}

static enum err
make_room(struct cap_live *l)
{
	size_t room = l->room == 0 ? FIRST_ROOM : 2 * l->room;
	struct node *node;
	int32_t *slot;

	if (l->count >= l->options.max)
		return ERR_FULL;
	if (l->count < l->room)
		return ERR_OK;
	slot = malloc(room * sizeof *slot);
	if (slot == NULL)
		return ERR_NOMEM;
	node = realloc(l->node, room * sizeof *node);
	if (node == NULL) {
		free(slot);
		return ERR_NOMEM;
	}
	free(l->slot);
	l->node = node;
	l->slot = slot;
	l->room = room;
	memset(slot, 0xff, room * sizeof *slot); /* NONE */
	for (size_t i = 0; i < l->count; i++)
		hang(l, (int32_t)i);
	return ERR_OK;
}

/* The next node of this sender and identifier from `at` on, whatever its time. */
static int32_t
same_name(
	const struct cap_live *l, int32_t at, struct bytes sender, struct bytes identifier)
{
	while (at != NONE && (!bytes_equal(l->node[at].sender, sender) ||
				     !bytes_equal(l->node[at].identifier, identifier)))
		at = l->node[at].same_slot;
	return at;
}

static int32_t
first_of(const struct cap_live *l, struct bytes sender, struct bytes identifier)
{
	if (l->room == 0)
		return NONE;
	return same_name(l, l->slot[slot_of(l, sender, identifier)], sender, identifier);
}

static int32_t
next_of(const struct cap_live *l, int32_t at)
{
	const struct node *n = &l->node[at];

	return same_name(l, n->same_slot, n->sender, n->identifier);
}

static int32_t
find(const struct cap_live *l, struct bytes sender, struct bytes identifier,
	int64_t sent_ms)
{
	int32_t at = first_of(l, sender, identifier);

	while (at != NONE && l->node[at].sent_ms != sent_ms)
		at = next_of(l, at);
	return at;
}

/* The one that came with this sender and identifier: there is one at most. */
static int32_t
find_known(const struct cap_live *l, struct bytes sender, struct bytes identifier)
{
	int32_t at = first_of(l, sender, identifier);

	while (at != NONE && !l->node[at].known)
		at = next_of(l, at);
	return at;
}

static bool
copy(struct bytes *out, struct arena *arena, struct bytes text)
{
	char *at = arena_text(arena, (const char *)text.at, text.len);

	*out = bytes_of(at, text.len);
	return at != NULL;
}

/* A node that is only named changes nothing that anybody sees. */
static enum err
find_or_add(int32_t *out, struct cap_live *l, struct bytes sender, struct bytes identifier,
	int64_t sent_ms)
{
	struct node n = {.sent_ms = sent_ms};
	enum err err;

	*out = find(l, sender, identifier, sent_ms);
	if (*out != NONE)
		return ERR_OK;
	err = make_room(l);
	if (err != ERR_OK)
		return err;
	if (!copy(&n.sender, l->arena, sender) ||
		!copy(&n.identifier, l->arena, identifier))
		return ERR_NOMEM;
	*out = (int32_t)l->count++;
	n.chain = n.round = *out;
	l->node[*out] = n;
	hang(l, *out);
	return ERR_OK;
}

/* ---- chains ---- */

static int32_t
chain_of(struct cap_live *l, int32_t at)
{
	while (l->node[at].chain != at) {
		l->node[at].chain = l->node[l->node[at].chain].chain;
		at = l->node[at].chain;
	}
	return at;
}

static void
bind(struct cap_live *l, int32_t a, int32_t b)
{
	int32_t x = chain_of(l, a), y = chain_of(l, b), round = l->node[x].round;

	if (x == y)
		return;
	l->node[y].chain = x;
	l->node[x].round = l->node[y].round;
	l->node[y].round = round;
}

static bool
is_live(const struct node *n, int64_t now_ms)
{
	return n->known && n->kind <= CAP_KIND_UPDATE &&
	       (n->ended & 1U << n->status) == 0 && n->expires_ms > now_ms;
}

/* ---- telling ---- */

static const char *
translated(const struct cap_live *l, const char *format)
{
	if (l->options.translate == NULL)
		return format;
	return l->options.translate(l->options.translate_ctx, format);
}

static void tell(const struct cap_live *l, struct cap_live_answer *a,
	enum cap_live_note note, const char *format, ...)
	__attribute__((format(printf, 4, 5)));

/* Add a sentence; one that does not fit any more is left out, its note stays. */
static void
tell(const struct cap_live *l, struct cap_live_answer *a, enum cap_live_note note,
	const char *format, ...)
{
	size_t len = strlen(a->why.text);
	char text[sizeof a->why.text];
	struct fault one;
	va_list ap;

	a->notes |= note;
	va_start(ap, format);
	vsnprintf(text, sizeof text, translated(l, format), ap);
	va_end(ap);
	fault_write(&one, "%s%s", len > 0 ? " " : "", text);
	if (len + strlen(one.text) < sizeof a->why.text)
		strcpy(a->why.text + len, one.text);
}

/* A name for a sentence, cut between characters. */
static int
shown(struct bytes name)
{
	size_t len = name.len < NAME_SHOWN ? name.len : NAME_SHOWN;

	while (len < name.len && len > 0 && (name.at[len] & 0xc0) == 0x80)
		len--;
	return (int)len;
}
#define SHOWN(name) shown(name), (const char *)(name).at

/* ---- refusing ---- */

static bool
refuse_reference(struct cap_live *l, struct cap_live_answer *a,
	const struct cap_live_message *m, const struct cap_reference *r)
{
	if (bytes_equal(r->sender, m->sender) && bytes_equal(r->identifier, m->identifier))
		tell(l, a, CAP_LIVE_SELF,
			N_("It names itself in its references; a message can only follow "
			   "others."));
	else if (r->sent_ms > m->sent_ms)
		tell(l, a, CAP_LIVE_LATER,
			N_("It names %.*s, which was sent later than itself."),
			SHOWN(r->identifier));
	return a->notes != 0;
}

static bool
refuse(struct cap_live *l, struct cap_live_answer *a, const struct cap_live_message *m)
{
	if (m->references == 0 && m->kind != CAP_KIND_ALERT)
		tell(l, a, CAP_LIVE_NAMELESS,
			N_("It names no message in its references, so it is not known what "
			   "it follows."));
	else if (m->references > CAP_LIVE_REFERENCES)
		tell(l, a, CAP_LIVE_MANY, N_("It names more than %d messages."),
			CAP_LIVE_REFERENCES);
	else
		for (size_t i = 0; i < m->references; i++)
			if (refuse_reference(l, a, m, &m->reference[i]))
				break;
	return a->notes != 0;
}

/* Was this sender's identifier there already? */
static bool
meet_again(struct cap_live *l, struct cap_live_answer *a, const struct cap_live_message *m)
{
	int32_t at = find_known(l, m->sender, m->identifier);

	if (at == NONE)
		return false;
	a->outcome = CAP_LIVE_DUPLICATE;
	if (!hash_equal(&l->node[at].hash, &m->hash)) {
		a->outcome = CAP_LIVE_REFUSED;
		tell(l, a, CAP_LIVE_CONFLICT,
			N_("%.*s came already with other bytes; a sender never uses an "
			   "identifier twice. The first one stands."),
			SHOWN(m->identifier));
	}
	return true;
}

/* ---- accepting ---- */

static bool
ends_others(const struct cap_live_message *m)
{
	return m->kind == CAP_KIND_UPDATE || m->kind == CAP_KIND_CANCEL;
}

/* All that can fail comes first. */
static enum err
touch(struct cap_live *l, const struct cap_live_message *m)
{
	enum err err = find_or_add(&l->touched[0], l, m->sender, m->identifier, m->sent_ms);

	l->touched[1] = NONE;
	if (err == ERR_OK && m->incidents.len > 0)
		err = find_or_add(&l->touched[1], l, m->sender, m->incidents, INCIDENT);
	for (size_t i = 0; err == ERR_OK && ends_others(m) && i < m->references; i++)
		err = find_or_add(&l->touched[2 + i], l, m->reference[i].sender,
			m->reference[i].identifier, m->reference[i].sent_ms);
	return err;
}

static void
meet(struct cap_live *l, struct cap_live_answer *a, const struct cap_live_message *m,
	const struct node *named)
{
	int32_t known = find_known(l, named->sender, named->identifier);

	if (known == NONE)
		tell(l, a, CAP_LIVE_ORPHAN, N_("%.*s, which it names, is not known here."),
			SHOWN(named->identifier));
	else if (l->node[known].sent_ms != named->sent_ms)
		tell(l, a, CAP_LIVE_OTHER_TIME,
			N_("It names %.*s with another time than that has, so it does not "
			   "end it."),
			SHOWN(named->identifier));
	else if (l->node[known].status != m->status)
		tell(l, a, CAP_LIVE_OTHER_STATUS,
			N_("It names %.*s, which has another status, so it does not end "
			   "it."),
			SHOWN(named->identifier));
}

static void
end(struct node *n, enum cap_live_status status, int64_t sent_ms)
{
	if ((n->ended & 1U << status) == 0 || n->ended_ms[status] < sent_ms)
		n->ended_ms[status] = sent_ms;
	n->ended |= 1U << status;
}

/* An Update of nothing but what a later message has ended already: it revives nothing. */
static bool
comes_late(const struct cap_live *l, const struct cap_live_message *m)
{
	bool late = m->kind == CAP_KIND_UPDATE;

	for (size_t i = 0; late && i < m->references; i++) {
		const struct node *named = &l->node[l->touched[2 + i]];

		late = (named->ended & 1U << m->status) != 0 &&
		       named->ended_ms[m->status] > m->sent_ms;
	}
	return late;
}

static void
end_reference(struct cap_live *l, struct cap_live_answer *a,
	const struct cap_live_message *m, int32_t at)
{
	struct node *named = &l->node[at];
	bool own = bytes_equal(named->sender, m->sender);

	if (!own)
		tell(l, a, CAP_LIVE_OTHER_SENDER,
			l->options.own_only
				? N_("%.*s is of another sender, so it does not end it.")
				: N_("%.*s, which it ends, is of another sender."),
			SHOWN(named->identifier));
	meet(l, a, m, named);
	if (own || !l->options.own_only)
		end(named, m->status, m->sent_ms);
	bind(l, l->touched[0], at);
}

/* Those that the Cancel should have named, too. */
static void
tell_twins(struct cap_live *l, struct cap_live_answer *a, int32_t self)
{
	const struct node *cancel = &l->node[self];
	unsigned told = 0;

	for (int32_t at = cancel->round; at != self; at = l->node[at].round) {
		const struct node *n = &l->node[at];

		if (is_live(n, cancel->sent_ms) && n->status == cancel->status &&
			bytes_equal(n->sender, cancel->sender) && told++ < TOLD)
			tell(l, a, CAP_LIVE_TWIN,
				N_("%.*s belongs to the same chain and is still live: the "
				   "Cancel does not name it. Ask the sender whether it is "
				   "over, too."),
				SHOWN(n->identifier));
	}
}

/* The same, where the Cancel came first. */
static void
tell_outlived(struct cap_live *l, struct cap_live_answer *a, int32_t self)
{
	const struct node *own = &l->node[self];

	for (int32_t at = own->round; at != self; at = l->node[at].round) {
		const struct node *n = &l->node[at];

		if (n->known && n->kind == CAP_KIND_CANCEL && n->status == own->status &&
			bytes_equal(n->sender, own->sender) && n->sent_ms >= own->sent_ms) {
			tell(l, a, CAP_LIVE_OUTLIVES,
				N_("Its chain was cancelled by %.*s, which does not name "
				   "it: "
				   "it is live. Ask the sender whether it is over, too."),
				SHOWN(n->identifier));
			return;
		}
	}
}

static void
accept(struct cap_live *l, struct cap_live_answer *a, const struct cap_live_message *m)
{
	int32_t self = l->touched[0];
	struct node *n = &l->node[self];
	bool late = (n->ended & 1U << m->status) == 0 && comes_late(l, m);

	n->known = true;
	n->kind = m->kind;
	n->status = m->status;
	n->hash = m->hash;
	n->expires_ms = m->expires_ms;
	if (m->kind > CAP_KIND_CANCEL)
		return;
	if (l->touched[1] != NONE)
		bind(l, self, l->touched[1]);
	for (size_t i = 0; ends_others(m) && i < m->references; i++)
		end_reference(l, a, m, l->touched[2 + i]);
	if (late)
		end(n, m->status, m->sent_ms);
	if (m->kind == CAP_KIND_CANCEL)
		tell_twins(l, a, self);
	else if (late)
		tell(l, a, CAP_LIVE_TOO_LATE,
			N_("What it updates was superseded or cancelled by a later message "
			   "that came before it: it comes too late and is not live."));
	else if (is_live(n, CAP_LIVE_ALWAYS))
		tell_outlived(l, a, self);
	else
		tell(l, a, CAP_LIVE_ENDED,
			N_("A message that came earlier supersedes or cancels it: it is "
			   "not "
			   "live."));
}

enum err
cap_live_take(
	struct cap_live *l, struct cap_live_answer *out, const struct cap_live_message *m)
{
	struct cap_live_answer a = {.outcome = CAP_LIVE_ACCEPTED};
	enum err err;

	if (refuse(l, &a, m)) {
		a.outcome = CAP_LIVE_REFUSED;
	} else if (!meet_again(l, &a, m)) {
		err = touch(l, m);
		if (err != ERR_OK)
			return err;
		accept(l, &a, m);
	}
	*out = a;
	return ERR_OK;
}

/* ---- listing ---- */

static int
by_text(struct bytes a, struct bytes b)
{
	int order = memcmp(a.at, b.at, a.len < b.len ? a.len : b.len);

	return order != 0 ? order : (a.len > b.len) - (a.len < b.len);
}

static int
by_sent(const void *a, const void *b)
{
	const struct cap_live_entry *x = a, *y = b;
	int order = by_text(x->sender, y->sender);

	if (x->sent_ms != y->sent_ms)
		return x->sent_ms < y->sent_ms ? -1 : 1;
	return order != 0 ? order : by_text(x->identifier, y->identifier);
}

enum err
cap_live_list(struct cap_live_entry **out, size_t *n, struct arena *arena,
	const struct cap_live *l, int64_t now_ms)
{
	struct cap_live_entry *entry;
	size_t count = 0;

	for (size_t i = 0; i < l->count; i++)
		count += is_live(&l->node[i], now_ms);
	entry = arena_alloc(arena, (count + 1) * sizeof *entry);
	if (entry == NULL)
		return ERR_NOMEM;
	count = 0;
	for (size_t i = 0; i < l->count; i++) {
		const struct node *at = &l->node[i];

		if (is_live(at, now_ms))
			entry[count++] = (struct cap_live_entry){at->sender, at->identifier,
				at->sent_ms, at->expires_ms, at->kind, at->status};
	}
	qsort(entry, count, sizeof *entry, by_sent);
	*out = entry;
	*n = count;
	return ERR_OK;
}
