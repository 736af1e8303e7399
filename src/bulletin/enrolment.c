/* SPDX-License-Identifier: GPL-3.0-or-later */
/* enrolment.c: the words of an enrolment. */
#include "bulletin/enrolment.h"

#include "base/text.h"

struct hash
enrolment_digest(uint32_t territory, uint32_t siren, uint16_t zone,
	const struct public_key *key, int64_t time_ms)
{
	struct buffer said = {0};
	char time[TIME_TEXT];
	struct hash out;

	time_write(time, time_ms);
	write_format(&said, "%08x %u %u ", territory, siren, zone);
	base64_write(&said, bytes_of(key->at, sizeof key->at));
	write_format(&said, " %s", time);
	out = hash_tagged("belfry-siren-1", buffer_bytes(&said));
	buffer_free(&said);
	return out;
}
