/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/json_place.h"
#include "cap/playbook_channel.h"
#include "cap/playbook_lint.h"
#include "slurp.h"

#include <dirent.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#define PLAYBOOKS "share/playbooks/"
#define XSD "../shared/data/cap/xsd/CAP-v1.2.xsd"

enum { CORNERS = 400, SENT = 1800000 }; /* SENT: seconds; any will do */

/* A round zone with many corners and a square one; the second has no English name. */
struct ground {
	struct cap_point round[CORNERS];
	struct cap_point square[5];
	struct cap_ring ring[2];
	struct cap_zone zone[2];
};

static void
lay(struct ground *g)
{
	static const struct cap_name names[] = {{"uk", "Старе місто"}, {"en", "Old town"}};
	static const struct cap_name others[] = {{"he", "נמל"}};

	for (size_t i = 0; i < CORNERS; i++) {
		double angle = 6.283185307179586 * (double)i / CORNERS;

		g->round[i] =
			(struct cap_point){50 + 0.2 * sin(angle), 30 + 0.3 * cos(angle)};
	}
	for (size_t i = 0; i < 5; i++)
		g->square[i] =
			(struct cap_point){i % 4 > 1 ? 41 : 40, (i + 1) % 4 > 1 ? 31 : 30};
	g->ring[0] = (struct cap_ring){g->round, CORNERS};
	g->ring[1] = (struct cap_ring){g->square, 5};
	g->zone[0] = (struct cap_zone){7, "old-town", names, 2, &g->ring[0], 1};
	g->zone[1] = (struct cap_zone){9, "port.9", others, 1, &g->ring[0], 2};
}

struct desk {
	struct arena *arena;
	struct fault fault;
	struct playbook book;
	struct ground ground;
	struct playbook_use use;
};

static void
open_desk(struct desk *d, const char *name)
{
	struct buffer file = {0};
	char path[300];

	memset(d, 0, sizeof *d);
	assert_int_equal(arena_new(&d->arena), ERR_OK);
	lay(&d->ground);
	d->use = (struct playbook_use){.territory = "0000000a",
		.identifier = "belfry-0000000a-1",
		.sender = "warn.example.org",
		.sender_name = "Desk",
		.utc_offset_min = 120,
		.incidents = "raid-1",
		.sent_ms = SENT * 1000LL,
		.zone = d->ground.zone,
		.zones = 2};
	snprintf(path, sizeof path, PLAYBOOKS "%s", name);
	assert_true(slurp(&file, path));
	if (playbook_read(&d->book, d->arena, path, buffer_bytes(&file), &d->fault) !=
		ERR_OK)
		fail_msg("%s", d->fault.text);
	buffer_free(&file);
}

static void
close_desk(struct desk *d)
{
	arena_free(d->arena);
}

static void
each_playbook(void (*look)(struct desk *d, const char *name))
{
	DIR *dir = opendir(PLAYBOOKS);
	const struct dirent *e;
	size_t n = 0;

	assert_non_null(dir);
	while ((e = readdir(dir)) != NULL) {
		size_t len = strlen(e->d_name);
		struct desk d;

		if (len < 6 || strcmp(e->d_name + len - 5, ".json") != 0)
			continue;
		open_desk(&d, e->d_name);
		look(&d, e->d_name);
		close_desk(&d);
		n++;
	}
	closedir(dir);
	assert_true(n >= 24);
}

/* The texts in one language, exactly; the test fails where they are missing. */
static const struct playbook_text *
text_in(const struct desk *d, const char *language)
{
	for (size_t i = 0; i < d->book.texts; i++)
		if (strcmp(d->book.text[i].language, language) == 0)
			return &d->book.text[i];
	fail_msg("%s has no texts in %s", d->book.name, language);
	return NULL;
}

static const struct cap_info *
info_in(const struct capmsg *m, const char *language)
{
	for (size_t i = 0; i < m->info.n; i++)
		if (strcmp(m->info.at[i].language, language) == 0)
			return &m->info.at[i];
	fail_msg("no info in %s", language);
	return NULL;
}

static bool codes[256];

/* A pattern that is not there would refuse the alert at night. "" is silence. */
static void
look_at_pattern(const char *pattern)
{
	char path[300];

	if (*pattern == '\0')
		return;
	snprintf(path, sizeof path, "share/patterns/%s.json", pattern);
	assert_int_equal(access(path, R_OK), 0);
}

