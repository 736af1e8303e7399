/* SPDX-License-Identifier: GPL-3.0-or-later */
/* town.c: makes the simulator's territory; two administrators sign its roster and its zones. */
#include "sim/town.h"

#include "wire/geojson.h"
#include "wire/zones_document.h"

#include <stdio.h>
#include <string.h>

static const char *const pattern_text[] = {
	"{\"number\":1,\"name\":\"silent-test\",\"country\":\"sim\",\"use\":\"silent-"
	"test\","
	"\"source\":\"simulator\",\"segments\":[{\"tone\":\"silence\",\"length_ms\":2000}],"
	"\"repeat\":1,\"cap_s\":2}",
	"{\"number\":2,\"name\":\"growl\",\"country\":\"sim\",\"use\":\"growl\","
	"\"source\":\"simulator\",\"segments\":[{\"tone\":\"low\",\"length_ms\":1500,"
	"\"low_hz\":100}],\"repeat\":1,\"cap_s\":2}",
	"{\"number\":80,\"name\":\"sim-raid\",\"country\":\"sim\",\"use\":\"attack\","
	"\"source\":\"simulator\",\"segments\":[{\"tone\":\"steady\",\"length_ms\":12000,"
	"\"high_hz\":420}],\"repeat\":1,\"cap_s\":300}",
	"{\"number\":81,\"name\":\"sim-fire\",\"country\":\"sim\",\"use\":\"fire\","
	"\"source\":\"simulator\",\"segments\":[{\"tone\":\"steady\",\"length_ms\":2000,"
	"\"high_hz\":420},{\"tone\":\"silence\",\"length_ms\":1000}],\"repeat\":3,"
	"\"cap_s\":300}",
	"{\"number\":82,\"name\":\"sim-clear\",\"country\":\"sim\",\"use\":\"all-clear\","
	"\"source\":\"simulator\",\"segments\":[{\"tone\":\"steady\",\"length_ms\":6000,"
	"\"high_hz\":420}],\"repeat\":1,\"cap_s\":60}",
};

#define PHRASE(say)                                                                        \
	"{\"headline\":\"" say ": {zones}\",\"description\":\"" say                        \
	": {zones}.\",\"instruction\":\"Wait for the next message.\",\"short\":\"" say     \
	": {zones}\"}"
#define TEXTS(event)                                                                       \
	"\"texts\":{\"en\":{\"checked_by\":\"unchecked\",\"event\":\"" event               \
	"\",\"exercise\":\"EXERCISE.\",\"exercise_short\":\"EXERCISE.\",\"headline\":"     \
	"\"" event                                                                         \
	": {zones}\",\"description\":\"Danger: {zones}.\",\"instruction\":\"Go to a "      \
	"shelter.\",\"short\":\"" event                                                    \
	": {zones}\",\"update\":" PHRASE("Update") ",\"stop\":" PHRASE(                    \
		"Stopped") ",\"correction\":" PHRASE("False alarm") ",\"all_"              \
								    "clear\":" PHRASE(     \
									    "Al"           \
									    "l "           \
									    "cl"           \
									    "ea"           \
									    "r") "}}}"

static const char *const playbook_text[] = {
	"{\"name\":\"raid\",\"hazard\":{\"code\":1,\"word\":\"raid\"},\"category\":"
	"[\"Security\"],\"responseType\":[\"Shelter\"],\"urgency\":\"Immediate\","
	"\"severity\":\"Extreme\",\"certainty\":\"Likely\",\"pattern\":\"sim-raid\","
	"\"seconds\":12,\"pattern_all_clear\":\"sim-clear\",\"seconds_all_clear\":6,"
	"\"expires_s\":900," TEXTS("Raid"),
	"{\"name\":\"storm\",\"hazard\":{\"code\":7,\"word\":\"storm\"},\"category\":"
	"[\"Met\"],\"responseType\":[\"Shelter\"],\"urgency\":\"Immediate\","
	"\"severity\":\"Severe\",\"certainty\":\"Observed\",\"pattern\":\"sim-fire\","
	"\"seconds\":8,\"pattern_all_clear\":\"sim-clear\",\"seconds_all_clear\":6,"
	"\"expires_s\":600," TEXTS("Storm"),
};

#define SQUARE(west, east, south, north)                                                   \
	"\"geometry\":{\"type\":\"Polygon\",\"coordinates\":[[[" west "," south "],[" east \
	"," south "],[" east "," north "],[" west "," north "],[" west "," south "]]]}}"
#define ZONE(id, number, parent)                                                           \
	"{\"type\":\"Feature\",\"properties\":{\"id\":\"" id "\",\"number\":" number       \
	",\"name\":\"" id "\",\"parent\":\"" parent "\"},"

static const char zones_text[] =
	"{\"type\":\"FeatureCollection\",\"features\":[" ZONE("region", "1", "")
		SQUARE("10", "12", "48", "49") "," ZONE("north", "2", "region")
			SQUARE("10", "12", "48.5", "49") "," ZONE("south", "3", "region")
				SQUARE("10", "12", "48", "48.5") "," ZONE("island", "4", "")
					SQUARE("20", "21", "48", "49") "]}";

static struct secret_key
key_of(uint8_t n)
{
	uint8_t seed[32] = {n, 0x51, 0x17};

	return secret_key_from_seed(seed);
}

