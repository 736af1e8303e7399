/* SPDX-License-Identifier: GPL-3.0-or-later */
/* instance.c: the files of a whole territory. */
#include "demo/instance.h"

#include "base/text.h"
#include "bulletin/enrolment.h"
#include "bulletin/roster.h"
#include "console/config.h"
#include "demo/files.h"
#include "demo/ports.h"
#include "loop/loop.h"
#include "loop/tls_identity.h"
#include "wire/geojson.h"
#include "wire/zones_document.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <time.h>

static const struct {
	const char *name;
	bool administrator;
} people[INSTANCE_PERSONS] = {
	{"Olena", true},
	{"Marko", true},
	{"Iryna", false},
	{"Danylo", false},
};

enum { ADMINISTRATORS = 2, MANDATE_DAYS = 365, ROSTER_TERM = 1 };

const char *
instance_path(const struct instance *in, const char *name)
{
	static _Thread_local char at[8][4096];
	static _Thread_local unsigned next;
	char *out = at[next++ % 8];

	snprintf(out, sizeof at[0], "%s/%s", in->dir, name);
	return out;
}

static struct secret_key
key_new(void)
{
	uint8_t seed[32];

	if (getrandom(seed, sizeof seed, 0) != sizeof seed)
		abort();
	return secret_key_from_seed(seed);
}

static enum err
seed_write(const char *path, const struct secret_key *key, struct fault *fault)
{
	char hex[66];

	hex_write(hex, key->seed, sizeof key->seed);
	hex[64] = '\n';
	return file_write(path, bytes_of(hex, 65), true, fault);
}

static enum err
person_write(struct instance *in, int i, struct fault *fault)
{
	struct person *p = &in->person[i];
	char name[64], hex[65];

	*p = (struct person){
		people[i].name, (uint16_t)(i + 1), people[i].administrator, key_new()};
	snprintf(name, sizeof name, "keys/%s.key", p->name);
	hex_write(hex, p->key.seed, sizeof p->key.seed);
	return json_write(instance_path(in, name),
		json_pack("{s:s,s:s,s:i,s:s}", "format", "belfry-key-1", "person", p->name,
			"number", p->number, "seed", hex),
		true, fault);
}

/* Signed by the two administrators, as every roster and every set of zones is. */
static void
document_sign(const struct instance *in, const char *kind, struct document *d)
{
	struct hash digest = document_digest(kind, d->text);

	d->approval_count = ADMINISTRATORS;
	for (int i = 0; i < ADMINISTRATORS; i++)
		d->approval[i] = (struct document_approval){in->person[i].number,
			signature_make(
				&in->person[i].key, bytes_of(digest.at, sizeof digest.at))};
}

static enum err
document_save(const struct instance *in, const char *name, const char *kind,
	struct bytes text, struct bytes geometry, struct fault *fault)
{
	struct document d = {.text = text, .geometry = geometry};
	struct buffer out = {0};
	enum err err;

	document_sign(in, kind, &d);
	document_write(&out, &d);
	err = out.err != ERR_OK ? out.err
				: file_write(instance_path(in, name), buffer_bytes(&out),
					  false, fault);
	buffer_free(&out);
	return err;
}

static struct roster_key
roster_key_of(const struct person *p)
{
	struct roster_key k = {.number = p->number,
		.key = p->key.public,
		.roles = ROLE_OPERATOR | (p->administrator ? ROLE_ADMINISTRATOR : 0),
		.classes = (1u << (ORDER_TEST + 1)) - 2 - (1u << ORDER_SENSOR)};

	snprintf(k.person, sizeof k.person, "%s", p->name);
	return k;
}

