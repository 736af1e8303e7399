/* SPDX-License-Identifier: GPL-3.0-or-later */
/* drafts.c: from what an operator asks for to what he will sign. Nothing is kept. */
#include "hub/brain.h"

#include "alert/cap_zones.h"
#include "base/text.h"
#include "geo/zone_near.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const struct playbook *
playbook_find(const struct hub *h, const char *name)
{
	for (size_t i = 0; name != NULL && i < h->conf.playbooks; i++)
		if (strcmp(h->conf.playbook[i].name, name) == 0)
			return &h->conf.playbook[i];
	return NULL;
}

/* No zone of ours: say what was written, for a position in a list tells a person nothing. */
static enum err
zone_strange(const struct hub *h, const json_t *v, struct fault *fault)
{
	char *text = json_dumps(v, JSON_COMPACT | JSON_ENCODE_ANY);
	enum err err = zone_unknown(fault, h->zones,
		json_is_string(v) ? json_string_value(v)
		: text != NULL	  ? text
				  : "");

	free(text);
	return err;
}

static enum err
zones_asked(const struct hub *h, const json_t *list, uint16_t *zone, size_t *count,
	struct fault *fault)
{
	*count = json_array_size(list);
	if (!json_is_array(list) || *count == 0 || *count > CONTENT_ZONES)
		return fault_set(fault, ERR_RANGE,
			"\"zones\" must be a list of 1 to %d zones", CONTENT_ZONES);
	if (h->zones == NULL)
		return fault_set(fault, ERR_UNKNOWN,
			"this territory has no zones yet; bring them with: belfry zones "
			"import");
	for (size_t i = 0; i < *count; i++) {
		const json_t *v = json_array_get(list, i);
		const struct zone *z = NULL;

		if (json_is_string(v))
			z = zones_find(h->zones, json_string_value(v));
		else if (json_is_integer(v) && json_integer_value(v) > 0 &&
			 json_integer_value(v) <= UINT16_MAX)
			z = zones_by_number(h->zones, (uint16_t)json_integer_value(v));
		if (z == NULL)
			return zone_strange(h, v, fault);
		zone[i] = z->number;
	}
	return ERR_OK;
}

/* A CAP message says where by its own areas. */
static enum err
zones_of_cap(
	struct hub *h, struct bytes cap, uint16_t *zone, size_t *count, struct fault *fault)
{
	char territory[9];
	enum err err = ERR_OK;

	if (h->zones == NULL)
		return fault_set(fault, ERR_UNKNOWN,
			"this territory has no zones yet; bring them with: belfry zones "
			"import");
	if (h->index == NULL)
		err = zone_index_new(&h->index, h->zones, fault);
	snprintf(territory, sizeof territory, "%08x", h->roster.territory);
	return err == ERR_OK ? cap_zones(zone, CONTENT_ZONES, count, cap, territory,
				       h->zones, h->index, fault)
			     : err;
}

static enum err
sounds(struct compose *in, const struct hub *h, struct fault *fault)
{
	const struct pattern *alarm =
		patterns_find_name(h->conf.patterns, in->playbook->pattern);
	const struct pattern *clear =
		patterns_find_name(h->conf.patterns, in->playbook->pattern_all_clear);

	if (in->playbook->pattern[0] != '\0' && alarm == NULL)
		return fault_set(fault, ERR_UNKNOWN,
			"playbook %s names pattern %s, which is not "
			"installed",
			in->playbook->name, in->playbook->pattern);
	if (in->break_glass && alarm == NULL)
		return fault_set(fault, ERR_REFUSED,
			"playbook %s is a message without a sound; break-glass is for "
			"sirens",
			in->playbook->name);
	in->pattern = alarm != NULL ? alarm->number : 0;
	in->pattern_all_clear = clear != NULL ? clear->number : 0;
	return ERR_OK;
}

static enum err
test_sound(struct compose *in, const json_t *body)
{
	in->pattern = json_is_true(json_object_get(body, "growl")) ? PATTERN_GROWL
								   : PATTERN_SILENT_TEST;
	in->pattern_all_clear = 0;
	in->lifetime_s = 300;
	return ERR_OK;
}

