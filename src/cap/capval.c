/* SPDX-License-Identifier: GPL-3.0-or-later */
/* capval.c: forms of values in CAP 1.2. No function here minds the locale. */
#include "cap/capval.h"
#include "base/text.h"

#include <math.h>
#include <string.h>
#include <strings.h>

static bool
is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

static bool
is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static bool
is_letter(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

/* How many bytes behind the first one a UTF-8 sequence has, -1 if it is none. */
static int
tail_of(unsigned char c)
{
	if (c < 0x80)
		return 0;
	if (c >= 0xC2 && c < 0xE0)
		return 1;
	if (c >= 0xE0 && c < 0xF0)
		return 2;
	return c >= 0xF0 && c < 0xF5 ? 3 : -1;
}

/* XML 1.0 section 2.2, production Char. */
static bool
is_xml_char(uint32_t c, int tail)
{
	static const uint32_t least[] = {0, 0x80, 0x800, 0x10000};

	if (c < least[tail] || c > 0x10FFFF)
		return false;
	if (c < 0x20)
		return c == '\t' || c == '\n' || c == '\r';
	return !(c >= 0xD800 && c < 0xE000) && c != 0xFFFE && c != 0xFFFF;
}

bool
capval_is_text(const char *text)
{
	const unsigned char *p = (const unsigned char *)text;

	while (*p != 0) {
		int tail = tail_of(*p);
		uint32_t c;

		if (tail < 0)
			return false;
		c = tail == 0 ? *p : *p & (0x3Fu >> tail);
		p++;
		for (int i = 0; i < tail; i++, p++) {
			if ((*p & 0xC0) != 0x80)
				return false;
			c = c << 6 | (*p & 0x3F);
		}
		if (!is_xml_char(c, tail))
			return false;
	}
	return true;
}

/* CAP-v1.2-os section 3.4: the element, then its words. */
static const char *const words[][14] = {
	{"status", "Actual", "Exercise", "System", "Test", "Draft"},
	{"msgType", "Alert", "Update", "Cancel", "Ack", "Error"},
	{"scope", "Public", "Restricted", "Private"},
	{"category", "Geo", "Met", "Safety", "Security", "Rescue", "Fire", "Health", "Env",
		"Transport", "Infra", "CBRNE", "Other"},
	{"responseType", "Shelter", "Evacuate", "Prepare", "Execute", "Avoid", "Monitor",
		"Assess", "AllClear", "None"},
	{"urgency", "Immediate", "Expected", "Future", "Past", "Unknown"},
	{"severity", "Extreme", "Severe", "Moderate", "Minor", "Unknown"},
	{"certainty", "Observed", "Likely", "Possible", "Unlikely", "Unknown"},
};

const char *const *
capval_words(const char *element)
{
	for (size_t row = 0; row < sizeof words / sizeof *words; row++)
		if (strcmp(words[row][0], element) == 0)
			return &words[row][1];
	return NULL;
}

bool
capval_is_word(const char *element, const char *text)
{
	const char *const *word = capval_words(element);

	if (word == NULL || text == NULL)
		return false;
	for (; *word != NULL; word++)
		if (strcmp(*word, text) == 0)
			return true;
	return false;
}

enum { TIME_LEN = sizeof "2026-11-22T14:22:37-00:00" - 1, DAY_MS = 86400000 };

enum err
capval_time_of(int64_t *out_ms, struct bytes text)
{
	char t[TIME_LEN];
	bool end_of_day;
	enum err err;

	if (text.len != TIME_LEN || (text.at[19] != '+' && text.at[19] != '-'))
		return ERR_FORMAT;
	memcpy(t, text.at, TIME_LEN);
	end_of_day = memcmp(t + 11, "24:00:00", 8) == 0;
	if (end_of_day)
		memcpy(t + 11, "00", 2);
	err = time_read(out_ms, t, TIME_LEN);
	if (err != ERR_OK)
		return err;
	if (memcmp(t, "0000", 4) == 0 || memcmp(t + 17, "60", 2) == 0 ||
		memcmp(t + 20, "14:00", 5) > 0)
		return ERR_RANGE;
	*out_ms += end_of_day ? DAY_MS : 0;
	return ERR_OK;
}

enum err
capval_time(int64_t *out_ms, const char *text)
{
	return capval_time_of(out_ms, bytes_of_text(text));
}

bool
capval_is_language_of(struct bytes text)
{
	size_t part = 0, parts = 1;

	for (size_t i = 0; i < text.len; i++) {
		char c = (char)text.at[i];

		if (c == '-') {
			if (part == 0)
				return false;
			part = 0;
			parts++;
		} else if (is_letter(c) || (parts > 1 && is_digit(c))) {
			if (++part > 8)
				return false;
		} else {
			return false;
		}
	}
	return part > 0;
}

bool
capval_is_language(const char *text)
{
	return capval_is_language_of(bytes_of_text(text));
}

bool
capval_is_name(const char *text)
{
	return *text != '\0' && strpbrk(text, " \t\r\n,<&") == NULL;
}

bool
capval_is_words(const char *text)
{
	bool quoted = false, any = false;

	for (const char *p = text; *p != '\0'; p++) {
		if (*p == '"')
			quoted = !quoted;
		else if (!is_blank(*p))
			any = true;
	}
	return any && !quoted;
}

static bool
is_hex(char c)
{
	return is_digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}

/* RFC 3986 sections 2.1 and 3.5. */
static bool
has_good_escapes(const char *text, size_t len)
{
	unsigned fragments = 0;

	for (size_t i = 0; i < len; i++) {
		if (text[i] == '%' &&
			(len - i < 3 || !is_hex(text[i + 1]) || !is_hex(text[i + 2])))
			return false;
		fragments += text[i] == '#';
	}
	return fragments <= 1;
}

/* Less strict than RFC 3986 section 2: what would break a link, or the text around it. */
static bool
has_uri_characters(const char *text, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		unsigned char c = (unsigned char)text[i];

		if (c <= ' ' || c == 0x7F || c == '<' || c == '>' || c == '"')
			return false;
	}
	return has_good_escapes(text, len);
}