/* Olena may break the glass in the zones without parents, with any attack pattern of the demo. */
static struct mandate
break_glass(const struct instance *in, int64_t now_ms)
{
	struct mandate m = {.number = 1,
		.key = in->person[0].number,
		.class = ORDER_BREAK_GLASS,
		.seconds_max = 240,
		.starts_per_hour = 3,
		.not_after_ms = now_ms + MANDATE_DAYS * 86400000LL};
	const struct zones_parts *parts = zones_parts(in->zones);

	/* share/patterns: the tens are what a country sounds in an attack. */
	for (int number = 10; number < 100 && m.pattern_count < ROSTER_PATTERNS;
		number += 10)
		m.pattern[m.pattern_count++] = (uint8_t)number;
	for (size_t i = 0; i < parts->zone_count && m.zone_count < ROSTER_ZONES; i++)
		if (parts->zone[i].parent == NULL)
			m.zone[m.zone_count++] = parts->zone[i].number;
	return m;
}

static enum err
roster_save(struct instance *in, const struct secret_key *hub, int64_t now_ms,
	struct fault *fault)
{
	struct roster_key keys[INSTANCE_PERSONS];
	struct roster_hub first = {.term = ROSTER_TERM, .name = "hub", .key = hub->public};
	struct mandate mandate = break_glass(in, now_ms);
	struct roster r = {.territory = in->territory,
		.serial = 1,
		.mode = in->mode,
		.key_count = INSTANCE_PERSONS,
		.hub_count = 1,
		.mandate_count = 1,
		.key = keys,
		.hub = &first,
		.mandate = &mandate};
	struct buffer text = {0};
	enum err err;

	for (int i = 0; i < INSTANCE_PERSONS; i++)
		keys[i] = roster_key_of(&in->person[i]);
	roster_write(&text, &r);
	err = document_save(
		in, "roster.json", "roster", buffer_bytes(&text), bytes_of(NULL, 0), fault);
	buffer_free(&text);
	return err;
}

static enum err
zones_save(struct instance *in, struct fault *fault)
{
	struct zones_head head = {.version = 1};
	struct buffer geometry = {0}, text = {0};
	enum err err;

	snprintf(head.territory, sizeof head.territory, "%08x", in->territory);
	zones_geometry_write(&geometry, in->zones);
	head.geometry = hash_of(buffer_bytes(&geometry));
	zones_document_write(&text, &head, in->zones);
	err = document_save(in, "zones.json", "zones", buffer_bytes(&text),
		buffer_bytes(&geometry), fault);
	buffer_free(&geometry);
	buffer_free(&text);
	return err;
}

static json_t *
numbers(const uint16_t *at, size_t n)
{
	json_t *list = json_array();

	for (size_t i = 0; i < n; i++)
		json_array_append_new(list, json_integer(at[i]));
	return list;
}

static json_t *
siren_json(const struct instance *in, size_t i, const struct secret_key *key)
{
	uint16_t path[ZONES_DEPTH_MAX];
	size_t depth = zones_path(in->zones, in->siren_zone[i], path, ZONES_DEPTH_MAX);
	char hex[65];

	hex_write(hex, key->seed, sizeof key->seed);
	return json_pack("{s:I,s:i,s:o,s:[],s:s}", "siren", (json_int_t)i + 1, "zone",
		in->siren_zone[i], "path", numbers(path, depth), "groups", "seed", hex);
}

