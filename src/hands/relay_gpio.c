/* SPDX-License-Identifier: GPL-3.0-or-later */
/* relay_gpio.c: pins by libgpiod's v1 interface. */
#include "hands/relay_gpio.h"

#include "base/text.h"

#include <errno.h>
#include <gpiod.h>
#include <stdlib.h>
#include <string.h>

/* The relay comes last: it is touched only when all else is in place. */
enum { CONTACT, CURRENT, MAINS, CABINET_DOOR, BATTERY_DOOR, LOCAL, RELAY, PINS };

static const char *const pin_word[PINS] = {"contact", "current", "mains", "cabinet door",
	"battery door", "local activation", "relay"};

struct board {
	struct gpiod_chip *chip[PINS]; /* one handle a pin: they are few */
	struct gpiod_line *line[PINS]; /* NULL where nothing is wired */
	char *battery_path;
};

enum err
gpio_pin_read(struct gpio_pin *out, const char *text, struct fault *fault)
{
	size_t chip = strcspn(text, ":"), digits;
	struct gpio_pin pin = {.wired = true};
	const char *rest = text + chip + 1;
	uint64_t offset;

	if (chip == 0 || chip >= GPIO_CHIP || text[chip] != ':')
		return fault_set(fault, ERR_FORMAT,
			"pin \"%s\": write CHIP:OFFSET, as gpiochip0:17, or "
			"gpiochip0:17:low",
			text);
	memcpy(pin.chip, text, chip);
	digits = strcspn(rest, ":");
	pin.active_low = strcmp(rest + digits, ":low") == 0;
	if (number_read(&offset, rest, digits, 1023) != ERR_OK ||
		(rest[digits] != '\0' && !pin.active_low))
		return fault_set(fault, ERR_FORMAT,
			"pin \"%s\": the offset is 0 to 1023, and only \":low\" may follow",
			text);
	pin.offset = (unsigned)offset;
	*out = pin;
	return ERR_OK;
}

static void
board_close(void *self)
{
	struct board *b = self;

	for (size_t i = 0; i < PINS; i++) {
		if (b->line[i] != NULL)
			gpiod_line_release(b->line[i]);
		if (b->chip[i] != NULL)
			gpiod_chip_close(b->chip[i]);
	}
	free(b->battery_path);
	free(b);
}

static enum err
pin_fault(struct fault *fault, enum err err, size_t which, const struct gpio_pin *pin,
	const char *what)
{
	return fault_set(fault, err, "%s pin %s:%u: %s: %s", pin_word[which], pin->chip,
		pin->offset, what, strerror(errno));
}

static enum err
pin_claim(struct board *b, size_t which, const struct gpio_pin *pin, bool closed,
	struct fault *fault)
{
	int flags = pin->active_low ? GPIOD_LINE_REQUEST_FLAG_ACTIVE_LOW : 0, rc;
	struct gpiod_line *line;

	if (!pin->wired)
		return ERR_OK;
	b->chip[which] = gpiod_chip_open_lookup(pin->chip);
	if (b->chip[which] == NULL)
		return pin_fault(fault, ERR_IO, which, pin, "no such chip");
	line = gpiod_chip_get_line(b->chip[which], pin->offset);
	if (line == NULL)
		return pin_fault(fault, ERR_IO, which, pin, "no such line");
	rc = which == RELAY
		     ? gpiod_line_request_output_flags(line, "belfry-siren", flags, closed)
		     : gpiod_line_request_input_flags(line, "belfry-siren", flags);
	if (rc != 0 && errno == EBUSY)
		return pin_fault(fault, ERR_BUSY, which, pin, "another program holds it");
	if (rc != 0)
		return pin_fault(fault, ERR_IO, which, pin, "cannot be claimed");
	b->line[which] = line;
	return ERR_OK;
}

static enum err
board_set(void *self, bool on, struct fault *fault)
{
	struct board *b = self;
	int got;

	if (gpiod_line_set_value(b->line[RELAY], on) != 0)
		return fault_set(
			fault, ERR_IO, "relay pin: cannot be set: %s", strerror(errno));
	got = gpiod_line_get_value(b->line[RELAY]);
	if (got != (int)on)
		return fault_set(fault, ERR_IO, "relay pin: set %s but reads %s",
			on ? "on" : "off",
			got < 0	  ? strerror(errno)
			: got > 0 ? "on"
				  : "off");
	return ERR_OK;
}

/* 0 where there is nothing to read: an unmeasured battery, never a good one. */
static uint16_t
battery_mv(const char *path)
{
	char text[16] = "";
	uint64_t mv = 0;
	FILE *f = path != NULL ? fopen(path, "re") : NULL;

	if (f == NULL)
		return 0;
	if (fgets(text, sizeof text, f) == NULL ||
		number_read(&mv, text, strcspn(text, "\n"), UINT16_MAX) != ERR_OK)
		mv = 0;
	fclose(f);
	return (uint16_t)mv;
}

static enum err
board_inputs(void *self, struct relay_inputs *out, struct fault *fault)
{
	struct board *b = self;
	bool is[PINS] = {[MAINS] = true};

	for (size_t i = 0; i < PINS; i++) {
		int got = b->line[i] != NULL ? gpiod_line_get_value(b->line[i]) : is[i];

		if (got < 0)
			return fault_set(fault, ERR_IO, "%s pin: cannot be read: %s",
				pin_word[i], strerror(errno));
		is[i] = got > 0;
	}
	*out = (struct relay_inputs){.known = true,
		.relay_closed = b->line[CONTACT] != NULL ? is[CONTACT] : is[RELAY],
		.current_seen = is[CURRENT],
		.mains = is[MAINS],
		.cabinet_door = is[CABINET_DOOR],
		.battery_door = is[BATTERY_DOOR],
		.local_activation = is[LOCAL],
		.battery_mv = battery_mv(b->battery_path)};
	return ERR_OK;
}

static int
board_fd(void *self)
{
	(void)self;
	return -1;
}

enum err
relay_gpio_open(struct relay *out, const struct gpio_wiring *wiring, bool closed,
	struct fault *fault)
{
	static const struct relay_does does = {
		board_set, board_inputs, board_fd, board_close};
	const struct gpio_pin *pin[PINS] = {&wiring->contact, &wiring->current,
		&wiring->mains, &wiring->cabinet_door, &wiring->battery_door,
		&wiring->local_activation, &wiring->relay};
	struct board *b;
	enum err err = ERR_OK;

	if (!wiring->relay.wired)
		return fault_set(fault, ERR_FORMAT, "no pin is named for the relay");
	b = calloc(1, sizeof *b);
	if (b == NULL)
		return fault_set(fault, ERR_NOMEM, "no memory for the pins");
	if (wiring->battery_path != NULL)
		b->battery_path = strdup(wiring->battery_path);
	if (wiring->battery_path != NULL && b->battery_path == NULL)
		err = fault_set(fault, ERR_NOMEM, "no memory for the pins");
	for (size_t i = 0; i < PINS && err == ERR_OK; i++)
		err = pin_claim(b, i, pin[i], closed, fault);
	if (err != ERR_OK) {
		board_close(b);
		return err;
	}
	*out = (struct relay){&does, b};
	return ERR_OK;
}
