/* SPDX-License-Identifier: GPL-3.0-or-later */
/* conf.c: reads belfry-siren's configuration. */
#include "box/conf.h"

#include "box/form.h"
#include "loop/address.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { CONF_MAX = 65536, TEXT_MAX = 1024 };

/* A path as the file means it; NULL without memory, which `f` then knows. */
static const char *
whole_path(struct form *f, struct arena *arena, const char *path)
{
	char whole[PATH_MAX];
	const char *slash = strrchr(f->file, '/'), *copy;
	int folder = *path == '/' || slash == NULL ? 0 : (int)(slash - f->file) + 1;

	snprintf(whole, sizeof whole, "%.*s%s", folder, f->file, path);
	copy = arena_text(arena, whole, strlen(whole));
	if (copy == NULL && f->err == ERR_OK)
		f->err = fault_set(f->fault, ERR_NOMEM, "%s: no memory", f->file);
	return copy;
}

static const char *
get_path(struct form *f, struct arena *arena, const char *key, enum form_need need)
{
	const char *text = form_text(f, f->root, "", key, need, TEXT_MAX);

	return text != NULL ? whole_path(f, arena, text) : NULL;
}

static void
get_edges(struct form *f, struct box_conf *c)
{
	json_t *list = form_list(f, f->root, "", "edges", FORM_NEEDED, 1, BOX_EDGES);
	char path[FORM_PATH];
	struct address at;
	struct fault why;

	for (size_t i = 0; i < json_array_size(list); i++) {
		const char *text = json_string_value(json_array_get(list, i));

		snprintf(path, sizeof path, "edges[%zu]", i);
		if (text == NULL)
			form_complain(f, ERR_FORMAT, path, "must be text as \"host:port\"");
		else if (address_read(&at, text, &why) != ERR_OK)
			form_complain(f, ERR_FORMAT, path, why.text);
		else
			c->edge[c->edges++] = arena_text(c->arena, text, strlen(text));
	}
}

static void
get_pin(struct form *f, json_t *wiring, const char *key, enum form_need need,
	struct gpio_pin *pin)
{
	const char *text = form_text(f, wiring, "relay.gpio", key, need, TEXT_MAX);
	char path[FORM_PATH];
	struct fault why;

	form_path(path, "relay.gpio", key);
	if (text != NULL && gpio_pin_read(pin, text, &why) != ERR_OK)
		form_complain(f, ERR_FORMAT, path, why.text);
}

static void
get_gpio(struct form *f, json_t *wiring, struct box_conf *c)
{
	const char *battery =
		form_text(f, wiring, "relay.gpio", "battery", FORM_OPTIONAL, TEXT_MAX);

	form_fields(f, wiring, "relay.gpio",
		"relay contact current mains cabinet_door battery_door local battery");
	c->relay = BOX_RELAY_GPIO;
	get_pin(f, wiring, "relay", FORM_NEEDED, &c->gpio.relay);
	get_pin(f, wiring, "contact", FORM_OPTIONAL, &c->gpio.contact);
	get_pin(f, wiring, "current", FORM_OPTIONAL, &c->gpio.current);
	get_pin(f, wiring, "mains", FORM_OPTIONAL, &c->gpio.mains);
	get_pin(f, wiring, "cabinet_door", FORM_OPTIONAL, &c->gpio.cabinet_door);
	get_pin(f, wiring, "battery_door", FORM_OPTIONAL, &c->gpio.battery_door);
	get_pin(f, wiring, "local", FORM_OPTIONAL, &c->gpio.local_activation);
	if (battery != NULL)
		c->gpio.battery_path = whole_path(f, c->arena, battery);
}

