/* SPDX-License-Identifier: GPL-3.0-or-later */
/* cap_fits.c: the CAP message of a content, compared with its texts, field by field. */
#include "alert/cap_fits.h"

#include "alert/identifier.h"
#include "cap/capmsg.h"

#include <stdio.h>
#include <string.h>

struct comparing {
	const struct content *c;
	const struct zones *zones;
	const char *territory; /* 8 hexadecimal digits */
	struct fault *fault;
	/* Of one language: the zones of the content that an area names, by their places. */
	bool named[CONTENT_ZONES];
	bool uncoded; /* an area carries no geocode of ours */
};

static bool
is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

static const char *
past_blanks(const char *text)
{
	while (is_blank(*text))
		text++;
	return text;
}

/* XML may be folded anew on its way; what is said stays. */
static bool
same_words(const char *a, const char *b)
{
	for (a = past_blanks(a), b = past_blanks(b); *a != '\0' && *b != '\0'; a++, b++)
		if (is_blank(*a) && is_blank(*b)) {
			a = past_blanks(a) - 1;
			b = past_blanks(b) - 1;
		} else if (*a != *b) {
			return false;
		}
	return *past_blanks(a) == '\0' && *past_blanks(b) == '\0';
}

static enum err
word_check(struct fault *fault, const char *field, const char *language, const char *cap,
	const char *text)
{
	if (same_words(cap != NULL ? cap : "", text))
		return ERR_OK;
	return fault_set(fault, ERR_CONFLICT,
		"the CAP message and the text shown disagree about the %s (%.20s)", field,
		language);
}

static enum err
text_check(struct fault *fault, const struct cap_info *info, const struct content_text *t)
{
	const char *language = info->language != NULL ? info->language : "en-US";
	enum err err = word_check(fault, "language", t->language, language, t->language);

	if (err == ERR_OK)
		err = word_check(fault, "event", t->language, info->event, t->event);
	if (err == ERR_OK)
		err = word_check(
			fault, "headline", t->language, info->headline, t->headline);
	if (err == ERR_OK)
		err = word_check(fault, "description", t->language, info->description,
			t->description);
	return err == ERR_OK ? word_check(fault, "instruction", t->language,
				       info->instruction, t->instruction)
			     : err;
}

static bool
says_all_clear(const struct cap_info *info)
{
	for (size_t i = 0; i < info->response_type.n; i++)
		if (strcmp(info->response_type.at[i], "AllClear") == 0)
			return true;
	return false;
}

/* An update clears the zones that it drops; else it is the verb that says all clear, or not. */
static enum err
response_check(const struct comparing *k, const struct cap_info *info)
{
	bool clears = k->c->verb == VERB_ALL_CLEAR || k->c->verb == VERB_END;

	if (k->c->verb == VERB_UPDATE || says_all_clear(info) == clears)
		return ERR_OK;
	return fault_set(k->fault, ERR_CONFLICT,
		clears ? "the CAP message of this all clear does not say AllClear"
		       : "the CAP message says AllClear, which this is not");
}

/* Where the zone stands in the content; its zone_count if it is not there. */
static size_t
zone_at(const struct comparing *k, const char *id)
{
	const struct zone *z = zones_find(k->zones, id);
	size_t i = 0;

	while (i < k->c->zone_count && (z == NULL || k->c->zone[i] != z->number))
		i++;
	return i;
}

static enum err
area_check(struct comparing *k, const struct cap_area *area, bool cleared)
{
	size_t len = strlen(k->territory), ours = 0;

	for (size_t i = 0; i < area->geocode.n; i++) {
		const struct cap_pair *code = &area->geocode.at[i];
		size_t at;

		if (strcmp(code->name, "BELFRY-ZONE") != 0 ||
			strncmp(code->value, k->territory, len) != 0 ||
			code->value[len] != ':')
			continue;
		at = zone_at(k, code->value + len + 1);
		if ((at == k->c->zone_count) != cleared)
			return fault_set(k->fault, ERR_CONFLICT,
				"the CAP message and the order disagree about the area of "
				"zone %.60s",
				code->value + len + 1);
		if (!cleared)
			k->named[at] = true;
		ours++;
	}
	k->uncoded |= ours == 0;
	return ERR_OK;
}