/* What the hub must hear when it runs: number, zone, public key and time, signed by an administrator. */
static json_t *
enrolment_json(const struct instance *in, size_t i, const struct secret_key *key)
{
	struct buffer public = {0}, signature = {0};
	struct hash digest;
	struct signature s;
	struct timespec now;
	char name[48], signed_at[TIME_TEXT];
	int64_t now_ms;
	json_t *o;

	base64_write(&public, bytes_of(key->public.at, sizeof key->public.at));
	clock_gettime(CLOCK_REALTIME, &now);
	now_ms = (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
	time_write(signed_at, now_ms);
	digest = enrolment_digest(
		in->territory, (uint32_t)i + 1, in->siren_zone[i], &key->public, now_ms);
	s = signature_make(&in->person[0].key, bytes_of(digest.at, sizeof digest.at));
	base64_write(&signature, bytes_of(s.at, sizeof s.at));
	snprintf(name, sizeof name, "siren %zu", i + 1);
	o = json_pack("{s:I,s:s,s:i,s:s,s:s,s:i,s:s}", "siren", (json_int_t)i + 1, "name",
		name, "zone", in->siren_zone[i], "public_key", buffer_text(&public), "time",
		signed_at, "key", in->person[0].number, "signature",
		buffer_text(&signature));
	buffer_free(&public);
	buffer_free(&signature);
	return o;
}

static enum err
siren_config(const struct instance *in, const char *folder, size_t first_box,
	struct fault *fault)
{
	char edge[32], name[64], patterns[4096];

	snprintf(edge, sizeof edge, "127.0.0.1:%u", in->port);
	snprintf(name, sizeof name, "%s/belfry-siren.json", folder);
	snprintf(patterns, sizeof patterns, "%s/share/patterns", in->data);
	return json_write(instance_path(in, name),
		json_pack("{s:s,s:[s],s:s,s:{s:s,s:I},s:b}", "state", "state", "edges",
			edge, "patterns", patterns, "relay", "cabinet",
			instance_path(in, "cabinet.sock"), "box", (json_int_t)first_box,
			"clock_chip", 1),
		false, fault);
}

/* One folder a siren, as in life. */
static enum err
siren_folder(const struct instance *in, size_t i, const struct secret_key *key,
	struct fault *fault)
{
	uint16_t path[ZONES_DEPTH_MAX];
	size_t depth = zones_path(in->zones, in->siren_zone[i], path, ZONES_DEPTH_MAX);
	struct buffer roster = {0};
	char folder[32], name[64], territory[9];
	enum err err;

	snprintf(folder, sizeof folder, "siren%zu", i + 1);
	snprintf(name, sizeof name, "%s/state", folder);
	snprintf(territory, sizeof territory, "%08x", in->territory);
	err = folder_make(instance_path(in, name), fault);
	if (err == ERR_OK)
		err = file_read(
			&roster, instance_path(in, "roster.json"), DOCUMENT_MAX, fault);
	snprintf(name, sizeof name, "%s/state/roster.json", folder);
	if (err == ERR_OK)
		err = file_write(
			instance_path(in, name), buffer_bytes(&roster), false, fault);
	snprintf(name, sizeof name, "%s/state/key", folder);
	if (err == ERR_OK)
		err = seed_write(instance_path(in, name), key, fault);
	snprintf(name, sizeof name, "%s/state/place.json", folder);
	if (err == ERR_OK)
		err = json_write(instance_path(in, name),
			json_pack("{s:I,s:i,s:o,s:[],s:s}", "siren", (json_int_t)i + 1,
				"zone", in->siren_zone[i], "path", numbers(path, depth),
				"groups", "territory", territory),
			false, fault);
	buffer_free(&roster);
	return err == ERR_OK ? siren_config(in, folder, i + 1, fault) : err;
}

static enum err
sirens_save(const struct instance *in, bool fleet, struct fault *fault)
{
	json_t *all = json_array(), *enrolments = json_array();
	enum err err = ERR_OK;

	for (size_t i = 0; i < in->siren_count && err == ERR_OK; i++) {
		struct secret_key key = key_new();

		json_array_append_new(enrolments, enrolment_json(in, i, &key));
		if (fleet)
			json_array_append_new(all, siren_json(in, i, &key));
		else
			err = siren_folder(in, i, &key, fault);
	}
	if (err == ERR_OK)
		err = json_write(instance_path(in, "enrolments.json"),
			json_incref(enrolments), false, fault);
	if (err == ERR_OK && fleet)
		err = folder_make(instance_path(in, "sirens/state"), fault);
	if (err == ERR_OK && fleet)
		err = json_write(instance_path(in, "sirens/state/fleet.json"),
			json_pack("{s:s,s:O}", "roster", instance_path(in, "roster.json"),
				"sirens", all),
			true, fault);
	if (err == ERR_OK && fleet)
		err = siren_config(in, "sirens", 1, fault);
	json_decref(all);
	json_decref(enrolments);
	return err;
}

static enum err
hub_save(const struct instance *in, const struct secret_key *key, const char *playbooks,
	const char *edge_pin, struct fault *fault)
{
	char console[32], link[32], folder[4096], patterns[4096], web[4096];

	snprintf(console, sizeof console, "127.0.0.1:%u", in->port + 1u);
	snprintf(link, sizeof link, "127.0.0.1:%u", in->port + 2u);
	snprintf(folder, sizeof folder, "%s/share/playbooks", in->data);
	snprintf(patterns, sizeof patterns, "%s/share/patterns", in->data);
	snprintf(web, sizeof web, "%s/web", in->data);
	if (seed_write(instance_path(in, "hub/key"), key, fault) != ERR_OK)
		return ERR_IO;
	return json_write(instance_path(in, "hub/belfryd.json"),
		json_pack("{s:s,s:i,s:s,s:s,s:s,s:s,s:s,s:s,s:s,s:s,s:s,s:s,s:s,s:[{s:s,s:"
			  "s,s:s}]}",
			"name", "hub", "term", ROSTER_TERM, "journal", "journal.db", "key",
			"key", "roster", "../roster.json", "socket", "hub.sock", "console",
			console, "sender", "demo.belfry.example", "patterns", patterns,
			"playbooks", playbooks != NULL ? playbooks : folder, "web", web,
			"tls_key", "tls.key", "tls_certificate", "tls.crt", "edges", "name",
			"edge", "address", link, "pin", edge_pin),
		false, fault);
}

static enum err
edge_save(const struct instance *in, const char *hub_pin, struct fault *fault)
{
	char pages[32], link[32], web[4096];

	snprintf(pages, sizeof pages, "127.0.0.1:%u", in->port);
	snprintf(link, sizeof link, "127.0.0.1:%u", in->port + 2u);
	snprintf(web, sizeof web, "%s/web", in->data);
	return json_write(instance_path(in, "edge/belfry-edge.json"),
		json_pack("{s:s,s:[s],s:s,s:s,s:s,s:[s],s:s,s:s,s:s}", "name", "edge",
			"listen", pages, "link", link, "tls_key", "tls.key",
			"tls_certificate", "tls.crt", "hubs", hub_pin, "state", "state",
			"roster", "../roster.json", "web", web),
		false, fault);
}

static enum err
links_make(struct instance *in, char hub_pin[TLS_FINGERPRINT],
	char edge_pin[TLS_FINGERPRINT], struct fault *fault)
{
	static const char *const folders[] = {"keys", "hub", "edge/state"};
	enum err err = ERR_OK;

	for (size_t i = 0; i < sizeof folders / sizeof *folders && err == ERR_OK; i++)
		err = folder_make(instance_path(in, folders[i]), fault);
	if (err == ERR_OK)
		err = tls_identity_make(instance_path(in, "hub/tls.key"),
			instance_path(in, "hub/tls.crt"), "hub", fault);
	if (err == ERR_OK)
		err = tls_identity_make(instance_path(in, "edge/tls.key"),
			instance_path(in, "edge/tls.crt"), "edge", fault);
	if (err == ERR_OK)
		err = tls_identity_fingerprint(
			hub_pin, instance_path(in, "hub/tls.crt"), fault);
	if (err == ERR_OK)
		err = tls_identity_fingerprint(
			edge_pin, instance_path(in, "edge/tls.crt"), fault);
	return err;
}

/* Three sirens in the first zones that have no zones below them, or one in every zone. */
static enum err
sirens_place(struct instance *in, bool everywhere)
{
	const struct zones_parts *parts = zones_parts(in->zones);

	in->siren_zone = calloc(parts->zone_count + 1, sizeof *in->siren_zone);
	if (in->siren_zone == NULL)
		return ERR_NOMEM;
	for (size_t i = 0; i < parts->zone_count; i++) {
		uint16_t child;

		if (everywhere || (in->siren_count < 3 &&
					  zones_children(in->zones, parts->zone[i].number,
						  &child, 1) == 0))
			in->siren_zone[in->siren_count++] = parts->zone[i].number;
	}
	return ERR_OK;
}

static enum err
make_all(struct instance *in, const struct instance_plan *plan, struct fault *fault)
{
	char hub_pin[TLS_FINGERPRINT], edge_pin[TLS_FINGERPRINT];
	struct secret_key hub = key_new();
	enum err err = links_make(in, hub_pin, edge_pin, fault);

	for (int i = 0; i < INSTANCE_PERSONS && err == ERR_OK; i++)
		err = person_write(in, i, fault);
	if (err == ERR_OK)
		err = roster_save(in, &hub, loop_now_ms(), fault);
	if (err == ERR_OK)
		err = zones_save(in, fault);
	if (err == ERR_OK)
		err = hub_save(in, &hub, plan->playbooks, edge_pin, fault);
	if (err == ERR_OK)
		err = edge_save(in, hub_pin, fault);
	if (err == ERR_OK)
		err = sirens_save(in, plan->fleet, fault);
	if (err == ERR_OK)
		err = json_write(instance_path(in, "demo.json"),
			json_pack("{s:I,s:i,s:s}", "territory", (json_int_t)in->territory,
				"port", in->port, "mode", mode_name(in->mode)),
			false, fault);
	return err;
}

static enum err
open_person(struct instance *in, int i, struct fault *fault)
{
	struct buffer text = {0};
	char name[64];
	uint8_t seed[32];
	const char *hex;
	json_t *o;
	enum err err;

	snprintf(name, sizeof name, "keys/%s.key", people[i].name);
	err = file_read(&text, instance_path(in, name), 4096, fault);
	o = json_loadb(buffer_text(&text), text.len, 0, NULL);
	hex = json_string_value(json_object_get(o, "seed"));
	if (err == ERR_OK && (hex == NULL || hex_read(seed, sizeof seed, hex) != ERR_OK))
		err = fault_set(
			fault, ERR_FORMAT, "%s: not a key file", instance_path(in, name));
	if (err == ERR_OK)
		in->person[i] = (struct person){people[i].name, (uint16_t)(i + 1),
			people[i].administrator, secret_key_from_seed(seed)};
	json_decref(o);
	buffer_free(&text);
	return err;
}

static enum err
open_all(struct instance *in, struct fault *fault)
{
	struct buffer text = {0};
	enum err err = file_read(&text, instance_path(in, "demo.json"), 4096, fault);
	json_t *o = json_loadb(buffer_text(&text), text.len, 0, NULL);

	if (err == ERR_OK && o == NULL)
		err = fault_set(fault, ERR_FORMAT, "%s: not JSON; remove %s to begin anew",
			instance_path(in, "demo.json"), in->dir);
	in->territory = (uint32_t)json_integer_value(json_object_get(o, "territory"));
	in->port = (uint16_t)json_integer_value(json_object_get(o, "port"));
	for (int i = 0; i < INSTANCE_PERSONS && err == ERR_OK; i++)
		err = open_person(in, i, fault);
	json_decref(o);
	buffer_free(&text);
	return err;
}

enum err
instance_make(struct instance *out, const struct instance_plan *plan, struct fault *fault)
{
	struct instance in = {.data = plan->data, .mode = plan->mode};
	struct geojson_options options = {.mend = true};
	enum err err = folder_make(plan->dir, fault);

	if (err != ERR_OK)
		return err;
	in.dir = realpath(plan->dir, NULL);
	if (in.dir == NULL)
		return ERR_NOMEM;
	err = geojson_read_zones(&in.zones, plan->geojson, &options, fault);
	if (err == ERR_OK)
		err = sirens_place(&in, plan->siren_everywhere);
	if (err == ERR_OK && file_exists(instance_path(&in, "demo.json"))) {
		err = open_all(&in, fault);
	} else if (err == ERR_OK) {
		in.port = plan->port != 0 ? plan->port : ports_free(3);
		if (getrandom(&in.territory, sizeof in.territory, 0) != sizeof in.territory)
			err = ERR_IO;
		if (err == ERR_OK)
			err = make_all(&in, plan, fault);
	}
	if (err == ERR_OK)
		*out = in;
	else
		instance_free(&in);
	return err;
}

void
instance_free(struct instance *in)
{
	free(in->dir);
	free(in->siren_zone);
	zones_free(in->zones);
	*in = (struct instance){0};
}
