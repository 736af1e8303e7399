/* SPDX-License-Identifier: GPL-3.0-or-later */
/* chain.c: follow-up messages from their parents, as doc/formats/cap.md says. */
#include "cap/chain.h"
#include "base/text.h"
#include "cap/capval.h"

#include <string.h>

/* What a verb makes of an info: NULL leaves a word as it was. */
struct verb {
	const char *msg_type;
	const char *response[2];
	size_t responses;
	const char *urgency, *severity, *certainty;
};

static const struct verb verb_stop = {
	"Update", {"Shelter", "Monitor"}, 2, NULL, NULL, "Unknown"};
static const struct verb verb_cancel = {
	"Cancel", {"None", NULL}, 1, "Past", NULL, "Unlikely"};
static const struct verb verb_all_clear = {
	"Update", {"AllClear", NULL}, 1, "Past", "Minor", "Observed"};

/* One follow-up while it is made. Until the last copy it borrows from the parents. */
struct making {
	struct arena *arena;
	const struct chain *chain;
	const struct capmsg *newest;
	struct fault *fault;
	struct capmsg msg;
};

static enum err
out_of_memory(struct making *m)
{
	return fault_set(m->fault, ERR_NOMEM, "out of memory");
}

static bool
is(const char *text, const char *expected)
{
	return text != NULL && strcmp(text, expected) == 0;
}

static const char *
time_text(struct arena *arena, int64_t ms)
{
	char text[26];

	time_write_cap(text, ms);
	return arena_text(arena, text, 25);
}

/* Rules 12, 20 and 21: what is followed is live, of one status, and not later than we. */
static enum err
check_parents(struct making *m)
{
	const struct chain *c = m->chain;
	int64_t sent_ms;

	if (c->n == 0)
		return fault_set(m->fault, ERR_REFUSED, "no message of the chain lives");
	for (size_t i = 0; i < c->n; i++) {
		const struct capmsg *p = c->live[i];

		if (capval_time(&sent_ms, p->sent) != ERR_OK)
			return fault_set(m->fault, ERR_REFUSED,
				"the sent time \"%.60s\" of %.100s is no time (rule 48)",
				p->sent, p->identifier);
		/* CAP knows whole seconds only. */
		if (sent_ms / 1000 > c->sent_ms / 1000 || is(p->identifier, c->identifier))
			return fault_set(m->fault, ERR_REFUSED,
				"%.100s cannot follow %.100s: same name, or sent before it "
				"(rule "
				"21)",
				c->identifier, p->identifier);
		if (!is(p->msg_type, "Alert") && !is(p->msg_type, "Update"))
			return fault_set(m->fault, ERR_REFUSED,
				"%.100s is of type %.60s: nothing follows it",
				p->identifier, p->msg_type);
		if (strcmp(p->status, c->live[0]->status) != 0)
			return fault_set(m->fault, ERR_REFUSED,
				"%.100s has status %.60s, others have %.60s", p->identifier,
				p->status, c->live[0]->status);
	}
	return ERR_OK;
}

static enum err
make_references(struct making *m)
{
	struct buffer b = {0};

	for (size_t i = 0; i < m->chain->n; i++) {
		const struct capmsg *p = m->chain->live[i];

		write_format(&b, "%s%s,%s,%s", i == 0 ? "" : " ", p->sender, p->identifier,
			p->sent);
	}
	m->msg.references = arena_text(m->arena, buffer_text(&b), b.len);
	buffer_free(&b);
	return m->msg.references == NULL ? out_of_memory(m) : ERR_OK;
}

/* The incidents of the newest message that has any. */
static const char *
incidents_of(const struct chain *c)
{
	for (size_t i = c->n; i-- > 0;)
		if (c->live[i]->incidents != NULL)
			return c->live[i]->incidents;
	return NULL;
}

static enum err
begin(struct making *m, const char *msg_type)
{
	enum err err = check_parents(m);

	if (err != ERR_OK)
		return err;
	m->newest = m->chain->live[m->chain->n - 1];
	m->msg = *m->newest;
	m->msg.signatures = 0;
	m->msg.info = (struct cap_infos){0};
	m->msg.identifier = m->chain->identifier;
	m->msg.msg_type = msg_type;
	m->msg.incidents = incidents_of(m->chain);
	/* An exercise is named in the note of each of its messages (rule 9). */
	m->msg.note = is(m->newest->status, "Exercise") ? m->newest->note : NULL;
	m->msg.sent = time_text(m->arena, m->chain->sent_ms);
	if (m->msg.sent == NULL)
		return out_of_memory(m);
	return make_references(m);
}

