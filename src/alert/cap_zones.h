/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * cap_zones.h: which zones a CAP message from elsewhere concerns.
 *
 * An area that carries our own geocodes (valueName BELFRY-ZONE, value "territory:id") means those
 * zones; any other area means the zones that its polygons and circles touch (geo/area.h).
 */
#ifndef ALERT_CAP_ZONES_H
#define ALERT_CAP_ZONES_H

#include "base/arena.h"
#include "geo/area.h"

/*
 * Writes at most `max` numbers, rising, to `zone`. `territory` as 8 hexadecimal digits.
 * Errors, with the area and the mend: those of capmsg_read(), ERR_UNKNOWN (a geocode of ours that
 * is not known, an area without polygon, circle or geocode of ours, or no zone is touched),
 * ERR_RANGE (a broken polygon), ERR_FULL, ERR_NOMEM.
 */
CHECKED enum err cap_zones(uint16_t *zone, size_t max, size_t *count, struct bytes cap,
	const char *territory, const struct zones *zones, struct zone_index *index,
	struct fault *fault);

#endif