/* The reader has seen that no field is empty or missing; here no language may be. */
static void
look_at_head(struct desk *d, const char *name)
{
	static const char *const language[] = {
		"en", "en-x-easy", "uk", "ru", "hy", "az", "ar", "he", "fa"};

	assert_int_equal(strlen(d->book.name) + 5, strlen(name));
	assert_memory_equal(d->book.name, name, strlen(d->book.name));
	assert_string_equal(d->book.name, d->book.hazard_word);
	assert_false(codes[d->book.hazard]);
	codes[d->book.hazard] = true;
	for (size_t i = 0; i < sizeof language / sizeof *language; i++)
		text_in(d, language[i]);
	assert_int_equal(d->book.texts, sizeof language / sizeof *language);
	look_at_pattern(d->book.pattern);
	look_at_pattern(d->book.pattern_all_clear);
	assert_int_equal(d->book.seconds != 0, d->book.seconds_all_clear != 0);
}

static void
every_playbook_is_whole(void **state)
{
	(void)state;
	memset(codes, 0, sizeof codes);
	each_playbook(look_at_head);
}

/* The hazards that the system is for; a file that is lost is missed here. */
static void
the_hazards_of_war_are_all_there(void **state)
{
	static const char *const hazard[] = {"air-raid", "missile", "drone", "shelling",
		"street-fighting", "mines", "unexploded-ordnance", "chemical", "radiation",
		"dam-breach", "fire", "gas", "evacuation", "road-closed", "convoy",
		"water-unsafe", "power-cut", "curfew", "shelter-open", "missing-child",
		"test", "exercise", "flood", "general"};
	char path[100];

	(void)state;
	for (size_t i = 0; i < sizeof hazard / sizeof *hazard; i++) {
		snprintf(path, sizeof path, PLAYBOOKS "%s.json", hazard[i]);
		if (access(path, R_OK) != 0)
			fail_msg("%s is missing", path);
	}
}

static size_t said_of_checking;

/* All that the linter may say of what we ship is that nobody has checked it. */
static void
look_at_words(struct desk *d, const char *name)
{
	struct playbook_advice *advice;
	size_t n;

	assert_int_equal(playbook_lint(&advice, &n, d->arena, &d->book), ERR_OK);
	for (size_t i = 0; i < n; i++) {
		if (strcmp(advice[i].field, "checked_by") != 0)
			fail_msg("%s %s: %s: %s", name, advice[i].language, advice[i].field,
				advice[i].text);
		said_of_checking++;
	}
}

static void
the_linter_has_nothing_to_say_but_unchecked(void **state)
{
	(void)state;
	said_of_checking = 0;
	each_playbook(look_at_words);
	assert_int_equal(said_of_checking, 24 * 9);
}

/* One zone with a long name, and many; as alert and as exercise. */
static void
look_at_channels(struct desk *d, const char *name)
{
	static const struct cap_name names[] = {{"en", "Upper Lindwell by the Old Bridge"}};
	struct cap_zone many[40];

	for (size_t i = 0; i < 40; i++)
		many[i] = (struct cap_zone){(uint16_t)(i + 1), "z", names, 1, NULL, 0};
	d->use.zone = many;
	d->use.sender_name = "Civil protection of Lindwell..";
	for (size_t i = 0; i < d->book.texts * PLAYBOOK_PHASES * CHANNELS * 4; i++) {
		size_t k = i / 4;
		enum channel channel = (enum channel)(k % CHANNELS);
		enum playbook_phase phase =
			(enum playbook_phase)(k / CHANNELS % PLAYBOOK_PHASES);
		const struct playbook_text *t =
			&d->book.text[k / CHANNELS / PLAYBOOK_PHASES];
		struct channel_text out;

		d->use.zones = i % 2 == 0 ? 1 : 40;
		d->use.exercise = i % 4 < 2 ? NULL : "Heron 7";
		assert_int_equal(
			channel_say(&out, d->arena, channel, t, phase, &d->use), ERR_OK);
		if (!out.fits || (!out.whole && channel >= CHANNEL_ALERT_360))
			fail_msg("%s %s phase %d, %s: %zu of %zu: %s", name, t->language,
				(int)phase, channel_name(channel), out.size, out.limit,
				out.text);
		if (strpbrk(out.text, "{}") != NULL)
			fail_msg("%s %s: %s", name, t->language, out.text);
	}
}

