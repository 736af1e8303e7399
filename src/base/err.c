/* SPDX-License-Identifier: GPL-3.0-or-later */
/* err.c: names of errors and their sentences. */
#include "base/err.h"

#include <stdarg.h>
#include <stdio.h>

const char *
err_name(enum err err)
{
	switch (err) {
	case ERR_OK:
		return "ok";
	case ERR_NOMEM:
		return "out of memory";
	case ERR_SHORT:
		return "too short";
	case ERR_TRAILING:
		return "trailing bytes";
	case ERR_FORMAT:
		return "format";
	case ERR_VERSION:
		return "version";
	case ERR_RANGE:
		return "range";
	case ERR_SHAPE:
		return "shape";
	case ERR_SIGNATURE:
		return "signature";
	case ERR_UNKNOWN:
		return "unknown";
	case ERR_DUPLICATE:
		return "duplicate";
	case ERR_CONFLICT:
		return "conflict";
	case ERR_REFUSED:
		return "refused";
	case ERR_EXPIRED:
		return "expired";
	case ERR_FULL:
		return "full";
	case ERR_BUSY:
		return "busy";
	case ERR_IO:
		return "input/output";
	}
	return "unnamed";
}

/* How many bytes the UTF-8 character at `p` has; 0 if there is none (RFC 3629 section 4). */
static size_t
character_len(const unsigned char *p)
{
	size_t len = p[0] < 0x80   ? 1
		     : p[0] < 0xC2 ? 0
		     : p[0] < 0xE0 ? 2
		     : p[0] < 0xF0 ? 3
				   : 4;

	if (p[0] > 0xF4)
		return 0;
	for (size_t i = 1; i < len; i++)
		if ((p[i] & 0xC0) != 0x80)
			return 0;
	if ((p[0] == 0xE0 && p[1] < 0xA0) || (p[0] == 0xED && p[1] > 0x9F) ||
		(p[0] == 0xF0 && p[1] < 0x90) || (p[0] == 0xF4 && p[1] > 0x8F))
		return 0;
	return len;
}

/* Sentences quote what strangers sent, cut at any byte: they end up in logs and JSON. */
static void
mend(char *text)
{
	unsigned char *p = (unsigned char *)text;

	while (*p != '\0') {
		size_t len = character_len(p);

		if (len == 0 || *p < 0x20 || *p == 0x7F) {
			*p = '?';
			len = 1;
		}
		p += len;
	}
}

void
fault_write(struct fault *f, const char *format, ...)
{
	va_list ap;

	if (f == NULL)
		return;
	va_start(ap, format);
	vsnprintf(f->text, sizeof f->text, format, ap);
	va_end(ap);
	mend(f->text);
}
