/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * run_scenarios.c FOLDER-WITH-SHARE FILE: plays a scenario and compares what happens, as text.
 * tests/scenario/README.md tells the language. With --print before, it prints what happens.
 */
#include "scenario/stage.h"

#include "siren/pattern.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { WORDS = 24, LINE = 512 };

struct words {
	char *at[WORDS];
	size_t n;
};

/* Words between blanks and commas. */
static struct words
words_of(char *text)
{
	struct words w = {{NULL}, 0};

	for (char *t = strtok(text, " ,\t\n"); t != NULL && w.n < WORDS;
		t = strtok(NULL, " ,\t\n"))
		w.at[w.n++] = t;
	return w;
}

static size_t
word_find(const struct words *w, const char *word)
{
	for (size_t i = 0; i < w->n; i++)
		if (strcmp(w->at[i], word) == 0)
			return i;
	return w->n;
}

static bool
has(const struct words *w, const char *word)
{
	return word_find(w, word) < w->n;
}

static bool
is_keyword(const char *word)
{
	static const char *const keywords[] = {"by", "zones", "for", "kept", "forged"};

	for (size_t i = 0; i < sizeof keywords / sizeof *keywords; i++)
		if (strcmp(word, keywords[i]) == 0)
			return true;
	return false;
}

static const char *
word_at(const struct words *w, size_t i)
{
	if (i >= w->n)
		scenario_fail("scenario: a word is missing after \"%s\"", w->at[w->n - 1]);
	return w->at[i];
}

/* ---- orders ---- */

static struct scene_alert *
alert_named(struct stage *s, const char *name)
{
	for (size_t i = 0; i < s->alerts; i++)
		if (strcmp(s->alert[i].name, name) == 0)
			return &s->alert[i];
	return NULL;
}

static struct scene_alert *
alert_new(struct stage *s, const char *name)
{
	struct scene_alert *a = &s->alert[s->alerts];

	if (s->alerts == ALERTS || alert_named(s, name) != NULL)
		scenario_fail("scenario: %s is there already, or there are too many", name);
	s->alerts++;
	*a = (struct scene_alert){.state = ALERT_LIVE};
	snprintf(a->name, sizeof a->name, "%s", name);
	return a;
}

static size_t
zones_in(struct stage *s, const struct words *w, uint16_t *zone)
{
	size_t n = 0;

	for (size_t i = word_find(w, "zones") + 1; i < w->n && !is_keyword(w->at[i]); i++) {
		const struct zone *z = zones_find(s->zones, w->at[i]);

		if (z == NULL)
			scenario_fail("scenario: no zone %s", w->at[i]);
		zone[n++] = z->number;
	}
	return n;
}

/* Ids change with the clock; a scenario speaks of alerts by their names. */
static void
say_fault(struct stage *s, const char *text)
{
	char out[160];
	size_t n = 0;

	while (*text != '\0' && n < sizeof out - 1) {
		uint64_t id;
		char digits[17] = "";
		const char *name = "";

		if (strlen(text) >= 16)
			memcpy(digits, text, 16);
		if (digits[0] != '\0' && id_read(&id, digits) == ERR_OK)
			for (size_t i = 0; i < s->alerts; i++)
				if (s->alert[i].id == id)
					name = s->alert[i].name;
		if (*name == '\0') {
			out[n++] = *text++;
			continue;
		}
		n += (size_t)snprintf(out + n, sizeof out - n, "%s", name);
		text += 16;
	}
	out[n] = '\0';
	stage_say(s, s->now_ms, "hub", "refuses: %s", out);
}

static const struct playbook *
playbook_named(const struct stage *s, const char *name)
{
	for (size_t i = 0; i < s->playbooks; i++)
		if (strcmp(s->playbook[i].name, name) == 0)
			return &s->playbook[i];
	scenario_fail("scenario: no playbook %s", name);
}

static uint8_t
pattern_number(const struct stage *s, const char *name)
{
	const struct pattern *p = patterns_find_name(s->patterns, name);

	if (p == NULL)
		scenario_fail("scenario: no pattern %s", name);
	return p->number;
}

