/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A recorder stands in libgpiod's place at link time: it writes down each call and plays the
 * chip. It shows that we call the library as its header says, not that a pin moves. */
#include "base/bytes.h"
#include "hands/relay_gpio.h"

#include <errno.h>
#include <gpiod.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

enum { LINES = 32 };

struct gpiod_chip {
	int open;
};
struct gpiod_line {
	int value, deaf; /* deaf: takes a value and keeps its own */
	bool busy;
};

static struct gpiod_chip the_chip;
static struct gpiod_line line_of[LINES];
static struct buffer calls;

struct gpiod_chip *
gpiod_chip_open_lookup(const char *name)
{
	write_format(&calls, "open %s\n", name);
	if (strcmp(name, "gpiochip0") != 0) {
		errno = ENOENT;
		return NULL;
	}
	the_chip.open++;
	return &the_chip;
}

void
gpiod_chip_close(struct gpiod_chip *chip)
{
	chip->open--;
}

struct gpiod_line *
gpiod_chip_get_line(struct gpiod_chip *chip, unsigned int offset)
{
	(void)chip;
	errno = EINVAL;
	return offset < LINES ? &line_of[offset] : NULL;
}

static int
claim(struct gpiod_line *line)
{
	errno = EBUSY;
	if (line->busy)
		return -1;
	line->busy = true;
	return 0;
}

int
gpiod_line_request_output_flags(
	struct gpiod_line *line, const char *who, int flags, int value)
{
	write_format(&calls, "output %d %s flags %d value %d\n", (int)(line - line_of), who,
		flags, value);
	line->value = value;
	return claim(line);
}

int
gpiod_line_request_input_flags(struct gpiod_line *line, const char *who, int flags)
{
	write_format(&calls, "input %d %s flags %d\n", (int)(line - line_of), who, flags);
	return claim(line);
}

int
gpiod_line_set_value(struct gpiod_line *line, int value)
{
	write_format(&calls, "set %d %d\n", (int)(line - line_of), value);
	if (!line->deaf)
		line->value = value;
	return 0;
}

int
gpiod_line_get_value(struct gpiod_line *line)
{
	errno = EIO;
	return line->value;
}

void
gpiod_line_release(struct gpiod_line *line)
{
	write_format(&calls, "release %d\n", (int)(line - line_of));
	line->busy = false;
}

static struct gpio_pin
pin(const char *text)
{
	struct gpio_pin p;
	struct fault fault = {""};

	if (gpio_pin_read(&p, text, &fault) != ERR_OK)
		fail_msg("%s", fault.text);
	return p;
}

static struct gpio_wiring
full_wiring(void)
{
	return (struct gpio_wiring){.relay = pin("gpiochip0:17"),
		.contact = pin("gpiochip0:18"),
		.current = pin("gpiochip0:5:low"),
		.mains = pin("gpiochip0:6"),
		.cabinet_door = pin("gpiochip0:7"),
		.battery_door = pin("gpiochip0:8"),
		.local_activation = pin("gpiochip0:9")};
}

static int
setup(void **state)
{
	(void)state;
	memset(line_of, 0, sizeof line_of);
	the_chip.open = 0;
	buffer_clear(&calls);
	return 0;
}

static int
teardown(void **state)
{
	(void)state;
	buffer_free(&calls);
	calls = (struct buffer){0};
	return 0;
}

static struct relay
opened(const struct gpio_wiring *w, bool closed)
{
	struct relay r;
	struct fault fault = {""};

	if (relay_gpio_open(&r, w, closed, &fault) != ERR_OK)
		fail_msg("%s", fault.text);
	return r;
}

static void
pins_are_claimed_once_the_relay_last_and_all_given_back(void **state)
{
	struct gpio_wiring w = full_wiring();
	struct relay r = opened(&w, false);

	(void)state;
	assert_non_null(strstr(buffer_text(&calls), "input 18 belfry-siren flags 0\n"));
	assert_non_null(strstr(buffer_text(&calls), "input 5 belfry-siren flags 4\n"));
	assert_int_equal(GPIOD_LINE_REQUEST_FLAG_ACTIVE_LOW, 4);
	assert_string_equal(strstr(buffer_text(&calls), "output"),
		"output 17 belfry-siren flags 0 value 0\n");
	relay_close(&r);
	for (size_t i = 0; i < LINES; i++)
		assert_false(line_of[i].busy);
	assert_int_equal(the_chip.open, 0);
}

static void
a_box_that_restarts_while_it_sounds_keeps_the_relay_closed(void **state)
{
	struct gpio_wiring w = {.relay = pin("gpiochip0:17")};
	struct relay r = opened(&w, true);

	(void)state;
	assert_string_equal(buffer_text(&calls),
		"open gpiochip0\noutput 17 belfry-siren flags 0 value 1\n");
	relay_close(&r);
}

static void
the_relay_is_set_and_read_back(void **state)
{
	struct gpio_wiring w = {.relay = pin("gpiochip0:17")};
	struct relay r = opened(&w, false);
	struct fault fault = {""};

	(void)state;
	assert_int_equal(relay_set(&r, true, &fault), ERR_OK);
	assert_int_equal(line_of[17].value, 1);
	assert_int_equal(relay_set(&r, false, &fault), ERR_OK);
	assert_int_equal(line_of[17].value, 0);
	line_of[17].deaf = 1;
	assert_int_equal(relay_set(&r, true, &fault), ERR_IO);
	assert_string_equal(fault.text, "relay pin: set on but reads off");
	relay_close(&r);
}

