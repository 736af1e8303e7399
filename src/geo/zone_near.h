/* SPDX-License-Identifier: GPL-3.0-or-later */
/* zone_near.h: which zone did somebody mean who wrote a word that is no zone's id? */
#ifndef GEO_ZONE_NEAR_H
#define GEO_ZONE_NEAR_H

#include "geo/zones.h"

enum near {
	NEAR_NONE, /* nothing like it, or several that are equally like it */
	NEAR_NAME, /* its name in some language; ids and aliases count, names do not */
	NEAR_KEY,  /* its id or alias but for letter case or one or two typing errors */
};

/* Only to tell a person, never to go on with. `*out` is set but for NEAR_NONE. */
enum near zone_near(const struct zone **out, const struct zones *z, const char *word);
/* Why `word` is no zone here, and which one may be meant; `z` may be NULL. ERR_UNKNOWN. */
CHECKED enum err zone_unknown(struct fault *fault, const struct zones *z, const char *word);

#endif
