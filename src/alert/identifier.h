/* SPDX-License-Identifier: GPL-3.0-or-later */
/* identifier.h: the identifiers of our CAP messages (CAP-v1.2-os 3.2.1: unique for the sender; WMO-No.
 * 1109: an OID below 2.49.0.1 of the alerting authority). */
#ifndef ALERT_IDENTIFIER_H
#define ALERT_IDENTIFIER_H

#include "base/err.h"

#include <stdbool.h>
#include <stdint.h>

enum { IDENTIFIER_MAX = 128, IDENTIFIER_PREFIX_MAX = 90 };

/* An OID ("2.49.0.1.51.0"), "urn:oid:" before one, or another URN ("urn:example:alerts"). */
bool identifier_prefix_is_good(const char *prefix);
/*
 * Below an OID the order's id is one more arc, in decimals; behind another URN it follows a colon, in 16
 * hexadecimal digits. `prefix` NULL: "belfry-<territory>-<16 hexadecimal digits>". Errors: ERR_FORMAT
 * (the prefix).
 */
CHECKED enum err identifier_write(char *out, size_t room, const char *prefix,
	uint32_t territory, uint64_t order, struct fault *fault);
/* Is it the identifier of this order's message, whatever it begins with? */
bool identifier_is_of(const char *identifier, const char *territory, uint64_t order);

#endif
