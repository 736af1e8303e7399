/* SPDX-License-Identifier: GPL-3.0-or-later */
/* capmsg.h: one CAP 1.2 message as a plain struct: read it, write it, check it. */
#ifndef CAP_CAPMSG_H
#define CAP_CAPMSG_H

#include "base/arena.h"

/*
 * Every value is text as it stood between the tags, so that a message that breaks a rule
 * can still be shown and explained. NULL: the element was not there; "": it was empty.
 * Text is UTF-8 with a NUL behind it and lives as long as the message's arena. The order of
 * members is the order of CAP-v1.2-os section 3.4. See capval.h for the forms inside.
 */
struct cap_texts {
	const char **at;
	size_t n;
};

struct cap_pair { /* eventCode, parameter, geocode */
	const char *name, *value;
};

struct cap_pairs {
	struct cap_pair *at;
	size_t n;
};

struct cap_resource {
	const char *desc, *mime_type, *size, *uri, *deref_uri, *digest;
};

struct cap_resources {
	struct cap_resource *at;
	size_t n;
};

struct cap_area {
	const char *desc;
	struct cap_texts polygon; /* "lat,lon lat,lon …", degrees WGS 84 */
	struct cap_texts circle;  /* "lat,lon radius", radius in km */
	struct cap_pairs geocode;
	const char *altitude, *ceiling; /* feet above mean sea level */
};

struct cap_areas {
	struct cap_area *at;
	size_t n;
};

struct cap_info {
	const char *language; /* NULL means en-US */
	struct cap_texts category;
	const char *event;
	struct cap_texts response_type;
	const char *urgency, *severity, *certainty, *audience;
	struct cap_pairs event_code;
	const char *effective, *onset, *expires, *sender_name;
	const char *headline, *description, *instruction, *web, *contact;
	struct cap_pairs parameter;
	struct cap_resources resource;
	struct cap_areas area;
};

struct cap_infos {
	struct cap_info *at;
	size_t n;
};

struct capmsg {
	const char *identifier, *sender, *sent, *status, *msg_type, *source, *scope;
	const char *restriction, *addresses;
	struct cap_texts code;
	const char *note, *references, *incidents;
	struct cap_infos info;
	unsigned signatures; /* XML signatures seen; neither verified nor written */
};

enum {
	CAPMSG_STRANGER_MAX = 256 * 1024, /* bytes that capmsg_read() takes */
	CAPMSG_OWN_MAX = 4 * 1024 * 1024, /* for what an operator hands in */
	CAPMSG_DEPTH_MAX = 32,		  /* elements within elements */
};

#define CAP_NAMESPACE "urn:oasis:names:tc:emergency:cap:1.2"

/*
 * Read one message; all of it lives in `arena`. Values are not judged (capmsg_check_output
 * does that), the tree is: unknown, missing, repeated or misplaced elements are refused.
 * Never fetches anything. The sentence in `fault` names line, column and the rule of
 * doc/formats/cap.md that is broken. Errors: ERR_FULL (over the size), ERR_RANGE (too deep),
 * ERR_FORMAT (not XML, or not CAP; rule 1), ERR_VERSION (CAP 1.0 or 1.1), ERR_REFUSED
 * (a DTD, rule 52, or a tree that breaks rules 3, 4, 24, 26, 27, 29, 31, 38 or 43),
 * ERR_NOMEM.
 */
CHECKED enum err capmsg_read(struct capmsg *out, struct arena *arena, const void *at,
	size_t len, struct fault *fault);
/* The same for at most `max` bytes (no more than CAPMSG_OWN_MAX is sensible). */
CHECKED enum err capmsg_read_max(struct capmsg *out, struct arena *arena, const void *at,
	size_t len, size_t max, struct fault *fault);

/*
 * Append the message as UTF-8: the same message gives the same bytes. Nothing is judged
 * but what XML itself forbids. Errors: ERR_FORMAT (invalid UTF-8 or a control character),
 * ERR_NOMEM.
 */
CHECKED enum err capmsg_write(
	struct buffer *out, const struct capmsg *msg, struct fault *fault);

/*
 * What Belfry itself puts out must break no rule of schema (S) or text (T); the rules from
 * memory (m) are left to people. The sentence names element, value and rule. Errors:
 * ERR_REFUSED.
 */
CHECKED enum err capmsg_check_output(const struct capmsg *msg, struct fault *fault);

/* A copy that borrows nothing from `in`. Errors: ERR_NOMEM. */
CHECKED enum err capmsg_copy(
	struct capmsg *out, struct arena *arena, const struct capmsg *in);

#endif