/* RFC 3986 section 3.2.2: they stand around an IPv6 address alone; what is behind # is free here. */
static bool
has_brackets(const char *text, size_t len)
{
	for (size_t i = 0; i < len && text[i] != '#'; i++)
		if (text[i] == '[' || text[i] == ']')
			return true;
	return false;
}

/* Behind the host: nothing, or ":" and digits. */
static bool
is_port(const char *text, size_t len)
{
	if (len == 0)
		return true;
	for (size_t i = 1; i < len; i++)
		if (!is_digit(text[i]))
			return false;
	return text[0] == ':';
}

/* RFC 3986 section 3.2: [user@]host[:port]. */
static bool
is_authority(const char *text, size_t len)
{
	const char *end = text + len, *at = memrchr(text, '@', len), *host_end;

	if (at != NULL)
		text = at + 1;
	if (text < end && *text == '[') {
		host_end = memchr(text, ']', (size_t)(end - text));
		if (host_end == NULL || host_end - text < 3)
			return false;
		for (const char *p = text + 1; p < host_end; p++)
			if (!is_hex(*p) && strchr(":.vV%", *p) == NULL)
				return false;
		return is_port(host_end + 1, (size_t)(end - host_end - 1));
	}
	host_end = memchr(text, ':', (size_t)(end - text));
	if (host_end == NULL)
		host_end = end;
	return host_end > text && !has_brackets(text, (size_t)(end - text)) &&
	       is_port(host_end, (size_t)(end - host_end));
}

static bool
is_scheme(const char *scheme, size_t len, const char *name)
{
	return len == strlen(name) && strncasecmp(scheme, name, len) == 0;
}

bool
capval_is_absolute_uri_of(struct bytes text)
{
	const char *uri = (const char *)text.at, *rest;
	size_t scheme = 0, len, authority = 0;

	while (scheme < text.len &&
		(is_letter(uri[scheme]) ||
			(scheme > 0 && (is_digit(uri[scheme]) || uri[scheme] == '+' ||
					       uri[scheme] == '-' || uri[scheme] == '.'))))
		scheme++;
	if (scheme == 0 || scheme + 1 >= text.len || uri[scheme] != ':')
		return false;
	rest = uri + scheme + 1;
	len = text.len - scheme - 1;
	if (!has_uri_characters(rest, len))
		return false;
	if (len < 2 || rest[0] != '/' || rest[1] != '/')
		return !has_brackets(rest, len) && !is_scheme(uri, scheme, "http") &&
		       !is_scheme(uri, scheme, "https");
	rest += 2;
	len -= 2;
	while (authority < len && strchr("/?#", rest[authority]) == NULL)
		authority++;
	if (has_brackets(rest + authority, len - authority))
		return false;
	/* "file:///etc" names no host. */
	return authority == 0 ? is_scheme(uri, scheme, "file")
			      : is_authority(rest, authority);
}

bool
capval_is_uri_reference_of(struct bytes text)
{
	const char *uri = (const char *)text.at;

	if (capval_is_absolute_uri_of(text))
		return true;
	/* RFC 3986 section 4.2: a colon in the first segment would end a scheme. */
	for (size_t i = 0; i < text.len && strchr("/?#", uri[i]) == NULL; i++)
		if (uri[i] == ':')
			return false;
	return has_good_escapes(uri, text.len) && !has_brackets(uri, text.len);
}

bool
capval_is_absolute_uri(const char *text)
{
	return capval_is_absolute_uri_of(bytes_of_text(text));
}

