/* SPDX-License-Identifier: GPL-3.0-or-later */
/* rules_info.c: what an info block says, to whom and until when. */
#include "cap/capval.h"
#include "cap/gsm7.h"
#include "cap/rules.h"

#include <string.h>

/* CAP-v1.2-os section 3.4, the children of info. */
enum {
	LANGUAGE,
	CATEGORY,
	EVENT,
	RESPONSE_TYPE,
	URGENCY,
	SEVERITY,
	CERTAINTY,
	AUDIENCE,
	EVENT_CODE,
	EFFECTIVE,
	ONSET,
	EXPIRES,
	SENDER_NAME,
	HEADLINE,
	DESCRIPTION,
	INSTRUCTION,
	WEB,
	CONTACT,
	PARAMETER,
	RESOURCE,
	AREA,
	PLACES,
};
static const struct cap_place places[PLACES] = {
	[LANGUAGE] = {"language", false, 0},
	[CATEGORY] = {"category", true, 26},
	[EVENT] = {"event", false, 27},
	[RESPONSE_TYPE] = {"responseType", true, 0},
	[URGENCY] = {"urgency", false, 29},
	[SEVERITY] = {"severity", false, 29},
	[CERTAINTY] = {"certainty", false, 29},
	[AUDIENCE] = {"audience", false, 0},
	[EVENT_CODE] = {"eventCode", true, 0},
	[EFFECTIVE] = {"effective", false, 0},
	[ONSET] = {"onset", false, 0},
	[EXPIRES] = {"expires", false, 0},
	[SENDER_NAME] = {"senderName", false, 0},
	[HEADLINE] = {"headline", false, 0},
	[DESCRIPTION] = {"description", false, 0},
	[INSTRUCTION] = {"instruction", false, 0},
	[WEB] = {"web", false, 0},
	[CONTACT] = {"contact", false, 0},
	[PARAMETER] = {"parameter", true, 0},
	[RESOURCE] = {"resource", true, 0},
	[AREA] = {"area", true, 0},
};

enum { HEADLINE_MAX = 160 }; /* characters; section 3.2.2 */

static bool
is_given(const struct cap_node *node)
{
	return node != NULL && !cap_is_blank(node);
}

/* ---- words: rules 25 to 30 ---- */

static void
judge_language(struct cap_checking *c, const struct cap_node *node)
{
	/* An empty one takes the default of the schema, en-US. */
	if (node == NULL || node->text_len == 0 || capval_is_language_of(cap_trimmed(node)))
		return;
	if (strchr(node->text, '_') != NULL)
		cap_find(c->f, CAP_ERROR, 25, node,
			N_("<language> is \"%s\"; language and region stand with a hyphen "
			   "between them, as in en-US."),
			CAP_SHOWN(node));
	else
		cap_find(c->f, CAP_ERROR, 25, node,
			N_("<language> is \"%s\", which is no language code of RFC 3066. "
			   "Write one such as hy, ru or en-US."),
			CAP_SHOWN(node));
}

static void
judge_all_words(struct cap_checking *c, const struct cap_node *first, int rule)
{
	for (const struct cap_node *n = first; n != NULL; n = cap_next_same(n))
		cap_rule_word(c, n, rule);
}

static void
judge_words(struct cap_checking *c, const struct cap_node *const *found)
{
	const struct cap_node *event = found[EVENT];

	judge_language(c, found[LANGUAGE]);
	judge_all_words(c, found[CATEGORY], 26);
	if (event != NULL && cap_is_blank(event))
		cap_find(c->f, CAP_ERROR, 27, event,
			N_("<event> is empty. Say in a few words what happens."));
	judge_all_words(c, found[RESPONSE_TYPE], 28);
	for (int i = URGENCY; i <= CERTAINTY; i++)
		if (found[i] != NULL)
			cap_rule_word(c, found[i], 29);
	if (found[CERTAINTY] != NULL &&
		bytes_equal(cap_trimmed(found[CERTAINTY]), bytes_of_text("Very Likely")))
		cap_find(c->f, CAP_NOTE, 30, found[CERTAINTY],
			N_("\"Very Likely\" is a word of CAP 1.0. Write Likely."));
}