static void
every_text_fits_every_channel(void **state)
{
	(void)state;
	each_playbook(look_at_channels);
}

/* Messages are gathered here for the judge from outside. */
static char folder[] = "/tmp/belfry-cap-XXXXXX";
static unsigned gathered;

static void
gather(struct desk *d, const struct capmsg *m)
{
	struct buffer b = {0};
	struct capmsg again;
	char path[100];
	FILE *f;

	if (capmsg_check_output(m, &d->fault) != ERR_OK)
		fail_msg("%s", d->fault.text);
	assert_int_equal(capmsg_write(&b, m, &d->fault), ERR_OK);
	if (capmsg_read(&again, d->arena, b.at, b.len, &d->fault) != ERR_OK)
		fail_msg("%s", d->fault.text);
	assert_int_equal(again.info.n, m->info.n);
	snprintf(path, sizeof path, "%s/%u.xml", folder, gathered++);
	f = fopen(path, "wb");
	assert_non_null(f);
	assert_int_equal(fwrite(b.at, 1, b.len, f), b.len);
	assert_int_equal(fclose(f), 0);
	buffer_free(&b);
}

static struct chain_text *
texts_of(struct desk *d, enum playbook_phase phase, size_t *n)
{
	struct chain_text *t;

	assert_int_equal(
		playbook_texts(&t, n, d->arena, &d->book, phase, &d->use, &d->fault),
		ERR_OK);
	return t;
}

static void
run_through_its_life(struct desk *d, const char *name)
{
	struct capmsg alert, more, dropped, out;
	const struct capmsg *live[1] = {&alert};
	struct chain c = {live, 1, "belfry-0000000a-2", SENT * 1000LL + 5000, 0};
	struct chain_text *t;
	size_t n;

	(void)name;
	assert_int_equal(playbook_to_cap(&alert, d->arena, &d->book, PLAYBOOK_ALERT,
				 &d->use, &d->fault),
		ERR_OK);
	gather(d, &alert);
	assert_int_equal(playbook_to_cap(&more, d->arena, &d->book, PLAYBOOK_UPDATE,
				 &d->use, &d->fault),
		ERR_OK);
	assert_int_equal(playbook_to_cap(&dropped, d->arena, &d->book, PLAYBOOK_ALL_CLEAR,
				 &d->use, &d->fault),
		ERR_OK);
	assert_int_equal(
		chain_update(&out, d->arena, &c, &more, &dropped, &d->fault), ERR_OK);
	gather(d, &out);
	t = texts_of(d, PLAYBOOK_STOP, &n);
	assert_int_equal(chain_stop(&out, d->arena, &c, t, n, &d->fault), ERR_OK);
	gather(d, &out);
	t = texts_of(d, PLAYBOOK_CORRECTION, &n);
	assert_int_equal(
		chain_cancel(&out, d->arena, &c, t[0].description, t, n, &d->fault),
		ERR_OK);
	gather(d, &out);
	t = texts_of(d, PLAYBOOK_ALL_CLEAR, &n);
	assert_int_equal(chain_all_clear(&out, d->arena, &c, t, n, &d->fault), ERR_OK);
	gather(d, &out);
}

static void
run_live_and_as_exercise(struct desk *d, const char *name)
{
	run_through_its_life(d, name);
	d->use.exercise = "Heron 7";
	run_through_its_life(d, name);
}

/* The official schema is asked through xmllint where both are at hand. */
static void
every_message_of_every_playbook_is_good_cap(void **state)
{
	char command[300];
	int verdict = 0;
	bool judged;

	(void)state;
	assert_non_null(mkdtemp(folder));
	gathered = 0;
	each_playbook(run_live_and_as_exercise);
	judged = access(XSD, R_OK) == 0 && access("/usr/bin/xmllint", X_OK) == 0;
	if (judged) {
		snprintf(command, sizeof command,
			"xmllint --nonet --noout --schema " XSD " %s/*.xml 2>%s/said",
			folder, folder);
		verdict = system(command);
	}
	print_message("%u messages, %s\n", gathered,
		judged ? "asked the official schema" : "without the official schema");
	if (verdict == 0) {
		snprintf(command, sizeof command, "rm -r %s", folder);
		assert_int_equal(system(command), 0);
	}
	assert_int_equal(verdict, 0);
	assert_true(gathered >= 24 * 10);
}

