/* SPDX-License-Identifier: GPL-3.0-or-later */
/* fleet.c: sirens that act, and notes of what they do. */
#include "scenario/fleet.h"

#include "hands/pattern_files.h"
#include "town/town.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *const people[] = {"", "Olena", "Iryna", "Andriy", "Marta", "Petro"};
enum { PEOPLE = sizeof people / sizeof *people };

struct fleet {
	struct town town;
	struct arena *arena;
	struct roster roster;
	struct revoked revoked;
	struct box siren[FLEET_SIRENS];
	uint64_t told[FLEET_SIRENS]; /* its newest receipt's number */
	size_t sirens;
	fleet_say_fn *say;
	void *ctx;
};

void
scenario_fail(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vfprintf(stderr, format, args);
	va_end(args);
	fputc('\n', stderr);
	exit(2);
}

static void
must(enum err err, const struct fault *fault)
{
	if (err != ERR_OK)
		scenario_fail("scenario: %s (%s)", fault->text, err_name(err));
}

static void
roster_make(struct fleet *f)
{
	struct roster_key key[PEOPLE] = {0};
	struct roster_hub hub = {.term = 1, .name = "main", .key = f->town.hub.public};
	struct roster r = {.territory = FLEET_TERRITORY,
		.serial = 1,
		.mode = MODE_LIVE,
		.key_count = PEOPLE - 1,
		.hub_count = 1,
		.key = key,
		.hub = &hub};
	struct fault fault = {""};

	for (uint16_t i = 1; i < PEOPLE; i++) {
		struct roster_key *k = &key[i - 1];

		*k = (struct roster_key){.number = i,
			.key = f->town.key[i].public,
			.roles = ROLE_OPERATOR | ROLE_ADMINISTRATOR,
			.classes = 0x1fe & ~(1u << ORDER_SENSOR)};
		snprintf(k->person, sizeof k->person, "%s", people[i]);
	}
	buffer_clear(&f->town.roster);
	roster_write(&f->town.roster, &r);
	must(roster_read(&f->roster, f->arena, buffer_bytes(&f->town.roster), &fault),
		&fault);
}

struct fleet *
fleet_new(const char *data, fleet_say_fn *say, void *ctx)
{
	struct fleet *f = calloc(1, sizeof *f);
	struct fault fault = {""};
	char folder[1024];

	if (f == NULL)
		scenario_fail("scenario: no memory");
	f->say = say;
	f->ctx = ctx;
	town_new(&f->town);
	patterns_free(f->town.patterns);
	f->town.patterns = NULL;
	snprintf(folder, sizeof folder, "%s/share/patterns", data);
	must(arena_new(&f->arena), &fault);
	must(patterns_load(&f->town.patterns, folder, &fault), &fault);
	roster_make(f);
	return f;
}

void
fleet_free(struct fleet *f)
{
	for (size_t i = 0; i < f->sirens; i++)
		box_free(&f->siren[i]);
	town_free(&f->town);
	arena_free(f->arena);
	free(f);
}

struct patterns *
fleet_patterns(const struct fleet *f)
{
	return f->town.patterns;
}

uint16_t
fleet_person(const char *name)
{
	for (uint16_t i = 1; i < PEOPLE; i++)
		if (strcmp(people[i], name) == 0)
			return i;
	scenario_fail("scenario: nobody is called %s", name);
}

/* ---- what the sirens do ---- */

static void
told(struct fleet *f, struct box *b, const struct siren_wish *w)
{
	struct receipt r;
	char what[80];

	if (receipt_read(&r, w->bytes) != ERR_OK)
		scenario_fail("scenario: a receipt that nobody can read");
	if (r.number <= f->told[b - f->siren])
		return;
	f->told[b - f->siren] = r.number;
	switch (r.event) {
	case RECEIPT_FAILED:
	case RECEIPT_JOINED:
	case RECEIPT_STOPPED:
	case RECEIPT_ENDED:
	case RECEIPT_EXPIRED:
	case RECEIPT_UNORDERED:
	case RECEIPT_UNORDERED_END:
	case RECEIPT_DISK:
		snprintf(what, sizeof what, "says %s", receipt_event_name(r.event));
		f->say(f->ctx, b->wall_ms, b->number, what, r.order);
		break;
	case RECEIPT_REFUSED:
		snprintf(what, sizeof what, "refuses, %s", verdict_name(r.verdict));
		f->say(f->ctx, b->wall_ms, b->number, what, 0);
		break;
	case RECEIPT_STATUS:
	case RECEIPT_HEARD:
	case RECEIPT_SOUNDING:
	case RECEIPT_SOUNDED:
	case RECEIPT_FAULT:
	case RECEIPT_RESTARTED:
	case RECEIPT_ROSTER_BEHIND:
	case RECEIPT_EVENTS:
		break;
	}
}