/* ---- times: rules 32, 33, 48 and 61 ---- */

struct when {
	bool good;
	int64_t ms;
};

static struct when
time_of(struct cap_checking *c, const struct cap_node *node)
{
	struct when w = {0};

	if (node != NULL)
		w.good = cap_rule_time(c, node, &w.ms);
	return w;
}

static void
judge_times(struct cap_checking *c, const struct cap_node *info,
	const struct cap_node *const *found)
{
	struct when effective = time_of(c, found[EFFECTIVE]);
	struct when onset = time_of(c, found[ONSET]);
	struct when expires = time_of(c, found[EXPIRES]);
	const char *later = NULL;

	if (found[EXPIRES] == NULL && c->alarms)
		cap_find(c->f, CAP_NOTE, 33, info,
			N_("<expires> is not given: each receiver decides by itself how "
			   "long it shows the alert. Say until when it holds."));
	if (!expires.good)
		return;
	if (onset.good && expires.ms <= onset.ms)
		later = "onset";
	else if (effective.good && expires.ms <= effective.ms)
		later = "effective";
	else if (c->has_sent && expires.ms <= c->sent_ms)
		later = "sent";
	if (later != NULL)
		cap_find(c->f, CAP_WARNING, 61, found[EXPIRES],
			N_("<expires> is %s, which is not after <%s>: receivers will drop "
			   "the alert at once. Correct one of the two."),
			CAP_SHOWN(found[EXPIRES]), later);
}

/* ---- texts: rules 34, 51 and 63 ---- */