static bool
same_language(const struct comparing *k, size_t a, size_t b)
{
	return strcmp(k->c->text[a].language, k->c->text[b].language) == 0;
}

/* What those are told who read the language of text `first`. */
static enum err
language_check(struct comparing *k, const struct capmsg *msg, size_t first)
{
	enum err err = ERR_OK;

	memset(k->named, 0, sizeof k->named);
	k->uncoded = false;
	for (size_t i = first; i < msg->info.n; i++)
		for (size_t a = 0; a < msg->info.at[i].area.n && err == ERR_OK; a++)
			if (same_language(k, first, i))
				err = area_check(k, &msg->info.at[i].area.at[a],
					says_all_clear(&msg->info.at[i]));
	for (size_t z = 0; z < k->c->zone_count && err == ERR_OK && !k->uncoded; z++)
		if (!k->named[z])
			return fault_set(k->fault, ERR_CONFLICT,
				"the CAP message has no area for zone %u, which is ordered "
				"(%.20s)",
				k->c->zone[z], k->c->text[first].language);
	return err;
}

static enum err
areas_check(struct comparing *k, const struct capmsg *msg)
{
	enum err err = ERR_OK;

	if (k->zones == NULL || (k->c->verb != VERB_ALERT && k->c->verb != VERB_UPDATE))
		return ERR_OK;
	for (size_t i = 0; i < msg->info.n && err == ERR_OK; i++) {
		bool seen = false;

		for (size_t j = 0; j < i; j++)
			seen |= same_language(k, j, i);
		if (!seen)
			err = language_check(k, msg, i);
	}
	return err;
}

static enum err
head_check(const struct comparing *k, const struct capmsg *msg)
{
	const char *type = "Update", *status = "Exercise";

	if (k->c->verb == VERB_ALERT)
		type = "Alert";
	else if (k->c->verb == VERB_CORRECTION)
		type = "Cancel";
	if (k->c->mode == MODE_LIVE)
		status = "Actual";
	if (!identifier_is_of(msg->identifier, k->territory, k->c->order))
		return fault_set(k->fault, ERR_CONFLICT,
			"the CAP message is another one: its identifier %.90s does not "
			"name "
			"this order",
			msg->identifier);
	if (strcmp(msg->status, status) != 0 || strcmp(msg->msg_type, type) != 0)
		return fault_set(k->fault, ERR_CONFLICT,
			"the CAP message's status and msgType are not %s and %s", status,
			type);
	if (msg->info.n != k->c->text_count)
		return fault_set(k->fault, ERR_CONFLICT,
			"the CAP message has %zu infos, the text shown %zu", msg->info.n,
			k->c->text_count);
	return ERR_OK;
}

static enum err
message_check(struct comparing *k, struct arena *arena)
{
	struct capmsg msg;
	enum err err = capmsg_read_max(
		&msg, arena, k->c->cap.at, k->c->cap.len, CAPMSG_OWN_MAX, k->fault);

	if (err == ERR_OK)
		err = head_check(k, &msg);
	for (size_t i = 0; err == ERR_OK && i < msg.info.n; i++) {
		err = text_check(k->fault, &msg.info.at[i], &k->c->text[i]);
		if (err == ERR_OK)
			err = response_check(k, &msg.info.at[i]);
	}
	return err == ERR_OK ? areas_check(k, &msg) : err;
}

enum err
cap_fits_content(const struct content *c, uint32_t territory, const struct zones *zones,
	struct fault *fault)
{
	char digits[9];
	struct comparing k = {.c = c, .zones = zones, .territory = digits, .fault = fault};
	struct arena *arena;
	enum err err;

	snprintf(digits, sizeof digits, "%08x", territory);
	if (c->verb == VERB_TEST)
		return c->cap.len == 0 && c->text_count == 0
			       ? ERR_OK
			       : fault_set(fault, ERR_CONFLICT,
					 "a test of sirens has no words to the public");
	err = arena_new(&arena);
	if (err != ERR_OK)
		return err;
	err = message_check(&k, arena);
	arena_free(arena);
	return err;
}
