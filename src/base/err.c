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

enum err
fault_set(struct fault *f, enum err err, const char *format, ...)
{
	va_list ap;

	if (f == NULL)
		return err;
	va_start(ap, format);
	vsnprintf(f->text, sizeof f->text, format, ap);
	va_end(ap);
	return err;
}