static void
a_message_shows_its_zones(void **state)
{
	struct desk d;
	struct capmsg m;
	const struct cap_info *en;
	struct cap_point *p;
	size_t n;

	(void)state;
	open_desk(&d, "air-raid.json");
	assert_int_equal(
		playbook_to_cap(&m, d.arena, &d.book, PLAYBOOK_ALERT, &d.use, NULL),
		ERR_OK);
	en = &m.info.at[0];
	assert_string_equal(en->language, "en");
	assert_string_equal(m.sent, "1970-01-21T20:00:00-00:00");
	assert_string_equal(en->expires, "1970-01-21T22:00:00-00:00");
	assert_string_equal(en->headline, "Air raid alarm: Old town, נמל");
	assert_string_equal(en->event_code.at[0].value, "air-raid");
	assert_int_equal(en->area.n, 2);
	assert_string_equal(en->area.at[0].desc, "Old town");
	assert_string_equal(en->area.at[0].geocode.at[0].name, "BELFRY-ZONE");
	assert_string_equal(en->area.at[0].geocode.at[0].value, "0000000a:old-town");
	assert_int_equal(en->area.at[1].polygon.n, 2);
	assert_int_equal(
		capval_polygon(&p, &n, d.arena, en->area.at[0].polygon.at[0]), ERR_OK);
	assert_int_equal(n, PLAYBOOK_CORNERS_MAX + 1);
	assert_string_equal(en->description, "Desk, 22:00: danger of an attack from the "
					     "air now. Places: Old town, נמל.");
	assert_string_equal(
		info_in(&m, "uk")->headline, "Повітряна тривога: Старе місто, נמל");
	assert_non_null(strstr(info_in(&m, "ar")->headline, ": Old town، נמל"));
	close_desk(&d);
}

static void
an_exercise_says_so_in_every_headline(void **state)
{
	struct desk d;
	struct capmsg m;

	(void)state;
	open_desk(&d, "missile.json");
	d.use.exercise = "Heron 7";
	assert_int_equal(
		playbook_to_cap(&m, d.arena, &d.book, PLAYBOOK_ALERT, &d.use, NULL),
		ERR_OK);
	assert_string_equal(m.status, "Exercise");
	assert_string_equal(m.note, "Heron 7");
	for (size_t i = 0; i < m.info.n; i++) {
		const char *says = d.book.text[i].exercise;

		assert_memory_equal(m.info.at[i].headline, says, strlen(says));
		assert_memory_equal(m.info.at[i].description, says, strlen(says));
	}
	close_desk(&d);
}

static void
many_zones_are_counted_and_drawn_more_coarsely(void **state)
{
	struct desk d;
	struct capmsg m;
	struct cap_zone many[PLAYBOOK_ZONES_MAX + 1];
	struct buffer b = {0};

	(void)state;
	open_desk(&d, "drone.json");
	d.ground.ring[0].n = 60; /* a part of the circle: enough corners to lose some */
	for (size_t i = 0; i < PLAYBOOK_ZONES_MAX + 1; i++)
		many[i] = d.ground.zone[0];
	d.use.zone = many;
	d.use.zones = 500;
	assert_int_equal(
		playbook_to_cap(&m, d.arena, &d.book, PLAYBOOK_ALERT, &d.use, NULL),
		ERR_OK);
	assert_string_equal(
		m.info.at[0].headline, "Drone danger: Old town, Old town, Old town (+497)");
	d.use.zones = PLAYBOOK_ZONES_MAX;
	assert_int_equal(
		playbook_to_cap(&m, d.arena, &d.book, PLAYBOOK_ALERT, &d.use, NULL),
		ERR_OK);
	assert_int_equal(capmsg_write(&b, &m, NULL), ERR_OK);
	print_message("%d zones: %zu bytes\n", PLAYBOOK_ZONES_MAX, b.len);
	assert_true(b.len < CAPMSG_OWN_MAX);
	d.use.zones = PLAYBOOK_ZONES_MAX + 1;
	assert_int_equal(
		playbook_to_cap(&m, d.arena, &d.book, PLAYBOOK_ALERT, &d.use, &d.fault),
		ERR_FULL);
	buffer_free(&b);
	close_desk(&d);
}

