/* SPDX-License-Identifier: GPL-3.0-or-later */
/* capmsg_check.c: the rules S and T of doc/formats/cap.md for what Belfry puts out. */
#include "cap/capmsg.h"
#include "cap/capval.h"

#include <string.h>

#define REFUSE(fault, ...) fault_set(fault, ERR_REFUSED, __VA_ARGS__)

static bool
blank(const char *text)
{
	return text == NULL || text[strspn(text, " \t\r\n")] == '\0';
}

static enum err
check_word(const char *element, const char *text, int rule, struct fault *fault)
{
	if (capval_is_word(element, text))
		return ERR_OK;
	return REFUSE(fault, "<%s> is \"%.60s\", which is none of its words (rule %d)",
		element, text == NULL ? "" : text, rule);
}

static enum err
check_words(
	const char *element, const struct cap_texts *texts, int rule, struct fault *fault)
{
	for (size_t i = 0; i < texts->n; i++)
		if (check_word(element, texts->at[i], rule, fault) != ERR_OK)
			return ERR_REFUSED;
	return ERR_OK;
}

static enum err
check_time(const char *element, const char *text, struct fault *fault)
{
	int64_t ms;

	if (text == NULL || capval_time(&ms, text) == ERR_OK)
		return ERR_OK;
	return REFUSE(fault,
		"<%s> is \"%.60s\"; write it as 2026-11-22T14:22:37-00:00 (rule 48)",
		element, text);
}

static enum err
check_pairs(const char *element, const struct cap_pairs *pairs, struct fault *fault)
{
	for (size_t i = 0; i < pairs->n; i++)
		if (blank(pairs->at[i].name) || pairs->at[i].value == NULL)
			return REFUSE(fault, "<%s> lacks its valueName or value (rule 31)",
				element);
	return ERR_OK;
}

static enum err
check_resource(const struct cap_resource *r, struct fault *fault)
{
	if (r->desc == NULL || blank(r->mime_type))
		return REFUSE(fault, "<resource> lacks resourceDesc or mimeType (rule 38)");
	if (r->size != NULL) {
		size_t n = strspn(r->size, "0123456789");

		if (n == 0 || r->size[n] != '\0')
			return REFUSE(fault, "<size> is \"%.60s\", not a number (rule 39)",
				r->size);
	}
	if (!blank(r->uri) && r->deref_uri == NULL && !capval_is_absolute_uri(r->uri))
		return REFUSE(
			fault, "<uri> is \"%.100s\", not a full URI (rule 40)", r->uri);
	if (r->digest != NULL && (strlen(r->digest) != 40 ||
					 strspn(r->digest, "0123456789abcdefABCDEF") != 40))
		return REFUSE(fault,
			"<digest> is \"%.60s\", not 40 hexadecimal digits (rule 42)",
			r->digest);
	return ERR_OK;
}

static enum err
check_polygon(const char *text, struct arena *arena, struct fault *fault)
{
	struct cap_point *p;
	size_t n;
	enum err err = capval_polygon(&p, &n, arena, text);

	if (err == ERR_RANGE)
		return REFUSE(
			fault, "<polygon> \"%.60s\" leaves the globe (rule 49)", text);
	if (err == ERR_SHAPE)
		return REFUSE(fault,
			"<polygon> \"%.60s\" has under 4 points or is open (rule 44)",
			text);
	if (err == ERR_FORMAT)
		return REFUSE(
			fault, "<polygon> \"%.60s\" is not lat,lon pairs (rule 44)", text);
	return err == ERR_OK ? ERR_OK : fault_set(fault, err, "out of memory");
}

static enum err
check_circle(const char *text, struct fault *fault)
{
	struct cap_circle c;
	enum err err = capval_circle(&c, text);

	if (err == ERR_OK)
		return ERR_OK;
	return REFUSE(fault, "<circle> \"%.60s\" is not \"lat,lon radius\" %s", text,
		err == ERR_RANGE ? "on the globe (rules 45, 49)" : "(rule 45)");
}

static enum err
check_heights(const struct cap_area *a, struct fault *fault)
{
	double height;

	if (a->ceiling != NULL && a->altitude == NULL)
		return REFUSE(fault, "<ceiling> stands without <altitude> (rule 47)");
	if ((a->altitude != NULL &&
		    capval_decimal(&height, a->altitude, strlen(a->altitude)) != ERR_OK) ||
		(a->ceiling != NULL &&
			capval_decimal(&height, a->ceiling, strlen(a->ceiling)) != ERR_OK))
		return REFUSE(fault, "<altitude> or <ceiling> is not a number (rule 43)");
	return ERR_OK;
}

static enum err
check_area(const struct cap_area *a, struct arena *arena, struct fault *fault)
{
	enum err err = ERR_OK;

	if (a->desc == NULL)
		return REFUSE(fault, "<areaDesc> is missing (rule 43)");
	for (size_t i = 0; i < a->polygon.n && err == ERR_OK; i++)
		err = check_polygon(a->polygon.at[i], arena, fault);
	for (size_t i = 0; i < a->circle.n && err == ERR_OK; i++)
		err = check_circle(a->circle.at[i], fault);
	if (err == ERR_OK)
		err = check_pairs("geocode", &a->geocode, fault);
	return err == ERR_OK ? check_heights(a, fault) : err;
}