static void
compose_for(struct stage *s, const struct words *w, enum verb verb, struct compose *in)
{
	const struct scene_alert *named = alert_named(s, word_at(w, 2));
	const struct alert *a = named ? book_of_order(s->book, named->id) : NULL;
	const struct playbook *p = playbook_named(s, verb == VERB_ALERT ? word_at(w, 3)
						     : a != NULL	? a->playbook
									: "air-raid");

	*in = (struct compose){.verb = verb,
		.zones = s->zones,
		.book = s->book,
		.playbook = p,
		.pattern = pattern_number(s, p->pattern),
		.pattern_all_clear = pattern_number(s, p->pattern_all_clear),
		.alert = verb == VERB_ALERT ? NULL : a,
		.territory = FLEET_TERRITORY,
		.roster = 1,
		.mode = MODE_LIVE,
		.sender = "belfry.example.org",
		.now_ms = s->now_ms,
		.random = ++s->random};
	if (has(w, "for"))
		in->lifetime_s = (uint32_t)atoi(word_at(w, word_find(w, "for") + 1));
}

static struct buffer
signed_by(struct stage *s, const struct words *w, struct order *o)
{
	uint16_t key[WORDS];
	size_t n = 0;

	for (size_t i = word_find(w, "by") + 1; i < w->n && !is_keyword(w->at[i]); i++)
		key[n++] = fleet_person(w->at[i]);
	return fleet_sign(s->fleet, o, key, n);
}

/* A kept order waits for "deliver"; a forged one never saw a hub. */
static void
send(struct stage *s, const struct words *w, struct order *o, struct bytes content)
{
	struct buffer bytes = signed_by(s, w, o);
	enum verdict verdict = fleet_judge(s->fleet, buffer_bytes(&bytes));
	struct fault fault = {""};

	if (has(w, "forged")) {
		fleet_give(s->fleet, buffer_bytes(&bytes));
	} else if (verdict != VERDICT_GOOD) {
		stage_say(s, s->now_ms, "hub", "refuses, %s", verdict_name(verdict));
	} else {
		if (book_content(s->book, content, &fault) != ERR_OK)
			scenario_fail("scenario: %s", fault.text);
		(void)book_order(s->book, o, s->now_ms, true);
		if (has(w, "kept"))
			write_bytes(
				&alert_named(s, word_at(w, 2))->kept, bytes.at, bytes.len);
		else
			fleet_give(s->fleet, buffer_bytes(&bytes));
	}
	buffer_free(&bytes);
}

static void
order(struct stage *s, const struct words *w, enum verb verb)
{
	static struct order o;
	struct buffer content = {0};
	struct compose in;
	uint16_t zone[WORDS];
	struct fault fault = {""};

	compose_for(s, w, verb, &in);
	in.zone = zone;
	in.zone_count = zones_in(s, w, zone);
	if (compose(&content, &o, &in, &fault) != ERR_OK) {
		say_fault(s, fault.text);
	} else {
		if (verb == VERB_ALERT)
			alert_new(s, word_at(w, 2))->id = o.body[0].id;
		send(s, w, &o, buffer_bytes(&content));
	}
	buffer_free(&content);
}

static void
deliver(struct stage *s, const char *name)
{
	struct scene_alert *a = alert_named(s, name);

	if (a == NULL || a->kept.len == 0)
		scenario_fail("scenario: nothing is kept for %s", name);
	fleet_give(s->fleet, buffer_bytes(&a->kept));
}

static void
act(struct stage *s, const struct words *w)
{
	const char *what = word_at(w, 1);
	enum verb verb;

	if (verb_read(&verb, what) == ERR_OK)
		order(s, w, verb);
	else if (strcmp(what, "deliver") == 0)
		deliver(s, word_at(w, 2));
	else if (strcmp(what, "power-cut") == 0)
		fleet_power_cut(s->fleet, (uint32_t)atoi(word_at(w, 2)),
			1000 * atoi(word_at(w, 4)));
	else if (strcmp(what, "revoke") == 0)
		fleet_revoke(s->fleet, fleet_person(word_at(w, 2)), s->now_ms);
	else if (strcmp(what, "heartbeat") == 0)
		fleet_heartbeat(s->fleet);
	else if (strcmp(what, "wait") != 0)
		fleet_change(s->fleet, (uint32_t)atoi(word_at(w, 2)), what, word_at(w, 3));
	stage_look(s);
}

