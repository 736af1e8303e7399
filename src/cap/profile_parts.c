/* SPDX-License-Identifier: GPL-3.0-or-later */
/* profile_parts.c: questions that several profiles ask. */
#include "cap/profile.h"

#include <string.h>
#include <strings.h>

/* ---- looking ---- */

const struct cap_node *
profile_child(const struct profile *p, const struct cap_node *parent, const char *name)
{
	return cap_child(parent, p->c->space, name);
}

bool
profile_says(const struct profile *p, const struct cap_node *parent, const char *name)
{
	const struct cap_node *n = profile_child(p, parent, name);

	while (n != NULL && n->first == NULL && cap_is_blank(n))
		n = cap_next_same(n);
	return n != NULL;
}

bool
profile_begins(const struct cap_node *node, const char *text)
{
	struct bytes value = node != NULL ? cap_trimmed(node) : bytes_of(NULL, 0);
	size_t len = strlen(text);

	return node != NULL && value.len >= len && memcmp(value.at, text, len) == 0;
}

bool
profile_is(const struct cap_node *node, const char *text)
{
	return profile_begins(node, text) && cap_trimmed(node).len == strlen(text);
}

bool
profile_equal(const struct cap_node *a, const struct cap_node *b)
{
	return a != NULL && b != NULL && bytes_equal(cap_trimmed(a), cap_trimmed(b));
}

const struct cap_node *
profile_value(const struct profile *p, const struct cap_node *parent, const char *element,
	const char *name_begins, const struct cap_node **pair)
{
	const struct cap_node *n =
		*pair != NULL ? cap_next_same(*pair) : profile_child(p, parent, element);

	while (n != NULL && !profile_begins(profile_child(p, n, "valueName"), name_begins))
		n = cap_next_same(n);
	*pair = n;
	return n != NULL ? profile_child(p, n, "value") : NULL;
}

/* ---- asking ---- */

void
profile_need(const struct profile *p, const struct cap_node *parent, const char *name)
{
	if (!profile_says(p, parent, name))
		cap_find(p->c->f, CAP_ERROR, p->rule, parent,
			N_("%s asks for <%s>, which is missing or empty. Add it."), p->name,
			name);
}

void
profile_advise(const struct profile *p, const struct cap_node *parent, const char *name)
{
	if (!profile_says(p, parent, name))
		cap_find(p->c->f, CAP_WARNING, p->rule, parent,
			N_("%s advises <%s>, which is missing or empty. Add it if you "
			   "can."),
			p->name, name);
}

void
profile_need_info(const struct profile *p)
{
	const struct cap_node *type = profile_child(p, p->c->alert, "msgType");

	if (profile_is(type, "Ack") || profile_is(type, "Error"))
		return;
	if (profile_child(p, p->c->alert, "info") == NULL)
		cap_find(p->c->f, CAP_ERROR, p->rule, p->c->alert,
			N_("%s asks for an <info>. Without one nobody is told anything; "
			   "write it."),
			p->name);
}

void
profile_need_code(const struct profile *p, const char *begins, const char *shown)
{
	const struct cap_node *code = profile_child(p, p->c->alert, "code");

	while (code != NULL && !profile_begins(code, begins))
		code = cap_next_same(code);
	if (code == NULL)
		cap_find(p->c->f, CAP_ERROR, p->rule, p->c->alert,
			N_("%s asks for its own <code>. Write <code>%s</code>."), p->name,
			shown);
}

/* ---- the same in every info ---- */

static bool
same_pair(const struct profile *p, const struct cap_node *a, const struct cap_node *b)
{
	return profile_equal(profile_child(p, a, "valueName"),
		       profile_child(p, b, "valueName")) &&
	       profile_equal(profile_child(p, a, "value"), profile_child(p, b, "value"));
}

/* Is every child of that name in `a` in `b`, too? Of the first of each, if there are very many. */
static bool
holds_all(const struct profile *p, const struct cap_node *a, const struct cap_node *b,
	const char *name)
{
	const struct cap_node *x = profile_child(p, a, name), *y;

	for (int n = 0; x != NULL && n < PROFILE_COMPARED_MAX; x = cap_next_same(x), n++) {
		int k = 0;

		y = profile_child(p, b, name);
		while (y != NULL && k++ < PROFILE_COMPARED_MAX &&
			!(x->first != NULL ? same_pair(p, x, y) : profile_equal(x, y)))
			y = cap_next_same(y);
		if (y == NULL)
			return false;
	}
	return true;
}

