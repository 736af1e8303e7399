/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * relay_gpio.h: a relay and sensors on the pins of a board, by libgpiod 1.6.
 *
 * Tested with a recorder in libgpiod's place; NOT RUN ON REAL GPIO.
 */
#ifndef HANDS_RELAY_GPIO_H
#define HANDS_RELAY_GPIO_H

#include "hands/relay.h"

enum { GPIO_CHIP = 64 };

/* One line of one chip. */
struct gpio_pin {
	bool wired; /* false: there is no such sensor */
	char chip
		[GPIO_CHIP]; /* name, path, label or number: what gpiod_chip_open_lookup takes */
	unsigned offset;
	bool active_low;
};

/* Text form: "gpiochip0:17", or "gpiochip0:17:low" for active low. Errors: ERR_FORMAT, with
 * *fault. */
CHECKED enum err gpio_pin_read(struct gpio_pin *out, const char *text, struct fault *fault);

struct gpio_wiring {
	struct gpio_pin relay;	 /* the only one that must be wired */
	struct gpio_pin contact; /* auxiliary contact of the relay: the better read-back */
	struct gpio_pin current, mains, cabinet_door, battery_door, local_activation;
	const char *
		battery_path; /* a file that holds millivolts as text; NULL: not measured */
};

/*
 * Claim the pins. `closed` is what the relay shall be from the first moment: a box that restarts
 * while it sounds says true, so that the restart changes nothing. A sensor that is not wired
 * reads false, but mains, which reads true.
 * Errors: ERR_BUSY (another program holds a pin: the kernel lends each to one), ERR_IO (no such
 * chip or pin), ERR_FORMAT (no relay wired), ERR_NOMEM, each with *fault naming the pin.
 */
CHECKED enum err relay_gpio_open(struct relay *out, const struct gpio_wiring *wiring,
	bool closed, struct fault *fault);

#endif
