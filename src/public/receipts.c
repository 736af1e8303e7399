/* SPDX-License-Identifier: GPL-3.0-or-later */
/* receipts.c: a batch of receipts, record by record. */
#include "public/receipts.h"

bool
receipt_record_next(struct receipt_record *out, struct reader *r, uint32_t territory)
{
	struct receipt receipt;

	*out = (struct receipt_record){0};
	if (r->left == 0 || r->err != ERR_OK)
		return false;
	read_into(r, out->id.at, sizeof out->id.at);
	out->bytes = read_bytes(r, read_u16(r));
	if (r->err != ERR_OK)
		return false;
	out->good = receipt_read(&receipt, out->bytes) == ERR_OK &&
		    receipt.territory == territory;
	if (out->good)
		out->siren = receipt.siren;
	return true;
}

void
receipt_record_write(struct buffer *out, const struct spool_id *id, struct bytes receipt)
{
	write_bytes(out, id->at, sizeof id->at);
	write_u16(out, (uint16_t)receipt.len);
	write_bytes(out, receipt.at, receipt.len);
}