bool
capval_same_language(const char *a, const char *b)
{
	size_t n = strcspn(a, "-");

	if (n != strcspn(b, "-"))
		return false;
	for (size_t i = 0; i < n; i++)
		if ((a[i] | 0x20) != (b[i] | 0x20))
			return false;
	return true;
}

enum err
capval_decimal(double *out, const char *text, size_t len)
{
	double v = 0, unit = 1;
	size_t i = len > 0 && (text[0] == '-' || text[0] == '+'), digits = 0;
	bool point = false;

	for (; i < len; i++) {
		if (text[i] == '.' && !point) {
			point = true;
			continue;
		}
		if (!is_digit(text[i]) || ++digits > 300)
			return ERR_FORMAT;
		/* Past 17 digits a double knows no more of a fraction. */
		if (point && digits > 17)
			continue;
		v = v * 10 + (text[i] - '0');
		unit *= point ? 10 : 1;
	}
	if (digits == 0)
		return ERR_FORMAT;
	*out = (text[0] == '-' ? -v : v) / unit;
	return ERR_OK;
}

static enum err
read_pair(struct cap_point *out, const char *text, size_t len)
{
	const char *comma = memchr(text, ',', len);

	if (comma == NULL)
		return ERR_FORMAT;
	if (capval_decimal(&out->lat, text, (size_t)(comma - text)) != ERR_OK ||
		capval_decimal(&out->lon, comma + 1, len - (size_t)(comma + 1 - text)) !=
			ERR_OK)
		return ERR_FORMAT;
	if (fabs(out->lat) > 90 || fabs(out->lon) > 180)
		return ERR_RANGE;
	return ERR_OK;
}

/* The next word between blanks; false if there is none. *at moves behind it. */
static bool
next_word(const char **at, const char **word, size_t *len)
{
	while (is_blank(**at))
		(*at)++;
	*word = *at;
	while (**at != '\0' && !is_blank(**at))
		(*at)++;
	*len = (size_t)(*at - *word);
	return *len > 0;
}

enum err
capval_polygon(struct cap_point **out, size_t *n, struct arena *arena, const char *text)
{
	const char *at = text, *word;
	size_t len, count = 0;
	struct cap_point *p;
	enum err err;

	while (next_word(&at, &word, &len))
		count++;
	p = arena_alloc(arena, (count + 1) * sizeof *p);
	if (p == NULL)
		return ERR_NOMEM;
	at = text;
	for (size_t i = 0; next_word(&at, &word, &len); i++) {
		err = read_pair(&p[i], word, len);
		if (err != ERR_OK)
			return err;
	}
	if (count < 4 || p[0].lat != p[count - 1].lat || p[0].lon != p[count - 1].lon)
		return ERR_SHAPE;
	*out = p;
	*n = count;
	return ERR_OK;
}

enum err
capval_circle(struct cap_circle *out, const char *text)
{
	const char *at = text, *pair, *radius, *more;
	size_t pair_len, radius_len, more_len;
	enum err err;

	if (!next_word(&at, &pair, &pair_len) || !next_word(&at, &radius, &radius_len) ||
		next_word(&at, &more, &more_len))
		return ERR_FORMAT;
	err = read_pair(&out->centre, pair, pair_len);
	if (err != ERR_OK)
		return err;
	if (capval_decimal(&out->radius_km, radius, radius_len) != ERR_OK)
		return ERR_FORMAT;
	return out->radius_km < 0 ? ERR_RANGE : ERR_OK;
}

enum err
capval_reference(struct cap_reference *out, const char **at)
{
	const char *word, *one, *two;
	size_t len;

	if (!next_word(at, &word, &len))
		return ERR_SHORT;
	one = memchr(word, ',', len);
	two = one == NULL ? NULL : memchr(one + 1, ',', len - (size_t)(one + 1 - word));
	if (two == NULL || one == word || two == one + 1 || word + len - (two + 1) != 25)
		return ERR_FORMAT;
	out->sender = bytes_of(word, (size_t)(one - word));
	out->identifier = bytes_of(one + 1, (size_t)(two - one - 1));
	out->sent = bytes_of(two + 1, 25);
	return capval_time_of(&out->sent_ms, out->sent);
}

static void
write_degrees(struct buffer *out, double degrees)
{
	long long v = llround(degrees * 1e5), whole = (v < 0 ? -v : v) / 100000;
	char fraction[8];
	int part = (int)((v < 0 ? -v : v) % 100000), n = 5;

	write_format(out, "%s%lld", v < 0 ? "-" : "", whole);
	if (part == 0)
		return;
	for (int i = 4; i >= 0; i--, part /= 10)
		fraction[i] = (char)('0' + part % 10);
	while (fraction[n - 1] == '0')
		n--;
	write_text(out, ".");
	write_bytes(out, fraction, (size_t)n);
}

void
capval_point_write(struct buffer *out, struct cap_point p)
{
	write_degrees(out, p.lat);
	write_text(out, ",");
	write_degrees(out, p.lon);
}