static void
an_alert_that_makes_no_sense_is_refused(void **state)
{
	struct desk d;
	struct capmsg m;

	(void)state;
	open_desk(&d, "fire.json");
	d.use.expires_ms = d.use.sent_ms + 900;
	assert_int_equal(
		playbook_to_cap(&m, d.arena, &d.book, PLAYBOOK_ALERT, &d.use, NULL),
		ERR_REFUSED);
	d.use.expires_ms = 0;
	d.use.identifier = "a b";
	assert_int_equal(
		playbook_to_cap(&m, d.arena, &d.book, PLAYBOOK_ALERT, &d.use, &d.fault),
		ERR_REFUSED);
	assert_non_null(strstr(d.fault.text, "rule 5"));
	d.use.identifier = "a";
	d.ground.square[1].lat = 91;
	assert_int_equal(
		playbook_to_cap(&m, d.arena, &d.book, PLAYBOOK_ALERT, &d.use, &d.fault),
		ERR_RANGE);
	assert_non_null(strstr(d.fault.text, "port.9"));
	d.use.zones = 0;
	assert_int_equal(
		playbook_to_cap(&m, d.arena, &d.book, PLAYBOOK_ALERT, &d.use, NULL),
		ERR_REFUSED);
	d.use.zones = 1;
	assert_int_equal(playbook_to_cap(&m, d.arena, &d.book, PLAYBOOK_STOP, &d.use, NULL),
		ERR_REFUSED);
	close_desk(&d);
}

/* One change to a good playbook, and the words of the sentence that tells of it. */
static void
a_broken_playbook_is_refused_with_its_place(void **state)
{
	static const struct {
		const char *was, *becomes, *says;
	} change[] = {
		{"\"code\": 1", "\"code\": 0",
			"line 3, column 21: hazard.code: must be a whole"},
		{"\"code\": 1", "\"code\": 1.5", "hazard.code"},
		{"\"code\": 1", "\"code\": 100", "hazard.code: must be 150"},
		{"\"code\": 1", "\"code\": 199", "hazard.code: must be 150"},
		{"[\"Security\"]", "[\"Security\", \"CBRNE\"]", "hazard.code: must be 150"},
		{"[\"Shelter\"]", "[\"Evacuate\"]", "hazard.code: must be 150"},
		{"\"urgency\": \"Immediate\"", "\"urgency\": \"Now\"",
			"line 6, column 13: urgency"},
		{"\"category\": [\"Security\"]", "\"category\": [\"Security\", \"War\"]",
			"line 4, column 27: category[1]"},
		{"\"category\": [\"Security\"]", "\"category\": []",
			"category: must be a list"},
		{"\"seconds\": 240", "\"secs\": 240", "secs: no such field"},
		{"\"seconds\": 240", "\"seconds\": 0", "seconds: must be 0 if pattern"},
		{"\"seconds\": 240,", "", "seconds: this field is missing"},
		{"\"expires_s\": 7200", "\"expires_s\": 59",
			"expires_s: must be a whole number"},
		{"\"name\": \"air-raid\"", "\"name\": \"Air Raid\"",
			"line 2, column 10: name"},
		{"\"name\": \"air-raid\",", "\"name\": \"air-raid\", \"name\": \"x\",",
			"duplicate"},
		{"\"checked_by\": \"unchecked\"", "\"checked_by\": \"\"",
			"texts.en.checked_by: must not be empty"},
		{"\"Stay where you are.", "7, \"x\": \"", "texts.en.stop"},
		{"{zones}", "{zone}", "the placeholders are {zones}, {time} and {source}"},
		{"Alarm stopped, we are checking: {zones}", "Stopped at {time}: {zones}",
			"texts.en.stop.headline: {time} and {source} belong"},
		{"\"en\": {", "\"e_n\": {", "texts.e_n: no language code"},
		{"\"expires_s\": 7200,", "\"expires_s\": 7200", "line 14, column"},
	};
	struct buffer file = {0};

	(void)state;
	assert_true(slurp(&file, PLAYBOOKS "air-raid.json"));
	for (size_t i = 0; i < sizeof change / sizeof *change; i++) {
		const char *text = buffer_text(&file), *at = strstr(text, change[i].was);
		struct buffer b = {0};
		struct arena *arena;
		struct playbook book;
		struct fault fault = {""};

		assert_non_null(at);
		write_bytes(&b, text, (size_t)(at - text));
		write_text(&b, change[i].becomes);
		write_text(&b, at + strlen(change[i].was));
		assert_int_equal(arena_new(&arena), ERR_OK);
		assert_int_not_equal(
			playbook_read(&book, arena, "x.json", buffer_bytes(&b), &fault),
			ERR_OK);
		if (strncmp(fault.text, "x.json: line ", 13) != 0 ||
			strstr(fault.text, change[i].says) == NULL)
			fail_msg("change %zu: %s", i, fault.text);
		arena_free(arena);
		buffer_free(&b);
	}
	buffer_free(&file);
}

