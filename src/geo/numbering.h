/* SPDX-License-Identifier: GPL-3.0-or-later */
/* numbering.h: which number each zone of a new version gets. */
#ifndef GEO_NUMBERING_H
#define GEO_NUMBERING_H

#include "geo/zones.h"

/*
 * Fill in the numbers of the zones of `parts` that have none yet (0), and its list of retired
 * numbers (in `arena`). `previous` is the version before; NULL for the first. A number means
 * one place for ever, because orders and sirens hold it:
 *  1. a zone whose id was known before, even if it was gone for a time, has its old number;
 *  2. else a zone one of whose aliases was known, or whose id was an alias, has that number,
 *     unless somebody else has it by rule 1;
 *  3. else the next number above all that were ever given.
 * A number that the author wrote must agree with rule 1, and may not be another id's.
 * `*bad` is the index of the zone at fault; the sentence begins with its id.
 * Errors: ERR_CONFLICT, ERR_DUPLICATE (a number written twice), ERR_FULL (none is left),
 * ERR_NOMEM.
 */
CHECKED enum err numbers_give(struct zones_parts *parts, const struct zones *previous,
	struct arena *arena, size_t *bad, struct fault *fault);

#endif
