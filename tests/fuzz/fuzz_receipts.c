/* SPDX-License-Identifier: GPL-3.0-or-later */
/* fuzz_receipts.c: what a stranger may post to an edge; what is read is written back the same. */
#include "public/receipts.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct reader r = reader_over(data, size);
	struct receipt_record record;
	struct buffer again = {0};

	while (receipt_record_next(&record, &r, 0xbeef)) {
		if (record.good && record.bytes.len < 64)
			abort();
		receipt_record_write(&again, &record.id, record.bytes);
	}
	if (again.len > size || (again.len > 0 && memcmp(again.at, data, again.len) != 0))
		abort();
	if (reader_end(&r) == ERR_OK && again.len != size)
		abort();
	buffer_free(&again);
	return 0;
}
