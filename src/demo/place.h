/* SPDX-License-Identifier: GPL-3.0-or-later */
/* place.h: where the programs and their data are. */
#ifndef DEMO_PLACE_H
#define DEMO_PLACE_H

#include "base/err.h"

struct place_of_files {
	char bin[4096]; /* folder of this program, and so of its fellows */
	char data
		[4096]; /* folder that holds share/ and web/: $BELFRY_DATA, else as installed */
};

/* Errors: ERR_IO, with what to do. */
CHECKED enum err place_find(struct place_of_files *out, struct fault *fault);

#endif
