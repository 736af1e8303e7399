/* SPDX-License-Identifier: GPL-3.0-or-later */
/* rules_alert.c: the head of an alert, its references, and whether its infos agree. */
#include "cap/capval.h"
#include "cap/rules.h"

#include <string.h>
#include <strings.h>

/* CAP-v1.2-os section 3.4, the children of alert. */
enum {
	IDENTIFIER,
	SENDER,
	SENT,
	STATUS,
	MSG_TYPE,
	SOURCE,
	SCOPE,
	RESTRICTION,
	ADDRESSES,
	CODE,
	NOTE,
	REFERENCES,
	INCIDENTS,
	INFO,
	PLACES,
};
static const struct cap_place places[PLACES] = {
	[IDENTIFIER] = {"identifier", false, 4},
	[SENDER] = {"sender", false, 4},
	[SENT] = {"sent", false, 4},
	[STATUS] = {"status", false, 4},
	[MSG_TYPE] = {"msgType", false, 4},
	[SOURCE] = {"source", false, 0},
	[SCOPE] = {"scope", false, 4},
	[RESTRICTION] = {"restriction", false, 0},
	[ADDRESSES] = {"addresses", false, 0},
	[CODE] = {"code", true, 0},
	[NOTE] = {"note", false, 0},
	[REFERENCES] = {"references", false, 0},
	[INCIDENTS] = {"incidents", false, 0},
	[INFO] = {"info", true, 0},
};

static bool
is_given(const struct cap_node *node)
{
	return node != NULL && !cap_is_blank(node);
}

/* Blanks around a word are rule_word's business. */
static bool
says(const struct cap_node *node, const char *word)
{
	return node != NULL && bytes_equal(cap_trimmed(node), bytes_of_text(word));
}

/* ---- names: rules 5 and 6 ---- */

static void
judge_name(struct cap_checking *c, const struct cap_node *node, int rule)
{
	if (node == NULL || capval_is_name(node->text))
		return;
	if (cap_is_blank(node))
		cap_find(c->f, CAP_ERROR, rule, node,
			N_("<%s> is empty. Give it a name that stands for nothing else."),
			node->name);
	else
		cap_find(c->f, CAP_ERROR, rule, node,
			N_("<%s> is \"%s\", with a blank, a comma, < or & in it: no "
			   "message could refer to it. Take that out."),
			node->name,
			cap_shown_of(bytes_of(node->text, node->text_len)).text);
}

static bool
ends_with(struct bytes text, const char *end)
{
	size_t len = strlen(end);

	return text.len > len &&
	       strncasecmp((const char *)text.at + text.len - len, end, len) == 0;
}

/* "alerts@agency.gov.uk", "www.gov.uk/agency" */
static bool
is_from_uk(const struct cap_node *sender)
{
	struct bytes domain = sender != NULL ? cap_trimmed(sender) : (struct bytes){0};
	const uint8_t *slash = domain.len > 0 ? memchr(domain.at, '/', domain.len) : NULL;

	if (slash != NULL)
		domain.len = (size_t)(slash - domain.at);
	return ends_with(domain, ".uk");
}

/* ---- scope: rules 16 and 17 ---- */

static void
judge_restriction(struct cap_checking *c, const struct cap_node *scope,
	const struct cap_node *restriction)
{
	bool restricted = says(scope, "Restricted");

	if (restricted && !is_given(restriction))
		cap_find(c->f, CAP_ERROR, 16, restriction != NULL ? restriction : scope,
			N_("The scope is Restricted, but no <restriction> says to whom. "
			   "Write the rule, or change the scope."));
	else if (!restricted && is_given(restriction))
		cap_find(c->f, CAP_ERROR, 16, restriction,
			N_("<restriction> is \"%s\", but the scope is %s. Take it out, or "
			   "make the scope Restricted."),
			CAP_SHOWN(restriction), CAP_SHOWN(scope));
	else if (!restricted && restriction != NULL)
		cap_find(c->f, CAP_NOTE, 16, restriction,
			N_("<restriction> is empty, and the scope is not Restricted. It "
			   "can be left out."));
}

static void
judge_addresses(struct cap_checking *c, const struct cap_node *scope,
	const struct cap_node *addresses)
{
	if (says(scope, "Private") && !is_given(addresses))
		cap_find(c->f, CAP_ERROR, 17, addresses != NULL ? addresses : scope,
			N_("The scope is Private, but <addresses> names nobody. Name who "
			   "shall get it."));
	else if (is_given(addresses) && !capval_is_words(addresses->text))
		cap_find(c->f, CAP_ERROR, 17, addresses,
			N_("<addresses> is \"%s\", with a double quote that is not closed. "
			   "Close it: quotes keep an address with blanks together."),
			CAP_SHOWN(addresses));
}

