/* SPDX-License-Identifier: GPL-3.0-or-later */
/* rules_place.c: what stands where: unknown, repeated, misplaced and missing elements. */
#include "cap/rules.h"

#include <string.h>
#include <strings.h>

/* The place of a child that the table does not know. */
enum { PLACE_UNKNOWN = -1 };

/* So many unknown children of an element are named; more are counted. Each takes a look at all its
 * siblings for its XPath. */
enum { UNKNOWN_TOLD = 20 };

/* The children of one element against the table of that element. */
struct placing {
	struct cap_checking *c;
	const struct cap_node *parent;
	int rule;
	const struct cap_place *table;
	int count;
	unsigned unknown;
	const struct cap_node *found[CAP_PLACES_MAX];
};

const struct cap_node *
cap_next_same(const struct cap_node *node)
{
	const struct cap_node *n = node->next;

	while (n != NULL && (n->name != node->name || n->space != node->space))
		n = n->next;
	return n;
}

/* ---- attributes and text ---- */

void
cap_rule_attributes(struct cap_checking *c, const struct cap_node *node)
{
	if (node->attribute == NULL)
		return;
	if (strcmp(node->attribute, "xsi:type") == 0)
		cap_find(c->f, CAP_NOTE, 2, node,
			N_("<%s> has the attribute xsi:type. CAP has none; receivers may "
			   "stumble over it. Take it out."),
			node->name);
	else
		cap_find(c->f, CAP_ERROR, 2, node,
			N_("<%s> has the attribute \"%s\". CAP has no attributes; take it "
			   "out."),
			node->name, cap_shown_of(bytes_of_text(node->attribute)).text);
}

static bool
holds_elements(const char *name)
{
	static const char *const container[] = {
		"info", "area", "parameter", "geocode", "resource", "eventCode"};

	for (size_t i = 0; i < sizeof container / sizeof *container; i++)
		if (strcmp(name, container[i]) == 0)
			return true;
	return false;
}

static void
judge_content(const struct placing *p, const struct cap_node *n)
{
	cap_rule_attributes(p->c, n);
	if (n->first != NULL && !holds_elements(n->name))
		cap_find(p->c->f, CAP_ERROR, p->rule, n->first,
			N_("<%s> stands inside <%s>, where only text may stand. Take the "
			   "tags out."),
			cap_shown_of(bytes_of_text(n->first->name)).text, n->name);
}

static void
judge_loose_text(const struct placing *p)
{
	const struct cap_node *n = p->parent;

	if (n->loose || (n->first == NULL && !cap_is_blank(n)))
		cap_find(p->c->f, CAP_ERROR, p->rule, n,
			N_("The text \"%s\" stands loose in <%s>, where only elements may "
			   "stand. Take it out, or put it into the element that it "
			   "belongs to."),
			CAP_SHOWN(n), n->name);
}

/* ---- unknown ---- */

/* One slip of the hand apart: all but a short piece behind the first letter is the same. */
static bool
looks_like(const char *a, const char *b)
{
	size_t la = strlen(a), lb = strlen(b), shared = 0;
	bool initial = strncasecmp(a, b, 1) == 0;

	while (la > 0 && lb > 0 && strncasecmp(a, b, 1) == 0) {
		a++, b++, la--, lb--;
		shared++;
	}
	while (la > 0 && lb > 0 && strncasecmp(a + la - 1, b + lb - 1, 1) == 0) {
		la--, lb--;
		shared++;
	}
	return initial && shared >= 3 && la <= 2 && lb <= 2;
}

static void
tell_unknown(const struct placing *p, const struct cap_node *n)
{
	struct cap_shown name = cap_shown_of(bytes_of_text(n->name));
	const char *meant = NULL;

	for (int i = 0; i < p->count && meant == NULL; i++)
		if (looks_like(n->name, p->table[i].name))
			meant = p->table[i].name;
	if (meant != NULL && strcmp(meant, n->name) == 0)
		cap_find(p->c->f, CAP_ERROR, p->rule, n,
			N_("<%s> stands here in another namespace than <alert>. Give it "
			   "the same."),
			name.text);
	else if (meant != NULL)
		cap_find(p->c->f, CAP_ERROR, p->rule, n,
			N_("CAP knows no <%s> in <%s>. If <%s> is meant, write that."),
			name.text, p->parent->name, meant);
	else
		cap_find(p->c->f, CAP_ERROR, p->rule, n,
			N_("<%s> has no place in <%s>. Take it out; what CAP has no "
			   "element for goes into <parameter>."),
			name.text, p->parent->name);
}

/* ---- repeated ---- */

static void
tell_repeated(const struct placing *p, const struct cap_node *n, int place)
{
	int required = p->table[place].required;

	cap_find(p->c->f, CAP_ERROR, required != 0 ? required : p->rule, n,
		N_("<%s> stands again in <%s>, where only one may stand. Keep one."),
		n->name, p->parent->name);
}

/* ---- order ---- */

/*
 * The place of a child; elements come in order as a rule, so the search begins at the last one.
 * XML signatures stand behind all else in an alert (section 3.4: xs:any of that namespace).
 */
static int
place_of(const struct placing *p, const struct cap_node *n, int last)
{
	if (n->space == CAP_SPACE_DSIG && p->parent == p->c->alert)
		return p->count;
	if (n->space != p->c->space)
		return PLACE_UNKNOWN;
	for (int i = last; i < p->count; i++)
		if (strcmp(n->name, p->table[i].name) == 0)
			return i;
	for (int i = 0; i < last && i < p->count; i++)
		if (strcmp(n->name, p->table[i].name) == 0)
			return i;
	return PLACE_UNKNOWN;
}

