/* SPDX-License-Identifier: GPL-3.0-or-later */
/* fuzz_readings.c: what an edge says to a siren box: an event's word, a line feed, its data; and the
 * same bytes as an answer to receipts. */
#include "box/letter.h"
#include "box/readings.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct readings *readings;
	const uint8_t *feed = memchr(data, '\n', size);
	size_t word = feed != NULL ? (size_t)(feed - data) : size;
	struct bytes text = bytes_of(data + word, size - word);
	const struct reading *first, *again;
	uint64_t held[4], spool;

	if (readings == NULL && readings_new(&readings) != ERR_OK)
		return 0;
	if (text.len > 0)
		text = bytes_of(text.at + 1, text.len - 1);
	first = readings_read(readings, bytes_of(data, word), text);
	again = readings_read(readings, bytes_of(data, word), text);
	if (first->kind != again->kind || first->order.len != again->order.len)
		abort();
	for (size_t n = 0; n <= 4; n++)
		(void)!held_read(held, n, &spool, text);
	return 0;
}
