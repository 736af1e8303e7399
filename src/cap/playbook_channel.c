/* SPDX-License-Identifier: GPL-3.0-or-later */
/* playbook_channel.c: an alert's words cut to a channel's measure by naming fewer zones, never by
 * cutting a sentence. */
#include "cap/playbook_channel.h"
#include "cap/gsm7.h"
#include "cap/playbook_fill.h"

#include <string.h>

enum { NAMES_MOST = 20 };

size_t
text_characters(const char *text)
{
	size_t n = 0;

	for (; *text != '\0'; text++)
		n += (*text & 0xC0) != 0x80;
	return n;
}

/* What a channel holds, and how it counts. */
struct measure {
	const char *name;
	size_t characters; /* 0: it counts as the next two say */
	size_t septets, ucs2;
	bool takes_short;
};

static const struct measure measures[CHANNELS] = {
	[CHANNEL_ALERT_90] = {"alert-90", 90, 0, 0, true},
	[CHANNEL_SMS] = {"sms", 0, 160, 70, true},
	[CHANNEL_ALERT_360] = {"alert-360", 360, 0, 0, false},
	[CHANNEL_CELL] = {"cell-broadcast", 0, CELL_SEPTETS_MAX, CELL_UCS2_MAX, false},
	[CHANNEL_LONG] = {"long", 1380, 0, 0, false},
};

const char *
channel_name(enum channel channel)
{
	return measures[channel].name;
}

static void
measure(struct channel_text *out, const struct measure *m, const char *text)
{
	struct phone_size size = phone_size_of(bytes_of_text(text));

	out->text = text;
	out->gsm7 = size.gsm7;
	if (m->characters != 0) {
		out->size = text_characters(text);
		out->limit = m->characters;
	} else if (out->gsm7) {
		out->size = size.septets;
		out->limit = m->septets;
	} else {
		out->size = size.ucs2;
		out->limit = m->ucs2;
	}
	out->fits = out->size <= out->limit;
}

/* From the longest to the shortest. */
enum form { FORM_FULL, FORM_BODY, FORM_SHORT };

/* One try: lines of a form with so many zones named. */
struct attempt {
	const struct playbook_text *text;
	const struct playbook_phrase *phrase;
	const struct playbook_use *use;
	enum form form;
	size_t named;
};

static void
write_line(struct buffer *b, const struct attempt *a, const char *line)
{
	if (b->len > 0)
		write_text(b, "\n");
	else if (a->use->exercise != NULL)
		write_format(b, "%s ",
			a->form == FORM_SHORT ? a->text->exercise_short
					      : a->text->exercise);
	playbook_fill(b, line, a->text->language, a->use, a->named);
}

static enum err
attempt(struct channel_text *out, struct buffer *b, const struct measure *m,
	const struct attempt *a)
{
	buffer_clear(b);
	if (a->form == FORM_FULL)
		write_line(b, a, a->phrase->headline);
	if (a->form == FORM_SHORT) {
		write_line(b, a, a->phrase->brief);
	} else {
		write_line(b, a, a->phrase->description);
		write_line(b, a, a->phrase->instruction);
	}
	if (b->err != ERR_OK)
		return b->err;
	measure(out, m, buffer_text(b));
	out->named = a->named;
	out->whole = a->form != FORM_SHORT;
	return ERR_OK;
}

/* Without the headline the places would be lost where the description does not name them. */
static bool
form_serves(enum form form, const struct measure *m, const struct playbook_phrase *phrase)
{
	switch (form) {
	case FORM_FULL:
		return !m->takes_short;
	case FORM_BODY:
		return !m->takes_short && strstr(phrase->description, "{zones}") != NULL;
	case FORM_SHORT:
		return true;
	}
	return false;
}

/* Names count for more than the headline, and all advice counts for more than names. */
static enum err
try_all(struct channel_text *out, struct buffer *b, const struct measure *m,
	struct attempt *a, enum form first, enum form last)
{
	size_t most = a->use->zones > NAMES_MOST ? NAMES_MOST : a->use->zones;
	enum err err = ERR_OK;

	out->fits = false;
	for (size_t names = most + 1; err == ERR_OK && !out->fits && names-- > 0;)
		for (int form = (int)first;
			err == ERR_OK && !out->fits && form <= (int)last; form++) {
			a->form = (enum form)form;
			a->named = names;
			if (form_serves(a->form, m, a->phrase))
				err = attempt(out, b, m, a);
		}
	return err;
}

enum err
channel_say(struct channel_text *out, struct arena *arena, enum channel channel,
	const struct playbook_text *text, enum playbook_phase phase,
	const struct playbook_use *use)
{
	const struct measure *m = &measures[channel];
	struct attempt a = {text, &text->phrase[phase], use, FORM_FULL, 0};
	struct channel_text made = {0};
	struct buffer b = {0};
	enum err err = try_all(&made, &b, m, &a, FORM_FULL, FORM_BODY);

	if (err == ERR_OK && !made.fits)
		err = try_all(&made, &b, m, &a, FORM_SHORT, FORM_SHORT);
	if (err == ERR_OK) {
		made.text = arena_text(arena, buffer_text(&b), b.len);
		err = made.text != NULL ? ERR_OK : ERR_NOMEM;
	}
	buffer_free(&b);
	if (err == ERR_OK)
		*out = made;
	return err;
}
