/* SPDX-License-Identifier: GPL-3.0-or-later */
/* cabinet_words.c: the lines that are said to the cabinets. */
#include "hands/cabinet_inside.h"

#include "base/text.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

enum { WORDS = 4 };

/* One line at work. */
struct line {
	struct cabinet *c;
	cabinet_peer *from;
	struct cabinet_time now;
	struct bytes word[WORDS];
	size_t words;
};

static void
answer(const struct line *l, const char *text)
{
	char out[CABINET_LINE];
	int len = snprintf(out, sizeof out, "%s\n", text);

	l->c->host.say(l->c->host.ctx, l->from, out, (size_t)len);
}

static bool
is(struct bytes word, const char *text)
{
	return bytes_equal(word, bytes_of_text(text));
}

/* Two words, the second for true. */
static bool
choice(const struct line *l, size_t i, const char *no, const char *yes, bool *out)
{
	char text[CABINET_LINE];

	*out = is(l->word[i], yes);
	if (*out || is(l->word[i], no))
		return true;
	snprintf(text, sizeof text, "error the word may be %s or %s", yes, no);
	answer(l, text);
	return false;
}

static bool
number(const struct line *l, size_t i, uint64_t min, uint64_t max, uint64_t *out)
{
	char text[CABINET_LINE];

	if (number_read(out, (const char *)l->word[i].at, l->word[i].len, max) == ERR_OK &&
		*out >= min)
		return true;
	snprintf(text, sizeof text, "error a number must be %" PRIu64 " to %" PRIu64, min,
		max);
	answer(l, text);
	return false;
}

/* A box that `from` may set; it becomes its owner. */
static bool
own(const struct line *l, uint32_t box)
{
	struct box *b = &l->c->box[box];
	char text[CABINET_LINE];

	if (b->owner != NULL && b->owner != l->from)
		if (!l->c->host.gone(l->c->host.ctx, b->owner)) {
			snprintf(text, sizeof text,
				"error box %" PRIu32 " is served by another connection",
				box);
			answer(l, text);
			return false;
		}
	b->owner = l->from;
	return true;
}

static void
do_serve(const struct line *l, uint32_t first)
{
	uint64_t last;

	if (!number(l, 2, first, l->c->boxes, &last))
		return;
	for (uint32_t box = first; box <= last; box++) {
		if (!own(l, box))
			return;
		cabinet_show(l->c, l->from, box);
	}
	answer(l, "ok");
}

static void
do_set(const struct line *l, uint32_t box)
{
	bool on;

	if (!choice(l, 2, "off", "on", &on) || !own(l, box))
		return;
	l->c->box[box].ordered = on;
	cabinet_changed(l->c, box, l->now);
	cabinet_show(l->c, l->from, box);
}

/* What a test did to a box: its owner sees it at once. */
static void
done(const struct line *l, uint32_t box)
{
	cabinet_changed(l->c, box, l->now);
	if (l->c->box[box].owner != NULL)
		cabinet_show(l->c, l->c->box[box].owner, box);
	answer(l, "ok");
}

static void
do_fault(const struct line *l, uint32_t box)
{
	static const char *const word[] = {[FAULT_NONE] = "none",
		[FAULT_NO_CURRENT] = "no-current",
		[FAULT_STUCK_OPEN] = "stuck-open",
		[FAULT_STUCK_CLOSED] = "stuck-closed"};

	for (size_t i = 0; i < sizeof word / sizeof *word; i++)
		if (is(l->word[2], word[i])) {
			l->c->box[box].fault = (enum box_fault)i;
			done(l, box);
			return;
		}
	answer(l, "error a fault is none, no-current, stuck-open or stuck-closed");
}

static void
do_activate(const struct line *l, uint32_t box)
{
	bool on = true;

	if (l->words == 3 && !choice(l, 2, "off", "on", &on))
		return;
	l->c->box[box].local = on;
	done(l, box);
}

static void
do_mains(const struct line *l, uint32_t box)
{
	bool on;

	if (!choice(l, 2, "off", "on", &on))
		return;
	l->c->box[box].mains = on;
	done(l, box);
}

static void
do_battery(const struct line *l, uint32_t box)
{
	uint64_t mv;

	if (!number(l, 2, 0, UINT16_MAX, &mv))
		return;
	l->c->box[box].battery_mv = (uint16_t)mv;
	done(l, box);
}

static void
do_door(const struct line *l, uint32_t box)
{
	bool open, battery;

	if (!choice(l, 2, "cabinet", "battery", &battery) ||
		!choice(l, 3, "closed", "open", &open))
		return;
	if (battery)
		l->c->box[box].battery_door = open;
	else
		l->c->box[box].cabinet_door = open;
	done(l, box);
}

static void
do_state(const struct line *l, uint32_t box)
{
	cabinet_show(l->c, l->from, box);
}

static void
do_count(const struct line *l, uint32_t box)
{
	char text[CABINET_LINE];

	snprintf(text, sizeof text, "count %" PRIu32 " %" PRIu32 " %" PRIu32, box,
		l->c->box[box].closings, l->c->box[box].openings);
	answer(l, text);
}

static void
do_counts(const struct line *l, uint32_t box)
{
	char text[CABINET_LINE];

	(void)box;
	snprintf(text, sizeof text, "counts %" PRIu64 " %" PRIu64 " %" PRIu32,
		l->c->closings, l->c->openings, l->c->ever_closed);
	answer(l, text);
}

static const struct verb {
	const char *name;
	size_t words;
	void (*run)(const struct line *l, uint32_t box);
} verb[] = {
	{"set", 3, do_set},
	{"serve", 3, do_serve},
	{"fault", 3, do_fault},
	{"activate", 2, do_activate},
	{"activate", 3, do_activate},
	{"mains", 3, do_mains},
	{"battery", 3, do_battery},
	{"door", 4, do_door},
	{"state", 2, do_state},
	{"count", 2, do_count},
	{"counts", 1, do_counts},
};

/* Words parted by one blank; false if there are too many. */
static bool
split(struct line *l, struct bytes text)
{
	for (size_t i = 0, from = 0; i <= text.len; i++) {
		if (i < text.len && text.at[i] != ' ')
			continue;
		if (l->words == WORDS)
			return false;
		l->word[l->words++] = bytes_of(text.at + from, i - from);
		from = i + 1;
	}
	return true;
}

void
cabinet_take(
	struct cabinet *c, cabinet_peer *from, struct cabinet_time now, struct bytes text)
{
	struct line l = {.c = c, .from = from, .now = now};
	uint64_t box = 0;

	if (!split(&l, text)) {
		answer(&l, "error too many words");
		return;
	}
	for (size_t i = 0; i < sizeof verb / sizeof *verb; i++) {
		if (!is(l.word[0], verb[i].name) || l.words != verb[i].words)
			continue;
		if (l.words == 1 || number(&l, 1, 1, c->boxes, &box))
			verb[i].run(&l, (uint32_t)box);
		return;
	}
	answer(&l, "error no such words: see src/hands/cabinet.h");
}