/* ---- references: rules 12, 20 and 21 ---- */

/* What is wrong with the triplets; of each kind the first is shown. */
struct referring {
	struct bytes identifier, sender; /* of the message itself */
	size_t all, bad, later;
	bool self;
	struct bytes first_bad, first_later, own;
};

static void
judge_triplet(struct cap_checking *c, struct referring *r, const char *from, const char *to)
{
	struct bytes text = bytes_of(from, (size_t)(to - from));
	const char *at = from;
	struct cap_reference ref;

	r->all++;
	if (capval_reference(&ref, &at) != ERR_OK) {
		if (r->bad++ == 0)
			r->first_bad = text;
	} else if (r->sender.len > 0 && bytes_equal(ref.sender, r->sender) &&
		   bytes_equal(ref.identifier, r->identifier)) {
		r->self = true;
		r->own = text;
	} else if (c->has_sent && ref.sent_ms > c->sent_ms) {
		if (r->later++ == 0)
			r->first_later = text;
	}
}

static void
tell_references(
	struct cap_checking *c, const struct referring *r, const struct cap_node *node)
{
	if (r->bad > 0)
		cap_find(c->f, CAP_ERROR, 20, node,
			N_("The reference \"%s\" is not of the form "
			   "sender,identifier,sent with a full time (%zu of %zu are not). "
			   "Copy all three from the message that is meant."),
			cap_shown_of(r->first_bad).text, r->bad, r->all);
	if (r->self)
		cap_find(c->f, CAP_ERROR, 21, node,
			N_("The message refers to itself: \"%s\". Refer to the message "
			   "before it, and give this one an identifier of its own."),
			cap_shown_of(r->own).text);
	if (r->later > 0)
		cap_find(c->f, CAP_ERROR, 21, node,
			N_("The reference \"%s\" is to a message sent later than this one "
			   "(%zu of %zu are). Correct its time, or that of <sent>."),
			cap_shown_of(r->first_later).text, r->later, r->all);
}

static void
judge_triplets(struct cap_checking *c, const struct cap_node *const *found)
{
	const struct cap_node *node = found[REFERENCES];
	struct referring r = {0};
	const char *at = node->text;

	if (is_given(found[SENDER]) && is_given(found[IDENTIFIER])) {
		r.sender = cap_trimmed(found[SENDER]);
		r.identifier = cap_trimmed(found[IDENTIFIER]);
	}
	for (;;) {
		const char *from = at + strspn(at, " \t\r\n");

		if (*from == '\0')
			break;
		at = from + strcspn(from, " \t\r\n");
		judge_triplet(c, &r, from, at);
	}
	tell_references(c, &r, node);
}

static void
judge_references(struct cap_checking *c, const struct cap_node *const *found)
{
	static const char *const follow_up[] = {"Update", "Cancel", "Ack", "Error"};
	const struct cap_node *node = found[REFERENCES], *type = found[MSG_TYPE];

	if (is_given(node)) {
		judge_triplets(c, found);
		return;
	}
	for (size_t i = 0; i < sizeof follow_up / sizeof *follow_up; i++)
		if (says(type, follow_up[i])) {
			cap_find(c->f, CAP_ERROR, 12, node != NULL ? node : type,
				N_("The message is of type %s, but <references> does not "
				   "say to which message it belongs. Name it as "
				   "sender,identifier,sent."),
				follow_up[i]);
			return;
		}
	if (node != NULL && says(type, "Alert"))
		cap_find(c->f, CAP_WARNING, 20, node,
			N_("<references> is empty. An Alert needs none: take it out."));
}

/* ---- notes: rules 9, 13, 19 and 22 ---- */

static void
judge_notes(struct cap_checking *c, const struct cap_node *const *found)
{
	const struct cap_node *incidents = found[INCIDENTS];

	if (is_given(incidents) && !capval_is_words(incidents->text))
		cap_find(c->f, CAP_NOTE, 22, incidents,
			N_("<incidents> is \"%s\", with a double quote that is not closed. "
			   "Close it: quotes keep a name with blanks together."),
			CAP_SHOWN(incidents));
	if (is_given(found[NOTE]))
		return;
	if (says(found[STATUS], "Exercise"))
		cap_find(c->f, CAP_NOTE, 9, found[STATUS],
			N_("This is an exercise, but no <note> says which. Name it there, "
			   "so that nobody takes it for real."));
	if (says(found[MSG_TYPE], "Error"))
		cap_find(c->f, CAP_NOTE, 13, found[MSG_TYPE],
			N_("This message rejects another, but no <note> says why. Explain "
			   "it there."));
	if (says(found[MSG_TYPE], "Cancel"))
		cap_find(c->f, CAP_NOTE, 19, found[MSG_TYPE],
			N_("This message cancels another, but no <note> says why. Explain "
			   "it there."));
}