static enum err
finish(struct making *m, struct capmsg *out)
{
	return capmsg_copy(out, m->arena, &m->msg) == ERR_OK ? ERR_OK : out_of_memory(m);
}

static bool
says_all_clear(const struct cap_info *info)
{
	for (size_t i = 0; i < info->response_type.n; i++)
		if (is(info->response_type.at[i], "AllClear"))
			return true;
	return false;
}

/* Rule 25: absent or empty means en-US. */
static const char *
language_of(const struct cap_info *info)
{
	return info->language == NULL || *info->language == '\0' ? "en-US" : info->language;
}

static bool
in_language(const struct cap_info *info, const char *language)
{
	return capval_same_language(language_of(info), language);
}

/* The info that a follow-up in `language` builds upon: an alarm before an all clear, then
 * one in that language before others. */
static const struct cap_info *
base_info(const struct capmsg *m, const char *language)
{
	const struct cap_info *found = NULL;
	int best = -1;

	for (size_t i = 0; i < m->info.n; i++) {
		const struct cap_info *info = &m->info.at[i];
		int fit = (says_all_clear(info) ? 0 : 2) + in_language(info, language);

		if (fit > best) {
			best = fit;
			found = info;
		}
	}
	return found;
}

static bool
same_texts(const struct cap_texts *a, const struct cap_texts *b)
{
	if (a->n != b->n)
		return false;
	for (size_t i = 0; i < a->n; i++)
		if (strcmp(a->at[i], b->at[i]) != 0)
			return false;
	return true;
}

static bool
same_area(const struct cap_area *a, const struct cap_area *b)
{
	if (strcmp(a->desc, b->desc) != 0 || a->geocode.n != b->geocode.n)
		return false;
	for (size_t i = 0; i < a->geocode.n; i++)
		if (strcmp(a->geocode.at[i].name, b->geocode.at[i].name) != 0 ||
			strcmp(a->geocode.at[i].value, b->geocode.at[i].value) != 0)
			return false;
	return same_texts(&a->polygon, &b->polygon) && same_texts(&a->circle, &b->circle);
}

static void
add_area(struct cap_areas *all, const struct cap_area *area)
{
	for (size_t i = 0; i < all->n; i++)
		if (same_area(&all->at[i], area))
			return;
	all->at[all->n++] = *area;
}

/* Infos of the same language and kind as `base` share its place in the chain. */
static bool
goes_with(const struct cap_info *info, const struct cap_info *base)
{
	return in_language(info, language_of(base)) &&
	       says_all_clear(info) == says_all_clear(base);
}

/* All areas that live in the language of `language`, each once. */
static enum err
gather_areas(struct making *m, struct cap_areas *all, const char *language)
{
	size_t most = 0;

	for (size_t i = 0; i < m->chain->n; i++)
		for (size_t k = 0; k < m->chain->live[i]->info.n; k++)
			most += m->chain->live[i]->info.at[k].area.n;
	all->n = 0;
	all->at = arena_alloc(m->arena, (most + 1) * sizeof *all->at);
	if (all->at == NULL)
		return out_of_memory(m);
	for (size_t i = 0; i < m->chain->n; i++) {
		const struct capmsg *p = m->chain->live[i];
		const struct cap_info *base = base_info(p, language);

		for (size_t k = 0; base != NULL && k < p->info.n; k++)
			for (size_t j = 0; j < p->info.at[k].area.n; j++)
				if (goes_with(&p->info.at[k], base))
					add_area(all, &p->info.at[k].area.at[j]);
	}
	return ERR_OK;
}

static enum err
make_info(struct making *m, struct cap_info *out, const struct verb *verb,
	const struct chain_text *text)
{
	const struct cap_info *base = base_info(m->newest, text->language);
	const char **response = arena_alloc(m->arena, sizeof verb->response);

	if (base == NULL)
		return fault_set(m->fault, ERR_REFUSED, "%.100s has no info to build upon",
			m->newest->identifier);
	if (response == NULL)
		return out_of_memory(m);
	memcpy(response, verb->response, sizeof verb->response);
	*out = *base;
	out->language = text->language;
	out->event = text->event != NULL ? text->event : base->event;
	out->response_type = (struct cap_texts){response, verb->responses};
	out->urgency = verb->urgency != NULL ? verb->urgency : base->urgency;
	out->severity = verb->severity != NULL ? verb->severity : base->severity;
	out->certainty = verb->certainty;
	out->effective = out->onset = NULL;
	if (m->chain->expires_ms != 0) {
		out->expires = time_text(m->arena, m->chain->expires_ms);
		if (out->expires == NULL)
			return out_of_memory(m);
	}
	out->headline = text->headline;
	out->description = text->description;
	out->instruction = text->instruction;
	/* Pictures and parameters told of the danger, not of its end. */
	out->parameter = (struct cap_pairs){0};
	out->resource = (struct cap_resources){0};
	return gather_areas(m, &out->area, text->language);
}