static enum err
target(struct compose *in, const struct hub *h, const char **playbook, const json_t *body,
	struct fault *fault)
{
	const char *text = json_string_value(json_object_get(body, "alert"));
	uint64_t id;

	if (in->verb == VERB_ALERT || in->verb == VERB_TEST)
		return ERR_OK;
	if (text == NULL || id_read(&id, text) != ERR_OK)
		return fault_set(
			fault, ERR_FORMAT, "\"alert\" must be an alert's 16 digits");
	in->alert = book_find(h->book, id);
	if (in->alert == NULL)
		return fault_set(fault, ERR_UNKNOWN,
			"no alert %s; see them with: belfry alert list", text);
	if (*playbook == NULL)
		*playbook = in->alert->playbook;
	return ERR_OK;
}

/* Left out: 0. What cannot be is refused: a typing error must not become another order. */
static enum err
number_asked(uint32_t *out, const json_t *body, const char *name, uint32_t max,
	struct fault *fault)
{
	const json_t *v = json_object_get(body, name);

	*out = 0;
	if (v == NULL || json_is_null(v))
		return ERR_OK;
	if (!json_is_integer(v) || json_integer_value(v) < 1 ||
		json_integer_value(v) > (json_int_t)max)
		return fault_set(fault, ERR_RANGE,
			"\"%s\" must be a whole number from 1 to %u", name, max);
	*out = (uint32_t)json_integer_value(v);
	return ERR_OK;
}

static enum err
truth_asked(bool *out, const json_t *body, const char *name, struct fault *fault)
{
	const json_t *v = json_object_get(body, name);

	*out = json_is_true(v);
	if (v != NULL && !json_is_null(v) && !json_is_boolean(v))
		return fault_set(fault, ERR_FORMAT, "\"%s\" must be true or false", name);
	return ERR_OK;
}

/* How long, how loud, and whether beside what is on air. */
static enum err
manner_asked(struct compose *in, const json_t *body, struct fault *fault)
{
	uint32_t seconds, minutes = 0;
	enum err err = number_asked(&seconds, body, "seconds", UINT16_MAX, fault);

	if (err == ERR_OK)
		err = number_asked(&in->lifetime_s, body, "lifetime_s", UINT16_MAX, fault);
	if (err == ERR_OK)
		err = number_asked(&minutes, body, "minutes", UINT16_MAX / 60, fault);
	if (err == ERR_OK)
		err = truth_asked(&in->separate, body, "separate", fault);
	if (err == ERR_OK)
		err = truth_asked(&in->break_glass, body, "break_glass", fault);
	in->seconds = (uint16_t)seconds;
	if (in->lifetime_s == 0)
		in->lifetime_s = 60 * minutes;
	return err;
}

static enum err
fields_known(const json_t *body, struct fault *fault)
{
	static const char *const known[] = {"verb", "playbook", "zones", "alert", "minutes",
		"lifetime_s", "seconds", "separate", "break_glass", "growl", "cap"};
	const char *name;
	json_t *v;

	json_object_foreach((json_t *)body, name, v)
	{
		size_t i = 0;

		while (i < sizeof known / sizeof *known && strcmp(known[i], name) != 0)
			i++;
		if (i == sizeof known / sizeof *known)
			return fault_set(fault, ERR_FORMAT,
				"a draft has no field \"%.40s\"; see doc/formats/api.md",
				name);
	}
	return ERR_OK;
}

static enum err
compose_for(struct hub *h, struct compose *in, const json_t *body, uint16_t *zone,
	struct fault *fault)
{
	const char *verb = json_string_value(json_object_get(body, "verb"));
	const char *playbook = json_string_value(json_object_get(body, "playbook"));
	const char *cap = json_string_value(json_object_get(body, "cap"));
	bool asks_zones;
	enum err err = fields_known(body, fault);

