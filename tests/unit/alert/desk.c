/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "desk.h"

#include "wire/geojson.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void
must(bool good, const char *what)
{
	if (good)
		return;
	fprintf(stderr, "desk: %s\n", what);
	abort();
}

static struct buffer
file_read(const char *name)
{
	struct buffer out = {0};
	char chunk[8192];
	FILE *f = fopen(name, "rb");
	size_t n;

	must(f != NULL, name);
	while ((n = fread(chunk, 1, sizeof chunk, f)) > 0)
		write_bytes(&out, chunk, n);
	fclose(f);
	return out;
}

int
desk_setup(void **state)
{
	const struct geojson_options options = {0};
	struct desk *d = calloc(1, sizeof *d);
	struct buffer zones = file_read("share/demo/zones.geojson");
	struct buffer playbook = file_read("share/playbooks/air-raid.json");

	must(d != NULL && arena_new(&d->arena) == ERR_OK, "no memory");
	must(geojson_read_zones(&d->zones, buffer_bytes(&zones), &options, &d->fault) ==
			ERR_OK,
		d->fault.text);
	must(playbook_read(&d->playbook, d->arena, "air-raid.json", buffer_bytes(&playbook),
		     &d->fault) == ERR_OK,
		d->fault.text);
	must(book_new(&d->book, d->zones) == ERR_OK, "no memory");
	d->now_ms = NOON_MS;
	buffer_free(&zones);
	buffer_free(&playbook);
	*state = d;
	return 0;
}

int
desk_teardown(void **state)
{
	struct desk *d = *state;

	book_free(d->book);
	zones_free(d->zones);
	arena_free(d->arena);
	buffer_free(&d->bytes);
	free(d);
	return 0;
}

struct compose
desk_compose(struct desk *d, enum verb verb, uint64_t alert)
{
	return (struct compose){.verb = verb,
		.zones = d->zones,
		.book = d->book,
		.playbook = &d->playbook,
		.pattern = ATTACK,
		.pattern_all_clear = CLEAR,
		.alert = alert ? book_find(d->book, alert) : NULL,
		.territory = 0x0be1f41a,
		.roster = 1,
		.mode = MODE_LIVE,
		.sender = "belfry.example.org",
		.now_ms = d->now_ms,
		.random = ++d->random};
}

enum err
desk_try(struct desk *d, const struct compose *in)
{
	enum err err;

	buffer_clear(&d->bytes);
	d->fault = (struct fault){""};
	err = compose(&d->bytes, &d->order, in, &d->fault);
	if (err == ERR_OK)
		must(content_read(&d->content, d->arena, buffer_bytes(&d->bytes),
			     &d->fault) == ERR_OK,
			d->fault.text);
	return err;
}

const struct alert *
desk_publish(struct desk *d)
{
	must(book_content(d->book, buffer_bytes(&d->bytes), &d->fault) == ERR_OK, "book");
	return book_order(d->book, &d->order, d->now_ms, true);
}

uint64_t
desk_alert(struct desk *d, const uint16_t *zone, size_t count)
{
	struct compose in = desk_compose(d, VERB_ALERT, 0);
	const struct alert *a;

	in.zone = zone;
	in.zone_count = count;
	must(desk_try(d, &in) == ERR_OK, d->fault.text);
	a = desk_publish(d);
	must(a != NULL, "no alert");
	return d->order.body[0].id;
}

const struct alert *
desk_follow(struct desk *d, enum verb verb, uint64_t alert)
{
	struct compose in = desk_compose(d, verb, alert);

	must(desk_try(d, &in) == ERR_OK, d->fault.text);
	return desk_publish(d);
}
