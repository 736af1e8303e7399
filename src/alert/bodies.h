/* SPDX-License-Identifier: GPL-3.0-or-later */
/* bodies.h: the bodies of an order: 16 zones and 8 ended ids in each. Only for compose.c. */
#ifndef ALERT_BODIES_H
#define ALERT_BODIES_H

#include "alert/compose.h"

bool zone_listed(uint16_t zone, const uint16_t *list, size_t count);
/* Rising, each once; at most CONTENT_ZONES, 0 if there are more. */
size_t zones_sorted(uint16_t out[CONTENT_ZONES], const uint16_t *in, size_t count);
/* The alert's zones, and those of alerts that ended silently under it and owe an all clear. */
size_t zones_to_clear(uint16_t out[CONTENT_ZONES], const struct compose *in);
/* What ends an alert must be heard as long as the alert could be: at least two minutes. */
uint32_t lifetime_left_s(const struct alert *a, int64_t now_ms);

/* Errors: ERR_RANGE (more than 64 bodies: use a zone group). */
CHECKED enum err bodies_make(struct order *out, const struct compose *in, uint64_t id,
	struct hash content, uint16_t lifetime_s, const uint16_t *zone, size_t zone_count,
	struct fault *fault);

#endif
