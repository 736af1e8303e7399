/* SPDX-License-Identifier: GPL-3.0-or-later */
/* playbook_cap.c: from a playbook and zones to the texts and the CAP message of an alert. */
#include "base/text.h"
#include "cap/outline.h"
#include "cap/playbook_fill.h"

#include <string.h>

/* How many zones a text names before it only counts them. */
enum { NAMES_IN_HEADLINE = 3, NAMES_IN_TEXT = 20 };

static enum err
out_of_memory(struct fault *fault)
{
	return fault_set(fault, ERR_NOMEM, "out of memory");
}

/* What was written, in the arena; NULL if there is no memory. */
static const char *
keep(struct arena *arena, struct buffer *b)
{
	const char *text =
		b->err == ERR_OK ? arena_text(arena, buffer_text(b), b->len) : NULL;

	buffer_free(b);
	return text;
}

static const char *
filled(struct arena *arena, const char *before, const char *text, const char *language,
	const struct playbook_use *use, size_t named)
{
	struct buffer b = {0};

	write_format(&b, "%s%s", before, *before == '\0' ? "" : " ");
	playbook_fill(&b, text, language, use, named);
	return keep(arena, &b);
}

enum err
playbook_texts(struct chain_text **out, size_t *n, struct arena *arena,
	const struct playbook *playbook, enum playbook_phase phase,
	const struct playbook_use *use, struct fault *fault)
{
	struct chain_text *made = arena_alloc(arena, (playbook->texts + 1) * sizeof *made);

	if (made == NULL)
		return out_of_memory(fault);
	for (size_t i = 0; i < playbook->texts; i++) {
		const struct playbook_text *t = &playbook->text[i];
		const struct playbook_phrase *p = &t->phrase[phase];
		const char *before = use->exercise != NULL ? t->exercise : "";

		made[i].language = t->language;
		made[i].event = t->event;
		made[i].headline = filled(
			arena, before, p->headline, t->language, use, NAMES_IN_HEADLINE);
		made[i].description = filled(
			arena, before, p->description, t->language, use, NAMES_IN_TEXT);
		made[i].instruction =
			filled(arena, "", p->instruction, t->language, use, NAMES_IN_TEXT);
		if (made[i].headline == NULL || made[i].description == NULL ||
			made[i].instruction == NULL)
			return out_of_memory(fault);
	}
	*out = made;
	*n = playbook->texts;
	return ERR_OK;
}

/* What is made once and shared by the infos of all languages. */
struct making {
	struct arena *arena;
	const struct playbook *playbook;
	const struct playbook_use *use;
	struct fault *fault;
	struct cap_area *area; /* one a zone; areaDesc comes with the language */
	const char *sent, *expires;
	struct cap_pairs event_code;
};

static enum err
make_polygon(
	struct making *m, const char **out, const struct cap_ring *ring, size_t corners)
{
	struct buffer b = {0};
	struct cap_point *p;
	size_t n;
	enum err err = outline_reduce(&p, &n, m->arena, ring->at, ring->n, corners);

	if (err != ERR_OK)
		return err;
	for (size_t i = 0; i < n; i++) {
		if (i > 0)
			write_text(&b, " ");
		capval_point_write(&b, p[i]);
	}
	*out = keep(m->arena, &b);
	return *out == NULL ? ERR_NOMEM : ERR_OK;
}

static enum err
make_area(
	struct making *m, struct cap_area *out, const struct cap_zone *zone, size_t corners)
{
	struct buffer b = {0};
	enum err err;

	out->polygon.at =
		arena_alloc(m->arena, (zone->rings + 1) * sizeof *out->polygon.at);
	out->geocode.at = arena_alloc(m->arena, sizeof *out->geocode.at);
	if (out->polygon.at == NULL || out->geocode.at == NULL)
		return out_of_memory(m->fault);
	for (size_t i = 0; i < zone->rings; i++) {
		err = make_polygon(m, &out->polygon.at[i], &zone->ring[i], corners);
		if (err != ERR_OK)
			return fault_set(m->fault, err, "zone %.40s, polygon %zu: %s",
				zone->id, i + 1,
				err == ERR_RANGE ? "a corner is not on the globe"
						 : "has no corner");
	}
	out->polygon.n = zone->rings;
	write_format(&b, "%s:%s", m->use->territory, zone->id);
	out->geocode.at[0] = (struct cap_pair){"BELFRY-ZONE", keep(m->arena, &b)};
	out->geocode.n = 1;
	return out->geocode.at[0].value == NULL ? out_of_memory(m->fault) : ERR_OK;
}

/* So many corners that the whole message keeps under PLAYBOOK_POINTS_MAX. */
static size_t
corners_each(const struct making *m)
{
	size_t rings = 1, each;

	for (size_t i = 0; i < m->use->zones; i++)
		rings += m->use->zone[i].rings;
	each = PLAYBOOK_POINTS_MAX / (rings * m->playbook->texts);
	if (each > PLAYBOOK_CORNERS_MAX)
		return PLAYBOOK_CORNERS_MAX;
	return each < 4 ? 4 : each;
}