static bool
is_letter(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static bool
is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static bool
is_space(char c)
{
	return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

/*
 * The length of the tag that begins at this "<", or 0. A tag has a name, then ">" or attributes
 * with "=": "<br/>", "</p>", "<a href=...>", but not "<name of the place>" or "<a@example.org>".
 */
static size_t
tag_length(const char *text)
{
	const char *p = text + 1;
	size_t inside;

	if (strncmp(text, "<!--", 4) == 0)
		return 4;
	p += *p == '/';
	if (!is_letter(*p))
		return 0;
	while (is_letter(*p) || is_digit(*p))
		p++;
	if (*p == '>')
		return (size_t)(p + 1 - text);
	if (*p != '/' && !is_space(*p))
		return 0;
	inside = strcspn(p, "<>");
	if (p[inside] != '>')
		return 0;
	if (strspn(p, " \t\r\n/") < inside && memchr(p, '=', inside) == NULL)
		return 0;
	return (size_t)(p + inside + 1 - text);
}

/* The length of the reference that begins at this "&", as "&uuml;" or "&#252;", or 0. */
static size_t
entity_length(const char *text)
{
	const char *p = text + 1, *name;

	if (*p == '#')
		p += p[1] == 'x' || p[1] == 'X' ? 2 : 1;
	for (name = p; is_letter(*p) || is_digit(*p); p++)
		;
	/* No entity of HTML has a name of one letter: "R&D;" is none. */
	if (*p != ';' || p == name || (text[1] != '#' && p - name < 2) || p - name > 31)
		return 0;
	if (text[1] != '#' && !is_letter(*name))
		return 0;
	return (size_t)(p + 1 - text);
}

static void
judge_markup(struct cap_checking *c, const struct cap_node *node)
{
	const char *at = node->text;

	for (; *(at += strcspn(at, "<&")) != '\0'; at++) {
		size_t len = *at == '<' ? tag_length(at) : entity_length(at);

		if (len == 0)
			continue;
		if (*at == '<')
			cap_find(c->f, CAP_WARNING, 51, node,
				N_("<%s> holds the tag \"%s\", which people will see as it "
				   "stands. Write plain text."),
				node->name, cap_shown_of(bytes_of(at, len)).text);
		else
			cap_find(c->f, CAP_WARNING, 51, node,
				N_("<%s> holds \"%s\", an entity that was escaped twice; "
				   "people will see it as it stands. Write the character "
				   "itself."),
				node->name, cap_shown_of(bytes_of(at, len)).text);
		return;
	}
}

/* Who warns in the United Kingdom warns by cell broadcast; others may. */
static void
judge_length(struct cap_checking *c, const struct cap_node *node)
{
	enum cap_level level = c->from_uk ? CAP_WARNING : CAP_NOTE;
	struct phone_size size;

	/* The profile says it by itself. Under so many bytes all fits. */
	if ((c->profiles & 1u << CAP_PROFILE_UK_CB) != 0 || node->text_len <= CELL_UCS2_MAX)
		return;
	size = phone_size_of(cap_trimmed(node));
	if (size.gsm7 && size.septets > CELL_SEPTETS_MAX)
		cap_find(c->f, level, 63, node,
			N_("<%s> has %zu characters of the GSM alphabet; cell broadcast "
			   "carries %d. Shorten it."),
			node->name, size.septets, (int)CELL_SEPTETS_MAX);
	else if (!size.gsm7 && size.ucs2 > CELL_UCS2_MAX)
		cap_find(c->f, level, 63, node,
			N_("<%s> has %zu characters, not all of the GSM alphabet; cell "
			   "broadcast carries %d of them. Shorten it."),
			node->name, size.ucs2, (int)CELL_UCS2_MAX);
}

/* UTF-8 that the parser found good. */
static size_t
characters_in(const struct cap_node *node)
{
	size_t n = 0;

	for (uint32_t i = 0; i < node->text_len; i++)
		n += ((unsigned char)node->text[i] & 0xc0) != 0x80;
	return n;
}

static void
judge_texts(struct cap_checking *c, const struct cap_node *const *found)
{
	static const int shown[] = {
		EVENT, AUDIENCE, SENDER_NAME, HEADLINE, DESCRIPTION, INSTRUCTION, CONTACT};
	const struct cap_node *headline = found[HEADLINE];

	for (size_t i = 0; i < sizeof shown / sizeof *shown; i++)
		if (found[shown[i]] != NULL)
			judge_markup(c, found[shown[i]]);
	if (headline != NULL && headline->text_len > HEADLINE_MAX &&
		characters_in(headline) > HEADLINE_MAX)
		cap_find(c->f, CAP_NOTE, 34, headline,
			N_("<headline> has %zu characters; many devices show %d. Shorten "
			   "it."),
			characters_in(headline), (int)HEADLINE_MAX);
	if (found[DESCRIPTION] != NULL)
		judge_length(c, found[DESCRIPTION]);
}

/* ---- the rest ---- */

static void
judge_web(struct cap_checking *c, const struct cap_node *web)
{
	if (web == NULL)
		return;
	if (!is_given(web))
		cap_find(c->f, CAP_WARNING, 36, web,
			N_("<web> is empty. Write where people read more, or take it "
			   "out."));
	else if (!capval_is_absolute_uri_of(cap_trimmed(web)))
		cap_find(c->f, CAP_ERROR, 36, web,
			N_("<web> is \"%s\", which is not a full URI. Write it as "
			   "https://example.org/page."),
			CAP_SHOWN(web));
}

static void
judge_pairs(struct cap_checking *c, const struct cap_node *first)
{
	for (const struct cap_node *n = first; n != NULL; n = cap_next_same(n))
		cap_rule_pair(c, n);
}

void
cap_rules_info(struct cap_checking *c, const struct cap_node *info)
{
	const struct cap_node *found[PLACES];

	cap_rule_children(c, info, 24, places, PLACES, found);
	judge_words(c, found);
	judge_pairs(c, found[EVENT_CODE]);
	judge_times(c, info, found);
	judge_texts(c, found);
	judge_web(c, found[WEB]);
	judge_pairs(c, found[PARAMETER]);
	for (const struct cap_node *n = found[RESOURCE]; n != NULL; n = cap_next_same(n))
		cap_rules_resource(c, n);
	for (const struct cap_node *n = found[AREA]; n != NULL; n = cap_next_same(n))
		cap_rules_area(c, n);
}
