/* SPDX-License-Identifier: GPL-3.0-or-later */
/* identifier.c: what our CAP messages are called. */
#include "alert/identifier.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

static const char urn_oid[] = "urn:oid:";

/* X.660: numbers between dots, none with a zero in front; at least two. */
static bool
is_oid(const char *text)
{
	int arcs = 0;

	for (;; text++) {
		size_t digits = strspn(text, "0123456789");

		if (digits == 0 || digits > 20 || (digits > 1 && *text == '0'))
			return false;
		arcs++;
		text += digits;
		if (*text != '.')
			return *text == '\0' && arcs >= 2;
	}
}

static const char *
behind_urn_oid(const char *prefix)
{
	size_t len = sizeof urn_oid - 1;

	return strncmp(prefix, urn_oid, len) == 0 ? prefix + len : prefix;
}

/* RFC 8141: "urn:", a namespace, and at least one character of its own; no blank, comma, < or &. */
static bool
is_urn(const char *text)
{
	size_t space;

	if (strncmp(text, "urn:", 4) != 0)
		return false;
	text += 4;
	space = strspn(text, "abcdefghijklmnopqrstuvwxyz0123456789-");
	return space >= 2 && text[space] == ':' && text[space + 1] != '\0' &&
	       text[strspn(text, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
				 "0123456789-._~:/@!$'()*+;=%")] == '\0';
}

bool
identifier_prefix_is_good(const char *prefix)
{
	const char *oid = behind_urn_oid(prefix);

	if (strlen(prefix) > IDENTIFIER_PREFIX_MAX)
		return false;
	return is_oid(oid) || (oid == prefix && is_urn(prefix));
}

enum err
identifier_write(char *out, size_t room, const char *prefix, uint32_t territory,
	uint64_t order, struct fault *fault)
{
	if (prefix == NULL)
		snprintf(out, room, "belfry-%08" PRIx32 "-%016" PRIx64, territory, order);
	else if (!identifier_prefix_is_good(prefix))
		return fault_set(fault, ERR_FORMAT,
			"identifier \"%.90s\" is neither an OID nor a URN", prefix);
	else if (is_oid(behind_urn_oid(prefix)))
		snprintf(out, room, "%s.%" PRIu64, prefix, order);
	else
		snprintf(out, room, "%s:%016" PRIx64, prefix, order);
	return ERR_OK;
}

bool
identifier_is_of(const char *identifier, const char *territory, uint64_t order)
{
	char own[64], arc[24], digits[20];
	const char *dot = strrchr(identifier, '.'), *colon = strrchr(identifier, ':');

	snprintf(own, sizeof own, "belfry-%s-%016" PRIx64, territory, order);
	snprintf(arc, sizeof arc, ".%" PRIu64, order);
	snprintf(digits, sizeof digits, ":%016" PRIx64, order);
	return strcmp(identifier, own) == 0 || (dot != NULL && strcmp(dot, arc) == 0) ||
	       (colon != NULL && strcmp(colon, digits) == 0);
}