static void
person(struct roster *r, const struct town *t, uint16_t number, const char *name,
	unsigned roles, unsigned classes)
{
	struct roster_key *k = &r->key[r->key_count++];

	k->number = number;
	snprintf(k->person, sizeof k->person, "%s", name);
	k->key = t->key[number].public;
	k->roles = roles;
	k->classes = classes;
}

static struct mandate
mandate_of(uint16_t number, uint16_t key, enum order_class class)
{
	return (struct mandate){.number = number,
		.key = key,
		.class = class,
		.pattern_count = 2,
		.pattern = {RAID_SOUND, FIRE_SOUND},
		.zone_count = 1,
		.zone = {NORTH},
		.seconds_max = 30,
		.starts_per_hour = 2,
		.not_after_ms = TOWN_START_MS + INT64_C(30) * 86400 * 1000};
}

static void
approve_document(const struct town *t, struct document *d, const char *kind)
{
	static const uint16_t by[] = {ANNA, BORIS};
	struct hash digest = document_digest(kind, d->text);

	d->approval_count = 2;
	for (size_t i = 0; i < 2; i++)
		d->approval[i] = (struct document_approval){
			by[i], signature_make(&t->key[by[i]],
				       bytes_of(digest.at, sizeof digest.at))};
}

static enum err
roster_make(struct town *t, struct fault *fault)
{
	struct roster_key key[KEYS] = {0};
	struct roster_hub hub[2] = {
		{1, "first", t->hub[0].public}, {2, "second", t->hub[1].public}};
	struct mandate mandate[2] = {mandate_of(1, GAUGE, ORDER_SENSOR),
		mandate_of(2, DAVID, ORDER_BREAK_GLASS)};
	struct roster r = {.territory = TOWN_TERRITORY,
		.serial = 1,
		.mode = MODE_LIVE,
		.hub_count = 2,
		.mandate_count = 2,
		.key = key,
		.hub = hub,
		.mandate = mandate};
	unsigned all = 0x1fe & ~(1u << ORDER_SENSOR);
	struct document d = {0};

	person(&r, t, ANNA, "Anna", ROLE_OPERATOR | ROLE_ADMINISTRATOR, all);
	person(&r, t, BORIS, "Boris", ROLE_OPERATOR | ROLE_ADMINISTRATOR, all);
	person(&r, t, CLARA, "Clara", ROLE_OPERATOR, all);
	person(&r, t, DAVID, "David", ROLE_OPERATOR, all);
	person(&r, t, GAUGE, "Gauge", ROLE_SENSOR, 1u << ORDER_SENSOR);
	person(&r, t, ANNA_TOO, "Anna", ROLE_OPERATOR, all);
	person(&r, t, STOLEN, "Elsa", ROLE_OPERATOR, all);
	roster_write(&t->roster_text, &r);
	d.text = buffer_bytes(&t->roster_text);
	approve_document(t, &d, "roster");
	document_write(&t->roster, &d);
	return roster_read(&t->parsed, t->arena, d.text, fault);
}

static enum err
zones_make(struct town *t, struct fault *fault)
{
	struct zones_head head = {.territory = "51a70001", .version = 1};
	const struct geojson_options options = {0};
	struct buffer text = {0}, geometry = {0};
	struct document d = {0};
	struct zones *zones;
	enum err err =
		geojson_read_zones(&zones, bytes_of_text(zones_text), &options, fault);

	if (err != ERR_OK)
		return err;
	zones_geometry_write(&geometry, zones);
	head.geometry = hash_of(buffer_bytes(&geometry));
	zones_document_write(&text, &head, zones);
	d.text = buffer_bytes(&text);
	d.geometry = buffer_bytes(&geometry);
	approve_document(t, &d, "zones");
	document_write(&t->zones, &d);
	buffer_free(&text);
	buffer_free(&geometry);
	zones_free(zones);
	return t->zones.err;
}

enum err
town_new(struct town *t, struct fault *fault)
{
	enum err err;

	memset(t, 0, sizeof *t);
	for (uint8_t i = 0; i < KEYS; i++)
		t->key[i] = key_of(i);
	for (uint8_t i = 0; i < 2; i++)
		t->hub[i] = key_of((uint8_t)(100 + i));
	for (uint8_t i = 0; i < 8; i++)
		t->siren[i] = key_of((uint8_t)(120 + i));
	err = arena_new(&t->arena);
	if (err == ERR_OK)
		err = patterns_new(&t->patterns);
	for (size_t i = 0; i < sizeof pattern_text / sizeof *pattern_text && err == ERR_OK;
		i++) {
		struct pattern p;

		err = pattern_read(&p, bytes_of_text(pattern_text[i]), "simulator", fault);
		if (err == ERR_OK)
			err = patterns_add(t->patterns, &p, fault);
	}
	for (size_t i = 0; i < 2 && err == ERR_OK; i++)
		err = playbook_read(&t->playbook[i], t->arena, "simulator",
			bytes_of_text(playbook_text[i]), fault);
	if (err == ERR_OK)
		err = roster_make(t, fault);
	return err == ERR_OK ? zones_make(t, fault) : err;
}

void
town_free(struct town *t)
{
	patterns_free(t->patterns);
	buffer_free(&t->roster);
	buffer_free(&t->roster_text);
	buffer_free(&t->zones);
	arena_free(t->arena);
}