/* True if the children stand in order. */
static bool
judge_each(struct placing *p)
{
	bool ordered = true;
	int last = 0;

	for (const struct cap_node *n = p->parent->first; n != NULL; n = n->next) {
		int place = place_of(p, n, last);

		if (place == PLACE_UNKNOWN) {
			if (++p->unknown <= UNKNOWN_TOLD)
				tell_unknown(p, n);
			continue;
		}
		if (place < p->count) {
			judge_content(p, n);
			if (p->found[place] == NULL)
				p->found[place] = n;
			else if (!p->table[place].many) {
				tell_repeated(p, n, place);
				continue;
			}
		}
		ordered = ordered && place >= last;
		last = place > last ? place : last;
	}
	return ordered;
}

/* A child in the longest row of children that do stand in order. */
struct link {
	const struct cap_node *node;
	int place;
	int before; /* the link before it in the row that ends here; -1: none */
	bool kept;  /* is in the longest row */
};

/* Which children would have to move: all but the longest row that is in order. */
static void
keep_longest(struct link *link, int n)
{
	struct {
		int length, last;
	} row[CAP_PLACES_MAX + 1] = {{0, 0}}; /* the longest that ends at a place */
	int best = 0;

	for (int i = 0; i < n; i++) {
		int from = 0;

		for (int k = 1; k <= link[i].place; k++)
			if (row[k].length > row[from].length)
				from = k;
		link[i].before = row[from].length > 0 ? row[from].last : -1;
		row[link[i].place].length = row[from].length + 1;
		row[link[i].place].last = i;
	}
	for (int k = 1; k <= CAP_PLACES_MAX; k++)
		if (row[k].length > row[best].length)
			best = k;
	for (int i = n > 0 ? row[best].last : -1; i >= 0; i = link[i].before)
		link[i].kept = true;
}

/* Where the kept children of each place begin and end; first > last: there are none. */
struct span {
	int first, last;
};

static void
tell_misplaced(
	const struct placing *p, const struct link *link, const struct span *kept, int at)
{
	const struct cap_node *node = link[at].node;
	int before = at, behind = at;

	for (int k = link[at].place + 1; k <= p->count; k++)
		before = kept[k].first < before ? kept[k].first : before;
	for (int k = 0; k < link[at].place; k++)
		behind = kept[k].last > behind ? kept[k].last : behind;
	if (before < at)
		cap_find(p->c->f, CAP_ERROR, p->rule, node,
			N_("<%s> stands too late in <%s>. Put it before <%s>."), node->name,
			p->parent->name, link[before].node->name);
	else
		cap_find(p->c->f, CAP_ERROR, p->rule, node,
			N_("<%s> stands too early in <%s>. Put it behind <%s>."),
			node->name, p->parent->name, link[behind].node->name);
}

static int
links_of(const struct placing *p, struct link *link)
{
	bool seen[CAP_PLACES_MAX] = {false};
	int n = 0;

	for (const struct cap_node *c = p->parent->first; c != NULL; c = c->next) {
		int place = place_of(p, c, 0);

		if (place == PLACE_UNKNOWN)
			continue;
		if (place < p->count && seen[place] && !p->table[place].many)
			continue;
		if (place < p->count)
			seen[place] = true;
		link[n++] = (struct link){.node = c, .place = place};
	}
	return n;
}

static void
judge_order(const struct placing *p)
{
	struct span kept[CAP_PLACES_MAX + 1];
	struct link *link =
		arena_alloc(p->c->arena, (size_t)p->parent->children * sizeof *link);
	int n;

	if (link == NULL) {
		p->c->f->err = ERR_NOMEM;
		return;
	}
	n = links_of(p, link);
	keep_longest(link, n);
	for (int k = 0; k <= CAP_PLACES_MAX; k++)
		kept[k] = (struct span){.first = n, .last = -1};
	for (int i = n - 1; i >= 0; i--)
		if (link[i].kept) {
			kept[link[i].place].first = i;
			if (kept[link[i].place].last < 0)
				kept[link[i].place].last = i;
		}
	for (int i = 0; i < n; i++)
		/* A run of the same element is told once. */
		if (!link[i].kept &&
			(i == 0 || link[i - 1].kept || link[i - 1].place != link[i].place))
			tell_misplaced(p, link, kept, i);
}

/* ---- all of it ---- */

void
cap_rule_children(struct cap_checking *c, const struct cap_node *parent, int rule,
	const struct cap_place *table, size_t count, const struct cap_node **found)
{
	struct placing p = {.c = c,
		.parent = parent,
		.rule = rule,
		.table = table,
		.count = (int)count};

	judge_loose_text(&p);
	if (!judge_each(&p))
		judge_order(&p);
	if (p.unknown > UNKNOWN_TOLD)
		cap_find(c->f, CAP_ERROR, rule, parent,
			N_("<%s> holds %u more elements that have no place in it. Take "
			   "them out."),
			parent->name, p.unknown - UNKNOWN_TOLD);
	for (size_t i = 0; i < count; i++)
		if (p.found[i] == NULL && table[i].required != 0)
			cap_find(c->f, CAP_ERROR, table[i].required, parent,
				N_("<%s> is missing in <%s>. Add it."), table[i].name,
				parent->name);
	if (found != NULL)
		memcpy(found, p.found, count * sizeof *found);
}