static void
get_relay(struct form *f, struct box_conf *c)
{
	json_t *relay = json_object_get(f->root, "relay"), *gpio;
	const char *text = json_string_value(relay), *cabinet;

	c->relay = BOX_RELAY_NONE;
	if (relay == NULL) {
		form_complain(f, ERR_FORMAT, "relay", "is missing");
	} else if (text != NULL ? strcmp(text, "none") != 0 : !json_is_object(relay)) {
		form_complain(f, ERR_FORMAT, "relay",
			"must be \"none\", {\"cabinet\": …} or {\"gpio\": {…}}");
	} else if ((gpio = json_object_get(relay, "gpio")) != NULL) {
		form_fields(f, relay, "relay", "gpio");
		get_gpio(f, gpio, c);
	} else if (text == NULL) {
		form_fields(f, relay, "relay", "cabinet box");
		cabinet = form_text(f, relay, "relay", "cabinet", FORM_NEEDED, TEXT_MAX);
		c->relay = BOX_RELAY_CABINET;
		c->cabinet = cabinet != NULL ? whole_path(f, c->arena, cabinet) : NULL;
		c->cabinet_box = (uint32_t)form_number(
			f, relay, "relay", "box", FORM_OPTIONAL, 1, 1000000, 1);
	}
}

static void
get_sound(struct form *f, struct box_conf *c)
{
	const char *text = form_text(f, f->root, "", "sound", FORM_OPTIONAL, TEXT_MAX);
	char whole[PATH_MAX];
	struct fault why;

	if (text == NULL)
		text = "none";
	snprintf(whole, sizeof whole, "%s", text);
	if (strncmp(text, "wav:", 4) == 0) {
		const char *path = whole_path(f, c->arena, text + 4);

		snprintf(whole, sizeof whole, "wav:%s", path != NULL ? path : "");
	}
	c->sound_text = arena_text(c->arena, whole, strlen(whole));
	if (c->sound_text == NULL)
		f->err = fault_set(f->fault, ERR_NOMEM, "%s: no memory", f->file);
	else if (sound_read(&c->sound, c->sound_text, &why) != ERR_OK)
		form_complain(f, ERR_FORMAT, "sound", why.text);
}

/* Where the patterns are if the file does not say: with the other data of Belfry. */
static const char *
usual_patterns(struct form *f, struct arena *arena)
{
	const char *data = getenv("BELFRY_DATA"), *copy;
	char path[PATH_MAX];

	snprintf(path, sizeof path, "%s/patterns", data != NULL ? data : BELFRY_DATADIR);
	copy = arena_text(arena, path, strlen(path));
	if (copy == NULL && f->err == ERR_OK)
		f->err = fault_set(f->fault, ERR_NOMEM, "%s: no memory", f->file);
	return copy;
}

static void
get_switches(struct form *f, struct box_conf *c)
{
	json_t *chip = json_object_get(f->root, "clock_chip");

	if (chip != NULL && !json_is_boolean(chip))
		form_complain(f, ERR_FORMAT, "clock_chip", "must be true or false");
	c->clock_chip = chip == NULL || json_is_true(chip);
	c->seconds_cap = (uint16_t)form_number(
		f, f->root, "", "seconds_cap", FORM_OPTIONAL, 1, UINT16_MAX, 0);
}

enum err
box_conf_read(struct box_conf *out, const char *file, struct fault *fault)
{
	struct box_conf c = {0};
	struct form f;
	enum err err = arena_new(&c.arena);

	if (err != ERR_OK)
		return fault_set(fault, err, "%s: no memory", file);
	f = form_open(file, CONF_MAX, fault);
	if (f.err == ERR_OK) {
		form_fields(&f, f.root, "",
			"state edges patterns relay sound seconds_cap status clock_chip");
		c.state = get_path(&f, c.arena, "state", FORM_NEEDED);
		get_edges(&f, &c);
		c.patterns = get_path(&f, c.arena, "patterns", FORM_OPTIONAL);
		if (c.patterns == NULL)
			c.patterns = usual_patterns(&f, c.arena);
		get_relay(&f, &c);
		get_sound(&f, &c);
		c.status = get_path(&f, c.arena, "status", FORM_OPTIONAL);
		get_switches(&f, &c);
	}
	err = f.err;
	form_close(&f);
	if (err == ERR_OK)
		*out = c;
	else
		box_conf_free(&c);
	return err;
}

void
box_conf_free(struct box_conf *c)
{
	arena_free(c->arena);
	*c = (struct box_conf){0};
}