	if (err != ERR_OK)
		return err;
	if (verb == NULL || verb_read(&in->verb, verb) != ERR_OK)
		return fault_set(fault, ERR_UNKNOWN,
			"\"verb\" must be alert, update, stop, correction, all-clear, end "
			"or test");
	err = target(in, h, &playbook, body, fault);
	if (err != ERR_OK)
		return err;
	in->playbook = in->verb == VERB_TEST && playbook == NULL && h->conf.playbooks > 0
			       ? &h->conf.playbook[0]
			       : playbook_find(h, playbook);
	if (in->playbook == NULL)
		return fault_set(fault, ERR_UNKNOWN,
			"no playbook \"%s\"; see: belfry alert propose "
			"--help, or GET /api/v1/playbooks",
			playbook != NULL ? playbook : "");
	in->cap = bytes_of(cap, cap != NULL ? strlen(cap) : 0);
	asks_zones =
		in->verb == VERB_ALERT || in->verb == VERB_UPDATE || in->verb == VERB_TEST;
	if (cap != NULL && json_object_get(body, "zones") == NULL)
		err = zones_of_cap(h, in->cap, zone, &in->zone_count, fault);
	else if (asks_zones)
		err = zones_asked(
			h, json_object_get(body, "zones"), zone, &in->zone_count, fault);
	in->zone = zone;
	if (err == ERR_OK)
		err = manner_asked(in, body, fault);
	if (err == ERR_OK)
		err = in->verb == VERB_TEST ? test_sound(in, body) : sounds(in, h, fault);
	return err;
}

static struct compose
compose_base(const struct hub *h)
{
	return (struct compose){
		.zones = h->zones,
		.book = h->book,
		.territory = h->roster.territory,
		.roster = h->roster.serial,
		.mode = h->roster.mode,
		.sender = h->conf.sender,
		.sender_name = h->conf.sender_name,
		.identifier = h->conf.identifier,
		.cap_key = h->conf.cap_key,
		.utc_offset_min = h->conf.utc_offset_min != NULL
					  ? h->conf.utc_offset_min(h->now_ms)
					  : 0,
		.now_ms = h->now_ms,
		.random = (uint16_t)(h->random[0] << 8 | h->random[1]),
	};
}

enum err
draft_make(struct hub *h, const json_t *body, struct buffer *content, struct order *order,
	struct fault *fault)
{
	struct compose in = compose_base(h);
	uint16_t zone[CONTENT_ZONES];
	struct order *o = order != NULL ? order : calloc(1, sizeof *o);
	enum err err = o == NULL ? ERR_NOMEM : compose_for(h, &in, body, zone, fault);

	if (err == ERR_OK)
		err = compose(content, o, &in, fault);
	if (order == NULL)
		free(o);
	return err;
}

enum err
stop_again(
	struct hub *h, const struct content *c, struct buffer *content, struct fault *fault)
{
	struct compose in = compose_base(h);
	struct order *o = calloc(1, sizeof *o);
	enum err err = o == NULL ? ERR_NOMEM : ERR_OK;

	in.verb = VERB_STOP;
	in.alert = book_find(h->book, c->alert);
	in.playbook = playbook_find(h, c->playbook);
	in.now_ms = order_id_ms(c->order);
	in.random = (uint16_t)c->order;
	if (err == ERR_OK && (in.alert == NULL || in.playbook == NULL))
		err = fault_set(fault, ERR_UNKNOWN, "no such alert or playbook here");
	if (err == ERR_OK)
		err = compose(content, o, &in, fault);
	free(o);
	return err;
}

void
draft(struct hub *h, struct hub_todo *todo, uint64_t client, const json_t *body)
{
	struct buffer content = {0}, bytes = {0};
	struct order *o = calloc(1, sizeof *o);
	struct fault fault = {""};
	struct hash digest;
	char hex[65];
	enum err err = o == NULL ? ERR_NOMEM : draft_make(h, body, &content, o, &fault);

	if (err == ERR_OK) {
		order_write(&bytes, o);
		digest = order_digest(o);
		hex_write(hex, digest.at, sizeof digest.at);
		answer(h, todo, client, 200,
			json_pack("{s:s%,s:o,s:s}", "content", buffer_text(&content),
				content.len, "order", bytes_json(buffer_bytes(&bytes)),
				"digest", hex));
	} else {
		answer_error(h, todo, client, err, &fault);
	}
	buffer_free(&content);
	buffer_free(&bytes);
	free(o);
}
