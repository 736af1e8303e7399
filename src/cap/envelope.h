/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * envelope.h: what carries alerts of CAP to others: an Atom feed or entry (RFC 4287), an RSS 2.0
 * channel, an EDXL-DE 1.0 or 2.0 distribution. Opened here; nothing is fetched and no URI resolved.
 */
#ifndef CAP_ENVELOPE_H
#define CAP_ENVELOPE_H

#include "cap/check.h"

/* What an envelope must have and does not; bits. */
enum cap_lacks {
	CAP_LACKS_ID = 1,      /* Atom id, EDXL distributionID */
	CAP_LACKS_TITLE = 2,   /* Atom title, RSS title */
	CAP_LACKS_UPDATED = 4, /* Atom updated, EDXL dateTimeSent */
	CAP_LACKS_CHANNEL = 8, /* RSS channel: there is nothing to read */
};

enum cap_carries {
	CAP_CARRIES_ALERT,    /* an <alert> of any version, as elements */
	CAP_CARRIES_DOCUMENT, /* a document of its own, that stood here as base64 */
	CAP_CARRIES_LINK,     /* only a link to it */
};

/* One thing that an envelope carries. Everything lives in the arena; "" where there is none. */
struct cap_carried {
	enum cap_carries kind;
	const struct cap_node *at; /* the alert, the base64 or the link */
	const struct cap_node
		*entry; /* Atom entry, RSS item, EDXL contentObject, or root */
	const char *id, *title, *updated; /* of the entry; RSS: guid, title, pubDate */
	struct bytes document;		  /* of CAP_CARRIES_DOCUMENT */
	const char *uri;  /* of CAP_CARRIES_LINK: without blanks around it, not judged */
	const char *base; /* of CAP_CARRIES_LINK: what it is relative to, by xml:base; "" */
	const char *type; /* of CAP_CARRIES_LINK: the media type that was promised */
};

struct cap_envelope {
	enum cap_format format; /* CAP_FORMAT_ATOM, _RSS or _EDXL */
	const char *id, *title, *updated;
	unsigned lacks; /* it or an entry; enum cap_lacks, added; 0: a good envelope */
	const struct cap_node
		*lacking; /* the first element that lacks something, or NULL */
	uint32_t entries;
	struct cap_carried *at; /* in the order of the document */
	size_t count;
	uint32_t broken; /* contents in base64 that are not base64 */
};

/*
 * Open it. An entry that holds alerts gives these; else its base64 contents; else its links: those
 * that promise application/cap+xml, else all that lead to the entry itself. An envelope that
 * lacks something is opened all the same.
 * Errors: ERR_UNKNOWN (no envelope), ERR_NOMEM.
 */
CHECKED enum err cap_envelope_open(
	struct cap_envelope *out, struct arena *arena, const struct cap_tree *tree);

/*
 * envelope_check.c: judge one thing that is carried. An alert is judged where it stands: lines and
 * XPaths are the envelope's, and a signature in it is not verified, for it was made over another
 * document. A document is judged by itself. A link is not judged: CAP_FEED. Errors: ERR_NOMEM.
 */
CHECKED enum err cap_carried_check(enum cap_verdict *out, struct arena *arena,
	const struct cap_carried *c, const struct cap_check_options *options,
	struct cap_findings *f);
/* What the envelope itself lacks, as findings. */
void cap_envelope_findings(const struct cap_envelope *e, struct cap_findings *f);

#endif