static void
every_sensor_is_read_from_its_own_pin(void **state)
{
	struct gpio_wiring w = full_wiring();
	struct relay r = opened(&w, false);
	struct relay_inputs in;

	(void)state;
	assert_int_equal(relay_fd(&r), -1);
	for (int which = 0; which < 6; which++) {
		static const int offset[] = {18, 5, 6, 7, 8, 9};

		line_of[offset[which]].value = 1;
		assert_int_equal(relay_inputs(&r, &in, NULL), ERR_OK);
		assert_true(in.known);
		assert_int_equal(in.relay_closed, which == 0);
		assert_int_equal(in.current_seen, which == 1);
		assert_int_equal(in.mains, which == 2);
		assert_int_equal(in.cabinet_door, which == 3);
		assert_int_equal(in.battery_door, which == 4);
		assert_int_equal(in.local_activation, which == 5);
		assert_int_equal(in.battery_mv, 0);
		line_of[offset[which]].value = 0;
	}
	line_of[6].value = -1;
	assert_int_equal(relay_inputs(&r, &in, NULL), ERR_IO);
	relay_close(&r);
}

static void
what_is_not_wired_reads_as_nothing_and_mains_as_there(void **state)
{
	struct gpio_wiring w = {.relay = pin("gpiochip0:17")};
	struct relay r = opened(&w, true);
	struct relay_inputs in;

	(void)state;
	assert_int_equal(relay_inputs(&r, &in, NULL), ERR_OK);
	assert_true(in.relay_closed && in.mains && in.known);
	assert_false(in.current_seen || in.cabinet_door || in.battery_door);
	relay_close(&r);
}

static void
the_battery_is_read_from_its_file(void **state)
{
	char path[] = "/tmp/belfry-battery-XXXXXX";
	int fd = mkstemp(path);
	struct gpio_wiring w = {.relay = pin("gpiochip0:17"), .battery_path = path};
	struct relay r = opened(&w, false);
	struct relay_inputs in;

	(void)state;
	assert_int_equal(write(fd, "12850\n", 6), 6);
	assert_int_equal(relay_inputs(&r, &in, NULL), ERR_OK);
	assert_int_equal(in.battery_mv, 12850);
	assert_int_equal(pwrite(fd, "nan", 3, 0), 3);
	assert_int_equal(relay_inputs(&r, &in, NULL), ERR_OK);
	assert_int_equal(in.battery_mv, 0);
	close(fd);
	unlink(path);
	assert_int_equal(relay_inputs(&r, &in, NULL), ERR_OK);
	assert_int_equal(in.battery_mv, 0);
	relay_close(&r);
}

static void
a_pin_has_one_owner(void **state)
{
	struct gpio_wiring w = full_wiring();
	struct relay r;
	struct fault fault = {""};

	(void)state;
	line_of[17].busy = true;
	assert_int_equal(relay_gpio_open(&r, &w, true, &fault), ERR_BUSY);
	assert_non_null(
		strstr(fault.text, "relay pin gpiochip0:17: another program holds it"));
	line_of[17].busy = false; /* the other's; ours must all be free again */
	for (size_t i = 0; i < LINES; i++)
		assert_false(line_of[i].busy);
	assert_int_equal(the_chip.open, 0);
}

static void
a_sensor_that_cannot_be_had_leaves_the_relay_alone(void **state)
{
	struct gpio_wiring w = full_wiring();
	struct relay r;
	struct fault fault = {""};

	(void)state;
	w.current = pin("gpiochip9:5");
	assert_int_equal(relay_gpio_open(&r, &w, true, &fault), ERR_IO);
	assert_non_null(strstr(fault.text, "current pin gpiochip9:5: no such chip"));
	w.current = pin("gpiochip0:99");
	assert_int_equal(relay_gpio_open(&r, &w, true, &fault), ERR_IO);
	assert_null(strstr(buffer_text(&calls), "output"));
	assert_int_equal(
		relay_gpio_open(&r, &(struct gpio_wiring){0}, true, &fault), ERR_FORMAT);
	assert_int_equal(the_chip.open, 0);
}

static void
pins_have_one_text_form(void **state)
{
	static const char *const bad[] = {"", "gpiochip0", ":4",
		"gpiochip0:", "gpiochip0:x", "gpiochip0:04", "gpiochip0:1024",
		"gpiochip0:4:", "gpiochip0:4:high", "gpiochip0:4:low:low", "gpiochip0:-1",
		"0123456789012345678901234567890123456789012345678901234567890123:4"};
	struct gpio_pin p = pin("/dev/gpiochip1:4:low");
	struct fault fault;

	(void)state;
	assert_true(p.wired && p.active_low);
	assert_string_equal(p.chip, "/dev/gpiochip1");
	assert_int_equal(p.offset, 4);
	assert_false(pin("gpiochip0:1023").active_low);
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
		if (gpio_pin_read(&p, bad[i], &fault) != ERR_FORMAT)
			fail_msg("\"%s\" was taken", bad[i]);
}

int
main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
		TEST(pins_are_claimed_once_the_relay_last_and_all_given_back),
		TEST(a_box_that_restarts_while_it_sounds_keeps_the_relay_closed),
		TEST(the_relay_is_set_and_read_back),
		TEST(every_sensor_is_read_from_its_own_pin),
		TEST(what_is_not_wired_reads_as_nothing_and_mains_as_there),
		TEST(the_battery_is_read_from_its_file),
		TEST(a_pin_has_one_owner),
		TEST(a_sensor_that_cannot_be_had_leaves_the_relay_alone),
		TEST(pins_have_one_text_form),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
