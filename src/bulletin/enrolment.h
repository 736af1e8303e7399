/* SPDX-License-Identifier: GPL-3.0-or-later */
/* enrolment.h: what an administrator signs to make a siren known to the hub of one territory. */
#ifndef BULLETIN_ENROLMENT_H
#define BULLETIN_ENROLMENT_H

#include "base/hash.h"

/*
 * SHA-256("belfry-siren-1" ‖ "TERRITORY NUMBER ZONE-NUMBER BASE64-OF-PUBLIC-KEY TIME"): territory as
 * 8 hexadecimal digits, time as RFC 3339 with milliseconds. The territory and the time are in it so
 * that no enrolment counts elsewhere, or once a later one of the same siren came.
 */
struct hash enrolment_digest(uint32_t territory, uint32_t siren, uint16_t zone,
	const struct public_key *key, int64_t time_ms);

#endif
