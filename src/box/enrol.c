/* SPDX-License-Identifier: GPL-3.0-or-later */
/* enrol.c: reads a state folder. */
#include "box/enrol.h"

#include "base/text.h"
#include "box/form.h"
#include "bulletin/roster.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { PLACE_MAX = 65536, FLEET_MAX = 64 << 20, SEED_DIGITS = 64 };

static void
file_in(char out[PATH_MAX], const char *folder, const char *name)
{
	if (*name == '/')
		snprintf(out, PATH_MAX, "%s", name);
	else
		snprintf(out, PATH_MAX, "%s/%s", folder, name);
}

/* A list of zone or group numbers. */
static uint8_t
get_numbers(struct form *f, json_t *object, const char *at, const char *key, size_t max,
	uint16_t *out)
{
	json_t *list = form_list(f, object, at, key, FORM_OPTIONAL, 0, max);
	char path[FORM_PATH];

	form_path(path, at, key);
	for (size_t i = 0; i < json_array_size(list); i++) {
		json_int_t v = json_integer_value(json_array_get(list, i));

		if (v < 1 || v > UINT16_MAX)
			form_complain(
				f, ERR_RANGE, path, "must hold numbers from 1 to 65535");
		out[i] = (uint16_t)v;
	}
	return (uint8_t)json_array_size(list);
}

/* Its zone, then the zones above it; `path` may begin with the zone itself. */
static void
get_place(struct form *f, json_t *object, const char *at, struct enrolled *e)
{
	uint16_t up[PLACE_DEPTH];
	uint8_t count, skip;

	e->siren = (uint32_t)form_number(
		f, object, at, "siren", FORM_NEEDED, 1, UINT32_MAX, 1);
	e->place.zone[0] =
		(uint16_t)form_number(f, object, at, "zone", FORM_NEEDED, 1, UINT16_MAX, 1);
	count = get_numbers(f, object, at, "path", PLACE_DEPTH, up);
	skip = count > 0 && up[0] == e->place.zone[0];
	if (count - skip >= PLACE_DEPTH) {
		form_complain(f, ERR_RANGE, at, "more than 7 zones above its own");
		return;
	}
	memcpy(e->place.zone + 1, up + skip, (size_t)(count - skip) * sizeof *up);
	e->place.depth = (uint8_t)(1 + count - skip);
	e->place.group_count =
		get_numbers(f, object, at, "groups", PLACE_GROUPS, e->place.group);
}

static bool
seed_read(struct secret_key *out, const char *digits)
{
	uint8_t seed[32];

	if (strlen(digits) != SEED_DIGITS || hex_read(seed, sizeof seed, digits) != ERR_OK)
		return false;
	*out = secret_key_from_seed(seed);
	return true;
}

static enum err
key_read(struct secret_key *out, const char *folder, struct fault *fault)
{
	char path[PATH_MAX], digits[SEED_DIGITS + 3] = "";
	struct stat st;
	FILE *f;

	file_in(path, folder, "key");
	f = fopen(path, "re");
	if (f == NULL || fstat(fileno(f), &st) != 0) {
		fault_write(fault, "%s: %s", path, strerror(errno));
		if (f != NULL)
			fclose(f);
		return ERR_IO;
	}
	digits[fread(digits, 1, sizeof digits - 1, f)] = '\0';
	fclose(f);
	if (st.st_mode & (S_IRWXG | S_IRWXO))
		return fault_set(fault, ERR_REFUSED,
			"%s: may be read by others; say: chmod 600 %s", path, path);
	if (strlen(digits) == SEED_DIGITS + 1 && digits[SEED_DIGITS] == '\n')
		digits[SEED_DIGITS] = '\0';
	return seed_read(out, digits)
		       ? ERR_OK
		       : fault_set(fault, ERR_FORMAT,
				 "%s: must hold a seed as 64 hexadecimal digits", path);
}

/* The pinned roster: a signed document; who put it here by hand vouches for it. */
static enum err
roster_load(struct enrolment *out, const char *path, struct fault *fault)
{
	struct form f = form_open(path, DOCUMENT_MAX, fault);
	struct document d;
	struct roster r;
	struct fault why = {""};
	enum err err = f.err;

	if (err == ERR_OK) {
		err = document_read(&d, out->arena, buffer_bytes(&f.text), &why);
		if (err == ERR_OK)
			err = roster_read(&r, out->arena, d.text, &why);
		if (err != ERR_OK)
			fault_write(fault, "%s: %s", path, why.text);
	}
	if (err == ERR_OK) {
		out->roster = d.text;
		out->territory = r.territory;
	}
	form_close(&f);
	return err;
}

/* "territory" is only there to notice a folder put together from two territories. */
static void
check_territory(struct form *f, const struct enrolment *e)
{
	const char *text = form_text(f, f->root, "", "territory", FORM_OPTIONAL, 8);
	char want[9];

	snprintf(want, sizeof want, "%08x", (unsigned)e->territory);
	if (text != NULL && strcmp(text, want) != 0)
		form_complain(f, ERR_CONFLICT, "territory", "is not the roster's");
}