static enum err
make_areas(struct making *m)
{
	size_t corners = corners_each(m);
	enum err err = ERR_OK;

	m->area = arena_alloc(m->arena, m->use->zones * sizeof *m->area);
	if (m->area == NULL)
		return out_of_memory(m->fault);
	for (size_t i = 0; i < m->use->zones && err == ERR_OK; i++)
		err = make_area(m, &m->area[i], &m->use->zone[i], corners);
	return err;
}

static const char *
time_text(struct arena *arena, int64_t ms)
{
	char text[26];

	time_write_cap(text, ms);
	return arena_text(arena, text, 25);
}

static enum err
make_shared(struct making *m)
{
	int64_t expires_ms = m->use->expires_ms;

	if (expires_ms == 0)
		expires_ms = m->use->sent_ms + (int64_t)m->playbook->expires_s * 1000;
	if (expires_ms / 1000 <= m->use->sent_ms / 1000)
		return fault_set(
			m->fault, ERR_REFUSED, "the alert would expire before it is sent");
	m->sent = time_text(m->arena, m->use->sent_ms);
	m->expires = time_text(m->arena, expires_ms);
	m->event_code.at = arena_alloc(m->arena, sizeof *m->event_code.at);
	if (m->sent == NULL || m->expires == NULL || m->event_code.at == NULL)
		return out_of_memory(m->fault);
	m->event_code.at[0] = (struct cap_pair){"BELFRY-HAZARD", m->playbook->hazard_word};
	m->event_code.n = 1;
	return make_areas(m);
}

static enum err
make_info(struct making *m, struct cap_info *out, const struct chain_text *text)
{
	*out = (struct cap_info){
		.language = text->language,
		.category = m->playbook->category,
		.event = text->event,
		.response_type = m->playbook->response_type,
		.urgency = m->playbook->urgency,
		.severity = m->playbook->severity,
		.certainty = m->playbook->certainty,
		.event_code = m->event_code,
		.expires = m->expires,
		.sender_name = m->use->sender_name,
		.headline = text->headline,
		.description = text->description,
		.instruction = text->instruction,
	};
	out->area.at = arena_alloc(m->arena, m->use->zones * sizeof *out->area.at);
	if (out->area.at == NULL)
		return out_of_memory(m->fault);
	for (size_t i = 0; i < m->use->zones; i++) {
		out->area.at[i] = m->area[i];
		out->area.at[i].desc = cap_zone_name(&m->use->zone[i], text->language);
	}
	out->area.n = m->use->zones;
	return ERR_OK;
}

/* As chain_all_clear() says it. */
static void
say_all_clear(struct cap_info *info)
{
	static const char *all_clear[] = {"AllClear"};

	info->response_type = (struct cap_texts){all_clear, 1};
	info->urgency = "Past";
	info->severity = "Minor";
	info->certainty = "Observed";
}

static enum err
make_message(struct making *m, struct capmsg *msg, enum playbook_phase phase)
{
	const struct playbook_use *use = m->use;
	struct chain_text *text;
	size_t n;
	enum err err =
		playbook_texts(&text, &n, m->arena, m->playbook, phase, use, m->fault);

	*msg = (struct capmsg){
		.identifier = use->identifier,
		.sender = use->sender,
		.sent = m->sent,
		.status = use->exercise == NULL ? "Actual" : "Exercise",
		.msg_type = "Alert",
		.scope = "Public",
		.note = use->exercise,
		.incidents = use->incidents,
	};
	if (err != ERR_OK)
		return err;
	msg->info.at = arena_alloc(m->arena, (n + 1) * sizeof *msg->info.at);
	if (msg->info.at == NULL)
		return out_of_memory(m->fault);
	for (size_t i = 0; i < n && err == ERR_OK; i++) {
		err = make_info(m, &msg->info.at[i], &text[i]);
		if (err == ERR_OK && phase == PLAYBOOK_ALL_CLEAR)
			say_all_clear(&msg->info.at[i]);
		msg->info.n++;
	}
	return err;
}

enum err
playbook_to_cap(struct capmsg *out, struct arena *arena, const struct playbook *playbook,
	enum playbook_phase phase, const struct playbook_use *use, struct fault *fault)
{
	struct making m = {
		.arena = arena, .playbook = playbook, .use = use, .fault = fault};
	struct capmsg msg;
	enum err err;

	if (phase == PLAYBOOK_STOP || phase == PLAYBOOK_CORRECTION)
		return fault_set(fault, ERR_REFUSED,
			"a stop or correction follows an alert: chain_stop(), "
			"chain_cancel()");
	if (use->zones == 0)
		return fault_set(fault, ERR_REFUSED, "an alert needs at least one zone");
	if (use->zones > PLAYBOOK_ZONES_MAX)
		return fault_set(fault, ERR_FULL,
			"%zu zones in one alert; at most %d: name a zone that holds them",
			use->zones, PLAYBOOK_ZONES_MAX);
	err = make_shared(&m);
	if (err == ERR_OK)
		err = make_message(&m, &msg, phase);
	if (err == ERR_OK)
		err = capmsg_check_output(&msg, fault);
	if (err != ERR_OK)
		return err;
	return capmsg_copy(out, arena, &msg) == ERR_OK ? ERR_OK : out_of_memory(fault);
}
