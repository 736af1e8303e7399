/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * receipts.h: what a siren hands in: records of its own 16-byte id, a length (u16) and a receipt's
 * bytes, one behind the other (doc/formats/edge.md). Comes from strangers; only the form is
 * checked here, the signature is the hub's to check: it alone knows the sirens' keys.
 */
#ifndef PUBLIC_RECEIPTS_H
#define PUBLIC_RECEIPTS_H

#include "bulletin/receipt.h"
#include "bulletin/spool.h"

enum { RECEIPTS_AT_ONCE = 4096 };

struct receipt_record {
	struct spool_id id;
	struct bytes bytes; /* borrowed */
	bool good;	    /* a receipt of this territory, in form */
	uint32_t siren;	    /* as it says; 0 unless good */
};

/*
 * Take the next record off. False at the end; then reader_end() tells whether the end is clean. A
 * record whose receipt is not one is not an error of the batch.
 */
bool receipt_record_next(struct receipt_record *out, struct reader *r, uint32_t territory);
/* The inverse, for clients and tests. */
void receipt_record_write(
	struct buffer *out, const struct spool_id *id, struct bytes receipt);

#endif