static enum err
one_read(struct enrolment *e, const char *folder, uint32_t first_cabinet,
	struct fault *fault)
{
	char path[PATH_MAX];
	struct form f;
	enum err err;

	file_in(path, folder, "roster.json");
	err = roster_load(e, path, fault);
	if (err != ERR_OK)
		return err;
	e->count = 1;
	e->at = arena_alloc(e->arena, sizeof *e->at);
	if (e->at == NULL)
		return fault_set(fault, ERR_NOMEM, "%s: no memory", folder);
	e->at[0].cabinet = first_cabinet;
	file_in(path, folder, "place.json");
	f = form_open(path, PLACE_MAX, fault);
	if (f.err == ERR_OK) {
		form_fields(&f, f.root, "", "siren zone path groups territory name");
		get_place(&f, f.root, "", &e->at[0]);
		check_territory(&f, e);
	}
	err = f.err;
	form_close(&f);
	return err == ERR_OK ? key_read(&e->at[0].key, folder, fault) : err;
}

static void
get_siren(
	struct form *f, json_t *object, size_t index, uint32_t cabinet, struct enrolled *e)
{
	char at[FORM_PATH], path[FORM_PATH];
	const char *seed;

	snprintf(at, sizeof at, "sirens[%zu]", index);
	if (!json_is_object(object)) {
		form_complain(f, ERR_FORMAT, at, "must be an object");
		return;
	}
	form_fields(f, object, at, "siren zone path groups seed cabinet name");
	get_place(f, object, at, e);
	e->cabinet = (uint32_t)form_number(
		f, object, at, "cabinet", FORM_OPTIONAL, 1, 1000000, cabinet);
	seed = form_text(f, object, at, "seed", FORM_NEEDED, SEED_DIGITS);
	form_path(path, at, "seed");
	if (seed != NULL && !seed_read(&e->key, seed))
		form_complain(f, ERR_FORMAT, path, "must be 64 hexadecimal digits");
}

static int
by_number(const void *a, const void *b)
{
	const struct enrolled *first = a, *second = b;

	return first->siren < second->siren ? -1 : first->siren > second->siren;
}

static void
get_sirens(struct form *f, struct enrolment *e, uint32_t first_cabinet)
{
	json_t *list = form_list(f, f->root, "", "sirens", FORM_NEEDED, 1, ENROL_SIRENS);
	char path[FORM_PATH];

	e->count = json_array_size(list);
	e->at = arena_alloc(e->arena, (e->count + 1) * sizeof *e->at);
	if (e->at == NULL) {
		f->err = fault_set(f->fault, ERR_NOMEM, "%s: no memory", f->file);
		return;
	}
	for (size_t i = 0; i < e->count && f->err == ERR_OK; i++)
		get_siren(f, json_array_get(list, i), i, first_cabinet + (uint32_t)i,
			&e->at[i]);
	qsort(e->at, e->count, sizeof *e->at, by_number);
	for (size_t i = 1; i < e->count && f->err == ERR_OK; i++) {
		snprintf(path, sizeof path, "two sirens have the number %u",
			(unsigned)e->at[i].siren);
		if (e->at[i].siren == e->at[i - 1].siren)
			form_complain(f, ERR_DUPLICATE, "sirens", path);
	}
}

static enum err
fleet_read(struct enrolment *e, const char *folder, const char *path,
	uint32_t first_cabinet, struct fault *fault)
{
	struct form f = form_open(path, FLEET_MAX, fault);
	char roster[PATH_MAX];
	const char *text;

	if (f.err == ERR_OK) {
		form_fields(&f, f.root, "", "roster sirens territory");
		text = form_text(&f, f.root, "", "roster", FORM_NEEDED, 1024);
		file_in(roster, folder, text != NULL ? text : "");
	}
	if (f.err == ERR_OK)
		f.err = roster_load(e, roster, fault);
	if (f.err == ERR_OK) {
		check_territory(&f, e);
		get_sirens(&f, e, first_cabinet);
	}
	form_close(&f);
	return f.err;
}

enum err
enrolment_read(struct enrolment *out, const char *folder, uint32_t first_cabinet,
	struct fault *fault)
{
	struct enrolment e = {0};
	char path[PATH_MAX];
	enum err err = arena_new(&e.arena);

	if (err != ERR_OK)
		return fault_set(fault, err, "%s: no memory", folder);
	file_in(path, folder, "fleet.json");
	e.fleet = access(path, F_OK) == 0;
	err = e.fleet ? fleet_read(&e, folder, path, first_cabinet, fault)
		      : one_read(&e, folder, first_cabinet, fault);
	if (err == ERR_OK)
		*out = e;
	else
		enrolment_free(&e);
	return err;
}

void
enrolment_free(struct enrolment *e)
{
	arena_free(e->arena);
	*e = (struct enrolment){0};
}

const struct enrolled *
enrolment_find(const struct enrolment *e, uint32_t siren)
{
	struct enrolled key = {.siren = siren};

	return bsearch(&key, e->at, e->count, sizeof *e->at, by_number);
}
