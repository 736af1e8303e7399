/* SPDX-License-Identifier: GPL-3.0-or-later */
/* cap_fits.h: does the CAP message of a content say what its texts say? */
#ifndef ALERT_CAP_FITS_H
#define ALERT_CAP_FITS_H

#include "alert/content.h"
#include "geo/zones.h"

/*
 * People sign what they were shown, the texts; apps and neighbours are told the CAP message. So
 * there is an info for each text, in the same order, with the same language, event, headline,
 * description and instruction (white space counts as one blank); identifier, status and msgType are
 * those of order, mode and verb; AllClear is said by who gives one. For an alert or update the areas
 * that carry our geocodes lie in the content's zones, and in each language are all of them if every
 * area carries one; without `zones` (NULL) areas are not looked at. A test has neither texts nor
 * message. Errors: ERR_CONFLICT with the field that differs, those of capmsg_read(), ERR_NOMEM.
 */
CHECKED enum err cap_fits_content(const struct content *c, uint32_t territory,
	const struct zones *zones, struct fault *fault);

#endif