static enum err
make_infos(
	struct making *m, const struct verb *verb, const struct chain_text *text, size_t n)
{
	enum err err;

	if (n == 0)
		return fault_set(m->fault, ERR_REFUSED, "no text in any language");
	m->msg.info.at = arena_alloc(m->arena, n * sizeof *m->msg.info.at);
	if (m->msg.info.at == NULL)
		return out_of_memory(m);
	for (size_t i = 0; i < n; i++) {
		err = make_info(m, &m->msg.info.at[i], verb, &text[i]);
		if (err != ERR_OK)
			return err;
	}
	m->msg.info.n = n;
	return ERR_OK;
}

static enum err
follow(struct making *m, struct capmsg *out, const struct verb *verb,
	const struct chain_text *text, size_t n)
{
	enum err err = begin(m, verb->msg_type);

	if (err == ERR_OK)
		err = make_infos(m, verb, text, n);
	return err == ERR_OK ? finish(m, out) : err;
}

enum err
chain_update(struct capmsg *out, struct arena *arena, const struct chain *chain,
	const struct capmsg *content, const struct capmsg *cleared, struct fault *fault)
{
	struct making m = {.arena = arena, .chain = chain, .fault = fault};
	size_t more = cleared == NULL ? 0 : cleared->info.n;
	enum err err = begin(&m, "Update");

	if (err != ERR_OK)
		return err;
	if (content->info.n == 0)
		return fault_set(fault, ERR_REFUSED, "the new content has no info");
	m.msg.info.at =
		arena_alloc(arena, (content->info.n + more) * sizeof *m.msg.info.at);
	if (m.msg.info.at == NULL)
		return out_of_memory(&m);
	for (size_t i = 0; i < content->info.n; i++)
		m.msg.info.at[m.msg.info.n++] = content->info.at[i];
	for (size_t i = 0; i < more; i++)
		m.msg.info.at[m.msg.info.n++] = cleared->info.at[i];
	return finish(&m, out);
}

enum err
chain_stop(struct capmsg *out, struct arena *arena, const struct chain *chain,
	const struct chain_text *text, size_t n, struct fault *fault)
{
	struct making m = {.arena = arena, .chain = chain, .fault = fault};

	return follow(&m, out, &verb_stop, text, n);
}

enum err
chain_all_clear(struct capmsg *out, struct arena *arena, const struct chain *chain,
	const struct chain_text *text, size_t n, struct fault *fault)
{
	struct making m = {.arena = arena, .chain = chain, .fault = fault};

	return follow(&m, out, &verb_all_clear, text, n);
}

/* In an exercise the note also keeps the exercise's name. */
static const char *
joined_note(struct making *m, const char *note)
{
	struct buffer b = {0};
	const char *all;

	if (m->msg.note == NULL)
		return note;
	write_format(&b, "%s %s", note, m->msg.note);
	all = b.err == ERR_OK ? arena_text(m->arena, buffer_text(&b), b.len) : NULL;
	buffer_free(&b);
	return all;
}

enum err
chain_cancel(struct capmsg *out, struct arena *arena, const struct chain *chain,
	const char *note, const struct chain_text *text, size_t n, struct fault *fault)
{
	struct making m = {.arena = arena, .chain = chain, .fault = fault};
	enum err err;

	if (note == NULL || *note == '\0')
		return fault_set(fault, ERR_REFUSED,
			"a cancel needs a note that says what was wrong (rule 19)");
	err = begin(&m, "Cancel");
	if (err != ERR_OK)
		return err;
	m.msg.note = joined_note(&m, note);
	if (m.msg.note == NULL)
		return out_of_memory(&m);
	err = make_infos(&m, &verb_cancel, text, n);
	return err == ERR_OK ? finish(&m, out) : err;
}
