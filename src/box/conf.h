/* SPDX-License-Identifier: GPL-3.0-or-later */
/* conf.h: belfry-siren's configuration file: JSON, described in belfry-siren(8). Paths in it are
 * relative to the folder that the file is in. */
#ifndef BOX_CONF_H
#define BOX_CONF_H

#include "base/arena.h"
#include "hands/relay_gpio.h"
#include "hands/sound.h"

enum { BOX_EDGES = 4 };

enum box_relay { BOX_RELAY_NONE, BOX_RELAY_CABINET, BOX_RELAY_GPIO };

struct box_conf {
	struct arena *arena; /* all text lives here */
	const char *state;   /* folder */
	const char *edge[BOX_EDGES];
	size_t edges;	      /* at least one */
	const char *patterns; /* folder */
	enum box_relay relay;
	const char *cabinet;  /* socket, of BOX_RELAY_CABINET */
	uint32_t cabinet_box; /* the (first) box's number there, from 1 */
	struct gpio_wiring gpio;
	const char *sound_text; /* as it stands in the file, with its path made whole */
	struct sound sound;
	const char *status;   /* file; NULL: none */
	uint16_t seconds_cap; /* of one sounding; 0: the pattern's own */
	bool clock_chip;      /* the box has a clock that runs without power */
};

/* On success the caller ends *out with box_conf_free(). Errors: ERR_IO, ERR_FORMAT, ERR_RANGE,
 * ERR_NOMEM, with file, line, column and field in *fault. */
CHECKED enum err box_conf_read(struct box_conf *out, const char *file, struct fault *fault);
void box_conf_free(struct box_conf *c);

#endif