/* ---- text ---- */

static int
sooner(const void *a, const void *b)
{
	const struct happened *x = a, *y = b;

	if (x->at_ms != y->at_ms)
		return x->at_ms < y->at_ms ? -1 : 1;
	return x->seq < y->seq ? -1 : x->seq > y->seq;
}

/* What happened since the last line: one "=> …" each; within a second it needs no time. */
static void
tell(struct stage *s, int64_t from_ms, struct buffer *out)
{
	qsort(s->happened, s->count, sizeof *s->happened, sooner);
	for (size_t i = 0; i < s->count; i++) {
		int64_t after = s->happened[i].at_ms - s->start_ms - from_ms;
		char *text = s->happened[i].text;

		for (size_t n = strlen(text); n > 0 && text[n - 1] == ' ';)
			text[--n] = '\0';
		write_format(out, "\t=> %s", text);
		if (after >= 1000)
			write_format(out, " after %.1f s", (double)after / 1000);
		write_text(out, "\n");
	}
	s->count = 0;
}

struct play {
	struct stage stage;
	char action[LINE];
	int64_t from_ms;
	bool any;
	struct buffer want, got;
};

static void
finish_line(struct play *p, int64_t until_ms)
{
	stage_run(&p->stage, until_ms);
	if (p->any)
		tell(&p->stage, p->from_ms, &p->got);
	p->stage.count = 0;
}

static void
action(struct play *p, char *line)
{
	struct words w;
	int64_t at_ms;
	char copy[LINE];

	snprintf(copy, sizeof copy, "%s", line);
	w = words_of(copy);
	at_ms = (int64_t)(atof(w.at[0]) * 1000 + 0.5);
	if (at_ms < p->from_ms)
		scenario_fail("scenario: time goes back in: %s", line);
	finish_line(p, at_ms);
	write_format(&p->want, "%s\n", line);
	write_format(&p->got, "%s\n", line);
	p->from_ms = at_ms;
	p->any = true;
	act(&p->stage, &w);
}

static void
expectation(struct play *p, const char *text)
{
	while (isspace((unsigned char)*text))
		text++;
	write_format(&p->want, "\t=> %s\n", text);
}

static void
trim(char *text)
{
	size_t n = strlen(text);

	while (n > 0 && isspace((unsigned char)text[n - 1]))
		text[--n] = '\0';
}

static void
line_play(struct play *p, char *line)
{
	char *arrow = strstr(line, "=>");
	char zone[64], clock[16] = "";
	unsigned number;

	if (sscanf(line, "siren %u %63s %15s", &number, zone, clock) >= 2) {
		stage_siren(&p->stage, number, zone, strcmp(clock, "no-clock") != 0);
		return;
	}
	if (arrow != NULL)
		*arrow = '\0';
	trim(line);
	if (isdigit((unsigned char)line[0]))
		action(p, line);
	if (arrow != NULL) {
		trim(arrow + 2);
		expectation(p, arrow + 2);
	}
}

int
main(int argc, char **argv)
{
	static struct play p;
	bool print = argc == 4 && strcmp(argv[1], "--print") == 0;
	char line[LINE];
	FILE *f = argc >= 3 ? fopen(argv[argc - 1], "r") : NULL;
	bool same;

	if (f == NULL)
		scenario_fail("usage: run_scenarios [--print] FOLDER-WITH-SHARE FILE");
	stage_new(&p.stage, argv[argc - 2]);
	while (fgets(line, sizeof line, f) != NULL)
		if (line[0] != '#')
			line_play(&p, line);
	fclose(f);
	finish_line(&p, p.from_ms);
	same = p.any && strcmp(buffer_text(&p.want), buffer_text(&p.got)) == 0;
	if (print)
		fputs(buffer_text(&p.got), stdout);
	else if (!same)
		printf("expected:\n%s\nhappened:\n%s", buffer_text(&p.want),
			buffer_text(&p.got));
	stage_free(&p.stage);
	buffer_free(&p.want);
	buffer_free(&p.got);
	return same || print ? 0 : 1;
}