static void
saw(struct box *b, const struct siren_wish *w)
{
	struct fleet *f = b->saw_ctx;
	char what[80];

	if (w->kind == SIREN_RECEIPT) {
		told(f, b, w);
		return;
	}
	if (w->kind == SIREN_QUIET)
		snprintf(what, sizeof what, "silence");
	else if (w->kind == SIREN_PLAY && w->elapsed_ms > 0)
		snprintf(what, sizeof what, "sound %s from second %lld on",
			w->pattern->name, (long long)(w->elapsed_ms / 1000));
	else if (w->kind == SIREN_PLAY)
		snprintf(what, sizeof what, "sound %s", w->pattern->name);
	else
		return;
	f->say(f->ctx, b->wall_ms, b->number, what, 0);
}

int64_t
fleet_add(struct fleet *f, uint32_t number, const uint16_t *path, size_t depth, bool clock)
{
	struct box *b = &f->siren[f->sirens];

	if (f->sirens == FLEET_SIRENS)
		scenario_fail("scenario: too many sirens");
	f->sirens++;
	box_default(b, &f->town);
	b->number = number;
	b->place = (struct place){.depth = (uint8_t)depth};
	memcpy(b->place.zone, path, depth * sizeof *path);
	b->no_chip = b->hub_down = !clock;
	b->saw = saw;
	b->saw_ctx = f;
	box_begin(b);
	return b->wall_ms;
}

static struct box *
box_of(struct fleet *f, uint32_t number)
{
	for (size_t i = 0; i < f->sirens; i++)
		if (f->siren[i].number == number)
			return &f->siren[i];
	scenario_fail("scenario: there is no siren %u", number);
}

void
fleet_run(struct fleet *f, int64_t now_ms)
{
	for (size_t i = 0; i < f->sirens; i++)
		if (f->siren[i].wall_ms < now_ms)
			box_run(&f->siren[i], now_ms - f->siren[i].wall_ms);
}

void
fleet_give(struct fleet *f, struct bytes order)
{
	for (size_t i = 0; i < f->sirens; i++)
		box_give(&f->siren[i], order);
}

void
fleet_heartbeat(struct fleet *f)
{
	for (size_t i = 0; i < f->sirens; i++) {
		f->siren[i].hub_down = false;
		f->siren[i].beat_ms = f->siren[i].mono_ms;
	}
}

void
fleet_power_cut(struct fleet *f, uint32_t siren, int64_t down_ms)
{
	struct box *b = box_of(f, siren);

	if (b->relay)
		f->say(f->ctx, b->wall_ms, siren, "silence", 0);
	box_restart(b, down_ms);
}

void
fleet_change(struct fleet *f, uint32_t siren, const char *what, const char *how)
{
	struct box *b = box_of(f, siren);

	if (strcmp(what, "disk") == 0)
		b->disk = strcmp(how, "dead") == 0 ? DISK_REFUSES : DISK_GOOD;
	else if (strcmp(what, "horn") == 0)
		b->horn_dead = strcmp(how, "dead") == 0;
	else if (strcmp(what, "hand") == 0)
		b->foreign = strcmp(how, "on") == 0;
	else
		scenario_fail("scenario: what is \"%s\"?", what);
	b->input_ms = b->mono_ms;
	box_run(b, 0);
}

/* ---- what people sign ---- */

struct buffer
fleet_sign(struct fleet *f, struct order *o, const uint16_t *key, size_t keys)
{
	struct made *m = calloc(1, sizeof *m);
	struct buffer bytes;

	if (m == NULL)
		scenario_fail("scenario: no memory");
	m->order = *o;
	m->order.approval_count = 0;
	for (size_t i = 0; i < keys; i++)
		made_sign(m, &f->town, key[i]);
	bytes = made_bytes(m);
	free(m);
	return bytes;
}

enum verdict
fleet_judge(const struct fleet *f, struct bytes order)
{
	struct judge judge = {.territory = FLEET_TERRITORY,
		.mode = MODE_LIVE,
		.roster = &f->roster,
		.revoked = &f->revoked};
	struct order *o = calloc(1, sizeof *o);
	enum verdict verdict = VERDICT_FORMAT;
	int rung;

	if (o != NULL && order_read(o, order) == ERR_OK) {
		struct place place = {.depth = 1, .zone = {o->body[0].zones.number[0]}};

		verdict = order_judge(&judge, o, &o->body[0], &place, &rung);
	}
	free(o);
	return verdict;
}

void
fleet_revoke(struct fleet *f, uint16_t key, int64_t now_ms)
{
	struct revocation v = {.territory = FLEET_TERRITORY,
		.key = key,
		.time_s = (uint32_t)(now_ms / 1000),
		.approval_count = 1};
	struct hash digest = revocation_digest(&v);
	struct buffer bytes = {0};

	v.approval[0] = (struct document_approval){
		key, signature_make(town_key(&f->town, key),
			     bytes_of(digest.at, sizeof digest.at))};
	revocation_write(&bytes, &v);
	revoked_add(&f->revoked, key);
	for (size_t i = 0; i < f->sirens; i++)
		box_entry(&f->siren[i], &f->town.hub, "revocation", buffer_bytes(&bytes));
	buffer_free(&bytes);
}
