/* SPDX-License-Identifier: GPL-3.0-or-later */
/* fuzz_receipt.c: receipts: what is read is written to the same bytes but for the signature. */
#include "bulletin/receipt.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct secret_key key;
	size_t part = size - sizeof(struct signature);
	struct buffer again = {0};
	struct receipt r;

	if (receipt_read(&r, bytes_of(data, size)) == ERR_OK) {
		receipt_write(&again, &r, &key);
		if (again.len != size ||
			!bytes_equal(bytes_of(again.at, part), bytes_of(data, part)))
			abort();
	}
	receipt_verify(bytes_of(data, size), &key.public);
	buffer_free(&again);
	return 0;
}
