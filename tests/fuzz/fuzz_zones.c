/* SPDX-License-Identifier: GPL-3.0-or-later */
/* fuzz_zones.c: a zones document, a NUL, and outlines; what is read is written and read again. */
#include "wire/zones_document.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
read_again(const struct zones *z, const struct zones_head *head, struct bytes geometry)
{
	struct zones_head named = *head, again;
	struct buffer doc = {0}, copy = {0};
	struct fault fault;
	struct zones *other;

	named.geometry = hash_of(geometry);
	zones_document_write(&doc, &named, z);
	if (zones_document_read(&other, &again, buffer_bytes(&doc), (struct bytes){NULL, 0},
		    &fault) != ERR_OK)
		abort();
	zones_free(other);
	if (zones_document_read(&other, &again, buffer_bytes(&doc), geometry, &fault) ==
		ERR_OK) {
		zones_document_write(&copy, &again, other);
		if (!bytes_equal(buffer_bytes(&copy), buffer_bytes(&doc)))
			abort();
		zones_free(other);
	}
	buffer_free(&doc);
	buffer_free(&copy);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const uint8_t *nul = memchr(data, 0, size);
	size_t len = nul ? (size_t)(nul - data) : size;
	struct bytes geometry = {nul ? nul + 1 : NULL, nul ? size - len - 1 : 0};
	struct zones_head head;
	struct fault fault;
	struct zones *z;

	if (zones_document_read(&z, &head, bytes_of(data, len), (struct bytes){NULL, 0},
		    &fault) != ERR_OK)
		return 0;
	read_again(z, &head, geometry);
	zones_free(z);
	return 0;
}