void
profile_same_codes(const struct profile *p)
{
	static const char *const names[] = {"category", "eventCode"};
	const struct cap_node *first = profile_child(p, p->c->alert, "info");
	const struct cap_node *info = first != NULL ? cap_next_same(first) : NULL;

	for (; info != NULL; info = cap_next_same(info))
		for (size_t i = 0; i < 2; i++)
			if (!holds_all(p, first, info, names[i]) ||
				!holds_all(p, info, first, names[i]))
				cap_find(p->c->f, CAP_ERROR, p->rule, info,
					N_("%s asks for the same <%s> in every <info>; "
					   "here it is not that of the first. Make them "
					   "equal."),
					p->name, names[i]);
}

struct bytes
profile_language(const struct profile *p, const struct cap_node *info)
{
	const struct cap_node *n = profile_child(p, info, "language");

	return n != NULL && !cap_is_blank(n) ? cap_trimmed(n) : bytes_of_text("en-US");
}

static bool
profile_same_language(
	const struct profile *p, const struct cap_node *a, const struct cap_node *b)
{
	struct bytes x = profile_language(p, a), y = profile_language(p, b);

	return x.len == y.len &&
	       strncasecmp((const char *)x.at, (const char *)y.at, x.len) == 0;
}

const struct cap_node *
profile_earlier(const struct profile *p, const struct cap_node *info,
	const struct cap_node *after, bool same_language)
{
	const struct cap_node *n = after != NULL ? cap_next_same(after)
						 : profile_child(p, p->c->alert, "info");

	for (int k = 0; n != NULL && n != info && k < PROFILE_COMPARED_MAX;
		n = cap_next_same(n), k++)
		if (profile_same_language(p, n, info) == same_language)
			return n;
	return NULL;
}

void
profile_same_event(const struct profile *p)
{
	const struct cap_node *info = profile_child(p, p->c->alert, "info");

	for (; info != NULL; info = cap_next_same(info)) {
		const struct cap_node *other = profile_earlier(p, info, NULL, true);
		const struct cap_node *event = profile_child(p, info, "event");

		if (other == NULL || event == NULL ||
			profile_equal(event, profile_child(p, other, "event")))
			continue;
		cap_find(p->c->f, CAP_ERROR, p->rule, event,
			N_("%s asks for the same <event> in every <info> of one language; "
			   "here it is \"%s\". Make them equal."),
			p->name, CAP_SHOWN(event));
	}
}

/* ---- times and words ---- */

static void
judge_offset(const struct profile *p, const struct cap_node *time)
{
	struct bytes text = time != NULL ? cap_trimmed(time) : bytes_of(NULL, 0);

	if (text.len > 6 && (memcmp(text.at + text.len - 6, "-00:00", 6) == 0 ||
				    memcmp(text.at + text.len - 6, "+00:00", 6) == 0))
		cap_find(p->c->f, CAP_WARNING, p->rule, time,
			N_("%s asks for local time with its offset; <%s> is \"%s\", in "
			   "UTC. Write the time of the place that is warned."),
			p->name, time->name, CAP_SHOWN(time));
}

void
profile_local_times(const struct profile *p)
{
	const struct cap_node *info = profile_child(p, p->c->alert, "info");

	judge_offset(p, profile_child(p, p->c->alert, "sent"));
	for (; info != NULL; info = cap_next_same(info)) {
		judge_offset(p, profile_child(p, info, "effective"));
		judge_offset(p, profile_child(p, info, "onset"));
		judge_offset(p, profile_child(p, info, "expires"));
	}
}

void
profile_not_unknown(
	const struct profile *p, enum cap_level level, const struct cap_node *info)
{
	static const char *const names[] = {"urgency", "severity", "certainty"};

	for (size_t i = 0; i < 3; i++) {
		const struct cap_node *n = profile_child(p, info, names[i]);

		if (profile_is(n, "Unknown"))
			cap_find(p->c->f, level, p->rule, n,
				N_("%s does not want <%s> to be Unknown. Say what is "
				   "known."),
				p->name, names[i]);
	}
}