/* ---- infos side by side: rule 37 ---- */

/* The first child of that name; "" if there is none. */
static struct bytes
child_text(const struct cap_node *info, const char *name)
{
	const struct cap_node *n = cap_child(info, info->space, name);

	return n != NULL ? cap_trimmed(n) : bytes_of_text("");
}

static bool
same_language(const struct cap_node *a, const struct cap_node *b)
{
	struct bytes x = child_text(a, "language"), y = child_text(b, "language");

	x = x.len > 0 ? x : bytes_of_text("en-US");
	y = y.len > 0 ? y : bytes_of_text("en-US");
	return x.len == y.len &&
	       strncasecmp((const char *)x.at, (const char *)y.at, x.len) == 0;
}

static void
judge_agreement(struct cap_checking *c, const struct cap_node *first)
{
	struct bytes event = child_text(first, "event");
	struct bytes category = child_text(first, "category");

	for (const struct cap_node *n = cap_next_same(first); n != NULL;
		n = cap_next_same(n)) {
		struct bytes other = child_text(n, "event");

		if (event.len > 0 && other.len > 0 && same_language(first, n) &&
			!bytes_equal(event, other)) {
			cap_find(c->f, CAP_NOTE, 37, n,
				N_("The event is \"%s\" here, but \"%s\" in the first "
				   "<info> of the same language. One message tells of one "
				   "event: send two messages, or make them agree."),
				cap_shown_of(other).text, cap_shown_of(event).text);
			return;
		}
		other = child_text(n, "category");
		if (category.len > 0 && other.len > 0 && !bytes_equal(category, other)) {
			cap_find(c->f, CAP_NOTE, 37, n,
				N_("The category is %s here, but %s in the first <info>. "
				   "One message tells of one event: make them agree."),
				cap_shown_of(other).text, cap_shown_of(category).text);
			return;
		}
	}
}

/* ---- all of it ---- */

static void
judge_head(struct cap_checking *c, const struct cap_node *const *found)
{
	const struct cap_node *scope = found[SCOPE];

	judge_name(c, found[IDENTIFIER], 5);
	judge_name(c, found[SENDER], 6);
	c->has_sent = found[SENT] != NULL && cap_rule_time(c, found[SENT], &c->sent_ms);
	if (found[STATUS] != NULL)
		cap_rule_word(c, found[STATUS], 8);
	if (found[MSG_TYPE] != NULL)
		cap_rule_word(c, found[MSG_TYPE], 11);
	/* With a scope that is none, nobody knows what it would need. */
	if (scope != NULL && cap_rule_word(c, scope, 15))
		judge_restriction(c, scope, found[RESTRICTION]);
	judge_addresses(c, scope, found[ADDRESSES]);
	c->from_uk = is_from_uk(found[SENDER]);
	c->alarms = says(found[MSG_TYPE], "Alert") || says(found[MSG_TYPE], "Update");
}

static void
judge_signatures(struct cap_checking *c)
{
	for (const struct cap_node *n = c->alert->first; n != NULL; n = n->next)
		if (n->space == CAP_SPACE_DSIG && strcmp(n->name, "Signature") != 0)
			cap_find(c->f, CAP_NOTE, 53, n,
				N_("<%s> of XML signatures stands in <alert> by itself. "
				   "Only a whole <Signature> says anything; take it out."),
				cap_shown_of(bytes_of_text(n->name)).text);
}

void
cap_rules_alert(struct cap_checking *c)
{
	const struct cap_node *found[PLACES];

	cap_rule_attributes(c, c->alert);
	cap_rule_children(c, c->alert, 3, places, PLACES, found);
	judge_head(c, found);
	judge_references(c, found);
	judge_notes(c, found);
	judge_signatures(c);
	for (const struct cap_node *n = found[INFO]; n != NULL; n = cap_next_same(n))
		cap_rules_info(c, n);
	if (found[INFO] != NULL)
		judge_agreement(c, found[INFO]);
}
