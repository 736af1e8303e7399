/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * foreign_read.h: a document of somebody else's, a feed or one alert, told as plain JSON. Pure; it
 * runs in the child that has no files and no network, and its answer is all that leaves that child.
 */
#ifndef ALERT_FOREIGN_READ_H
#define ALERT_FOREIGN_READ_H

#include "cap/dsig.h"

#include <jansson.h>

enum {
	FOREIGN_FEED_MAX = 4 << 20,    /* bytes of a document */
	FOREIGN_ALERT_MAX = 256 << 10, /* bytes of one alert */
	FOREIGN_ITEMS_MAX = 5000,      /* alerts and links of one feed that are read */
	FOREIGN_FINDINGS_MAX = 50,     /* of one alert; more are counted */
	FOREIGN_NAME_MAX = 1000,       /* bytes of a sender or identifier */
};

/*
 * The answer, which the caller owns:
 *   format    "CAP 1.2", "Atom" …
 *   error     why nothing can be told of it; null if it could be read
 *   findings  of the envelope, or of a document that is no alert
 *   alerts    [{hash, sender, identifier, sent_ms, expires_ms (null: it does not say), kind, status,
 *             scope, incidents, references:[{sender, identifier, sent_ms}], refused (a sentence, or
 *             null), verdict, findings, left_out, signature:{state, trust, why, subject}, trusted,
 *             event, headline, severity, urgency, certainty, language, web, areas, all_clear}]
 *   links     [{uri, base, key}]: alerts that are only named; `key` changes when the feed says that
 *             the alert did, and is "" if the feed cannot say
 *   missing   how many things in the feed could not be read at all
 * `hash` is over names and values of all elements but the signatures, so that a feed that indents an
 * alert anew does not change it, and one changed character does. A signature of an alert that stands
 * in a feed cannot be verified: it was made over another document.
 * Errors: ERR_NOMEM.
 */
CHECKED enum err foreign_read(
	json_t **out, struct bytes document, const struct dsig_pin *pin, size_t pins);

#endif
