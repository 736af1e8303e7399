/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * recorded.h: recorded alerts, one row each, from tab-separated files with a head line.
 *
 * Two forms are known by their columns: `time_utc … kind zone_id` (an alarm without an end) and
 * `start_utc end_utc zone_id` (an alarm and its end): doc/formats/recorded.md.
 */
#ifndef DEMO_RECORDED_H
#define DEMO_RECORDED_H

#include "geo/zones.h"

enum { RECORDED_KINDS = 16, RECORDED_KIND_MAX = 31 };

struct recorded {
	int64_t start_ms, end_ms; /* end_ms -1: the source does not know */
	size_t line;		  /* of the file */
	uint16_t zone;		  /* number; 0: no such zone (unmatched) */
	uint8_t kind;		  /* which of the recording's kinds */
};

struct recording {
	struct recorded *at; /* by start, then as in the file */
	size_t count;
	size_t unmatched;
	char kind[RECORDED_KINDS][RECORDED_KIND_MAX + 1]; /* words of the column kind */
	size_t kinds;
	bool has_ends;
};

/*
 * Rows whose start begins with `day` ("2023-10-07", "2023-10-07T17:00"; NULL: all). On success the
 * caller ends *out with recording_free(). Errors, with the line: ERR_FORMAT, ERR_UNKNOWN (columns
 * that are not known, or no row on that day), ERR_RANGE (a kind too many or too long), ERR_NOMEM.
 */
CHECKED enum err recording_read(struct recording *out, struct bytes text, const char *day,
	const struct zones *zones, struct fault *fault);
void recording_free(struct recording *r);

#endif