static enum err
check_info_words(const struct cap_info *info, struct fault *fault)
{
	if (info->language != NULL && *info->language != '\0' &&
		!capval_is_language(info->language))
		return REFUSE(fault, "<language> is \"%.60s\", not of RFC 3066 (rule 25)",
			info->language);
	if (info->category.n == 0)
		return REFUSE(fault, "<category> is missing (rule 26)");
	if (blank(info->event))
		return REFUSE(fault, "<event> is missing (rule 27)");
	if (check_words("category", &info->category, 26, fault) != ERR_OK ||
		check_words("responseType", &info->response_type, 28, fault) != ERR_OK ||
		check_word("urgency", info->urgency, 29, fault) != ERR_OK ||
		check_word("severity", info->severity, 29, fault) != ERR_OK ||
		check_word("certainty", info->certainty, 29, fault) != ERR_OK)
		return ERR_REFUSED;
	return ERR_OK;
}

static enum err
check_info(const struct cap_info *info, struct arena *arena, struct fault *fault)
{
	enum err err = ERR_OK;

	if (check_info_words(info, fault) != ERR_OK ||
		check_time("effective", info->effective, fault) != ERR_OK ||
		check_time("onset", info->onset, fault) != ERR_OK ||
		check_time("expires", info->expires, fault) != ERR_OK ||
		check_pairs("eventCode", &info->event_code, fault) != ERR_OK ||
		check_pairs("parameter", &info->parameter, fault) != ERR_OK)
		return ERR_REFUSED;
	if (!blank(info->web) && !capval_is_absolute_uri(info->web))
		return REFUSE(
			fault, "<web> is \"%.100s\", not a full URI (rule 36)", info->web);
	for (size_t i = 0; i < info->resource.n && err == ERR_OK; i++)
		err = check_resource(&info->resource.at[i], fault);
	for (size_t i = 0; i < info->area.n && err == ERR_OK; i++)
		err = check_area(&info->area.at[i], arena, fault);
	return err;
}

static enum err
check_references(const struct capmsg *m, int64_t sent_ms, struct fault *fault)
{
	const char *at = m->references == NULL ? "" : m->references;
	struct cap_reference ref;
	size_t n = 0;
	enum err err;

	while ((err = capval_reference(&ref, &at)) == ERR_OK) {
		n++;
		if (ref.sent_ms > sent_ms ||
			(bytes_equal(ref.sender, bytes_of_text(m->sender)) &&
				bytes_equal(ref.identifier, bytes_of_text(m->identifier))))
			return REFUSE(fault,
				"<references> names the message itself or a later one: "
				"\"%.60s\" (rule 21)",
				m->references);
	}
	if (err != ERR_SHORT)
		return REFUSE(fault,
			"<references> is \"%.60s\", not sender,identifier,sent (rule 20)",
			m->references);
	if (n == 0 && strcmp(m->msg_type, "Alert") != 0)
		return REFUSE(fault, "%s needs <references> (rule 12)", m->msg_type);
	return ERR_OK;
}

static enum err
check_scope(const struct capmsg *m, struct fault *fault)
{
	bool restricted = strcmp(m->scope, "Restricted") == 0;

	if (restricted && blank(m->restriction))
		return REFUSE(fault, "scope Restricted needs <restriction> (rule 16)");
	if (!restricted && !blank(m->restriction))
		return REFUSE(fault,
			"<restriction> stands with scope %s; it belongs to Restricted "
			"(rule 16)",
			m->scope);
	if (strcmp(m->scope, "Private") == 0 && blank(m->addresses))
		return REFUSE(fault, "scope Private needs <addresses> (rule 17)");
	if (!blank(m->addresses) && !capval_is_words(m->addresses))
		return REFUSE(fault, "<addresses> has an open quote (rule 17)");
	if (!blank(m->incidents) && !capval_is_words(m->incidents))
		return REFUSE(fault, "<incidents> has an open quote (rule 22)");
	return ERR_OK;
}

static enum err
check_head(const struct capmsg *m, struct fault *fault)
{
	int64_t sent_ms;

	if (m->identifier == NULL || m->sender == NULL || m->sent == NULL)
		return REFUSE(fault, "identifier, sender or sent is missing (rule 4)");
	if (!capval_is_name(m->identifier))
		return REFUSE(fault,
			"<identifier> is \"%.60s\": empty, or with a blank, comma, < or & "
			"(rule "
			"5)",
			m->identifier);
	if (!capval_is_name(m->sender))
		return REFUSE(fault,
			"<sender> is \"%.60s\": empty, or with a blank, comma, < or & "
			"(rule 6)",
			m->sender);
	if (check_time("sent", m->sent, fault) != ERR_OK ||
		check_word("status", m->status, 8, fault) != ERR_OK ||
		check_word("msgType", m->msg_type, 11, fault) != ERR_OK ||
		check_word("scope", m->scope, 15, fault) != ERR_OK ||
		check_scope(m, fault) != ERR_OK || capval_time(&sent_ms, m->sent) != ERR_OK)
		return ERR_REFUSED;
	return check_references(m, sent_ms, fault);
}

enum err
capmsg_check_output(const struct capmsg *msg, struct fault *fault)
{
	struct arena *arena;
	enum err err = check_head(msg, fault);

	if (err != ERR_OK)
		return err;
	if (arena_new(&arena) != ERR_OK)
		return fault_set(fault, ERR_NOMEM, "out of memory");
	for (size_t i = 0; i < msg->info.n && err == ERR_OK; i++)
		err = check_info(&msg->info.at[i], arena, fault);
	arena_free(arena);
	return err;
}
