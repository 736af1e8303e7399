/* SPDX-License-Identifier: GPL-3.0-or-later */
/* err.h: what can go wrong, and the words that tell a person how to mend it. */
#ifndef BASE_ERR_H
#define BASE_ERR_H

#include <stddef.h>

#define CHECKED __attribute__((warn_unused_result))

enum err {
	ERR_OK,
	ERR_NOMEM,     /* out of memory */
	ERR_SHORT,     /* bytes end too early */
	ERR_TRAILING,  /* bytes left over */
	ERR_FORMAT,    /* not in the form that the format's page describes */
	ERR_VERSION,   /* a version that this program does not read */
	ERR_RANGE,     /* a number outside its limits */
	ERR_SHAPE,     /* a ring that does not close, crosses itself or has no ground */
	ERR_SIGNATURE, /* a signature does not verify */
	ERR_UNKNOWN,   /* names a key, zone, playbook, alert … that is not known */
	ERR_DUPLICATE, /* was there already */
	ERR_CONFLICT,  /* contradicts what is there */
	ERR_REFUSED,   /* known and well-formed, but a rule forbids it */
	ERR_EXPIRED,   /* too late, or too early */
	ERR_FULL,      /* a quota or the disk is full */
	ERR_BUSY,      /* somebody else holds it */
	ERR_IO,	       /* the system refused; errno told why */
};

/* A word for logs, as "ERR_FORMAT" is "format". Never NULL. */
const char *err_name(enum err err);

/*
 * The sentence that goes with an error: what, where, how to mend it. The caller owns it and
 * may pass NULL where nobody will read it. Text that does not fit is cut; it is always one
 * line of UTF-8: bytes of strangers that are not become '?'.
 */
struct fault {
	char text[512];
};

/*
 * Write the sentence and hand `err` back, so that `return fault_set(f, ERR_RANGE, …)` reads
 * well. A macro, so that the compiler sees which error comes back and does not warn of values
 * that are only set on ERR_OK.
 */
#define fault_set(f, err, ...) (fault_write(f, __VA_ARGS__), (err))
void fault_write(struct fault *f, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

#endif
