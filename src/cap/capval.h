/* SPDX-License-Identifier: GPL-3.0-or-later */
/* capval.h: the forms that CAP 1.2 gives to the text of its elements. Pure; rule numbers are
 * those of doc/formats/cap.md. */
#ifndef CAP_CAPVAL_H
#define CAP_CAPVAL_H

#include "base/arena.h"

struct cap_point {
	double lat, lon; /* degrees, WGS 84; north and east are positive */
};

struct cap_circle {
	struct cap_point centre;
	double radius_km;
};

/* UTF-8 of characters that XML 1.0 allows. */
bool capval_is_text(const char *text);

/*
 * Rule 48: YYYY-MM-DDThh:mm:ss and an offset as +hh:mm or -hh:mm; no Z, no fraction. As in
 * xs:dateTime (XML Schema 1.0 part 2, section 3.2.7): 24:00:00 is the end of the day; no leap
 * second, no year 0000, no offset over 14:00. Errors: ERR_FORMAT, ERR_RANGE.
 */
CHECKED enum err capval_time(int64_t *out_ms, const char *text);
CHECKED enum err capval_time_of(int64_t *out_ms, struct bytes text);

/* Is `text` one of the words that the schema gives to `element` (status, msgType, scope,
 * category, responseType, urgency, severity, certainty)? NULL is none. */
bool capval_is_word(const char *element, const char *text);
/* Those words, NULL behind the last; NULL: the schema gives none to it. */
const char *const *capval_words(const char *element);

/* Rule 25: RFC 3066. */
bool capval_is_language(const char *text);
bool capval_is_language_of(struct bytes text);
/* Rules 5 and 6: not empty; no white space, comma, < or &. */
bool capval_is_name(const char *text);
/* Rules 17 and 22: words between blanks; a word with blanks stands in double quotes. */
bool capval_is_words(const char *text);
/*
 * Rules 36 and 40: a scheme and what it names; no blank, <, > or quote, a % only before two
 * hexadecimal digits, one # at most and no brackets before it. Behind // a host, or an IPv6 address
 * in brackets, and a port; http and https must have them. Other characters beyond ASCII may stand
 * (RFC 3987).
 */
bool capval_is_absolute_uri(const char *text);
bool capval_is_absolute_uri_of(struct bytes text);
/* Such a URI, or a name relative to nothing (rule 40), as xs:anyURI takes it: blanks may stand. */
bool capval_is_uri_reference_of(struct bytes text);
/* The same language, whatever its region: "en" and "en-GB", "iw" is not "he". */
bool capval_same_language(const char *a, const char *b);

/*
 * Rules 44 and 49: at least 4 pairs between white space, the first equal to the last as
 * numbers. The points, last one included, are the arena's. Errors: ERR_FORMAT (not pairs;
 * 44), ERR_SHAPE (too few, or open; 44), ERR_RANGE (not on the globe; 49), ERR_NOMEM.
 */
CHECKED enum err capval_polygon(
	struct cap_point **out, size_t *n, struct arena *arena, const char *text);
/* Rules 45 and 49: "lat,lon radius". Errors: ERR_FORMAT (45), ERR_RANGE (45 or 49). */
CHECKED enum err capval_circle(struct cap_circle *out, const char *text);

/* A plain decimal number with an optional sign; the whole of `len`. Errors: ERR_FORMAT. */
CHECKED enum err capval_decimal(double *out, const char *text, size_t len);

/* Rule 20: one `sender,identifier,sent`. The texts borrow from what was read. */
struct cap_reference {
	struct bytes sender, identifier, sent;
	int64_t sent_ms;
};

/*
 * The next triplet of a references element; *at moves behind it and is NULL-safe to pass
 * again. Errors: ERR_FORMAT (form, or rule 48 in its time). ERR_SHORT: there are no more.
 */
CHECKED enum err capval_reference(struct cap_reference *out, const char **at);

/* "lat,lon" with 5 decimals (1 m) at most, without trailing zeros. */
void capval_point_write(struct buffer *out, struct cap_point p);

#endif