static void
an_empty_file_is_no_playbook(void **state)
{
	struct playbook book;
	struct fault fault = {""};
	struct arena *arena;

	(void)state;
	assert_int_equal(arena_new(&arena), ERR_OK);
	assert_int_equal(playbook_read(&book, arena, "x.json", bytes_of(NULL, 0), &fault),
		ERR_FORMAT);
	assert_memory_equal(fault.text, "x.json: line 1, ", 16);
	arena_free(arena);
}

static void
a_cell_that_is_missing_is_found(void **state)
{
	static const char *const field[] = {"\"headline\"", "\"description\"",
		"\"instruction\"", "\"short\"", "\"event\"", "\"exercise\"",
		"\"exercise_short\"", "\"stop\""};
	struct buffer file = {0};

	(void)state;
	assert_true(slurp(&file, PLAYBOOKS "flood.json"));
	for (size_t i = 0; i < sizeof field / sizeof *field; i++) {
		char *at = strstr((char *)file.at, field[i]);
		struct arena *arena;
		struct playbook book;

		for (; at != NULL; at = strstr(at + 1, field[i])) {
			at[1] ^= 1;
			assert_int_equal(arena_new(&arena), ERR_OK);
			assert_int_equal(
				playbook_read(&book, arena, "x", buffer_bytes(&file), NULL),
				ERR_FORMAT);
			at[1] ^= 1;
			arena_free(arena);
		}
	}
	buffer_free(&file);
}

static void
a_place_in_json_is_found(void **state)
{
	static const char json[] =
		"{\"a\": {\"x\": 1},\n \"b\\\"\": \"}\", \"c\": [1, [2, 3],\n"
		"  {\"d\": null}]}";
	static const struct {
		const char *path;
		unsigned line, column;
	} row[] = {{"", 1, 1}, {"a", 1, 7}, {"a.x", 1, 13}, {"c", 2, 19}, {"c[1]", 2, 23},
		{"c[1][1]", 2, 27}, {"c[2].d", 3, 9}, {"c[2].e", 3, 3}, {"z", 1, 1},
		{"c[9]", 2, 19}};

	(void)state;
	for (size_t i = 0; i < sizeof row / sizeof *row; i++) {
		struct json_place p = json_place_of(bytes_of_text(json), row[i].path);

		if (p.line != row[i].line || p.column != row[i].column)
			fail_msg("%s: %d,%d", row[i].path, p.line, p.column);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_playbook_is_whole),
		cmocka_unit_test(the_hazards_of_war_are_all_there),
		cmocka_unit_test(the_linter_has_nothing_to_say_but_unchecked),
		cmocka_unit_test(every_text_fits_every_channel),
		cmocka_unit_test(every_message_of_every_playbook_is_good_cap),
		cmocka_unit_test(a_message_shows_its_zones),
		cmocka_unit_test(an_exercise_says_so_in_every_headline),
		cmocka_unit_test(many_zones_are_counted_and_drawn_more_coarsely),
		cmocka_unit_test(an_alert_that_makes_no_sense_is_refused),
		cmocka_unit_test(a_broken_playbook_is_refused_with_its_place),
		cmocka_unit_test(an_empty_file_is_no_playbook),
		cmocka_unit_test(a_cell_that_is_missing_is_found),
		cmocka_unit_test(a_place_in_json_is_found),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
