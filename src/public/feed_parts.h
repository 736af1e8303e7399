/* SPDX-License-Identifier: GPL-3.0-or-later */
/* feed_parts.h: what the Atom and the RSS feed say alike. */
#ifndef PUBLIC_FEED_PARTS_H
#define PUBLIC_FEED_PARTS_H

#include "edge/shown.h"
#include "public/views.h"

/* An empty feed reads as "nothing is wrong"; when we do not know, it must not be empty. */
#define FEED_NOT_CURRENT "NOT CURRENT: newer alerts may exist that this feed does not know"
#define FEED_NOT_CURRENT_WHY                                                               \
	"The hub has not been heard for more than 30 seconds. Do not take silence for "    \
	"safety. "                                                                         \
	"Listen for sirens and the radio."

void feed_element(
	struct buffer *out, const char *name, const char *attributes, const char *text);
/* "EXERCISE: Air raid alarm (air-raid): live"; as text, not escaped. */
void feed_title(struct buffer *out, const struct view *v, const struct shown *s);
/* Where, what to do, how sure; as text, not escaped. */
void feed_summary(struct buffer *out, const struct view *v, const struct shown *s);
/* When anything in it changed last. */
int64_t feed_updated_ms(const struct view *v, const struct freshness *f);

#endif
