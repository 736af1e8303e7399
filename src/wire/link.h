/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * link.h: frames between hub and edge (doc/formats/link.md). The hub dials; the first byte says
 * what a frame is, the rest is as named here. Nothing in a frame is believed for its path: entries
 * and checkpoints are signed by the hub, orders by operators, receipts by sirens.
 */
#ifndef WIRE_LINK_H
#define WIRE_LINK_H

#include "base/bytes.h"

enum link_frame {
	/* down: hub to edge */
	LINK_HELLO = 'H',      /* JSON {"territory","term","size"} */
	LINK_ENTRY = 'E',      /* an entry line */
	LINK_CHECKPOINT = 'C', /* a checkpoint line */
	LINK_ORDER =
		'B', /* u32 length, order bytes, then its content (may be empty): approved,
				* marked "not yet on disk". Also up: one that stands in no entry */
	LINK_CURSOR = 'U', /* a cursor line: spool messages that are received */
	LINK_BACK = 'K',   /* u64: send me your entries from this number on */
	/* up: edge to hub */
	LINK_EDGE = 'h', /* JSON {"edge","spool","size","term","checkpoint":line or null} */
	LINK_OWN_ENTRY = 'e', /* an entry line that the hub asked for with LINK_BACK */
	LINK_OWN_END = 'n',   /* u64 size: no more of them */
	LINK_WANT = 'w',      /* u64: send me entries from this number on */
	LINK_SPOOL = 's',     /* one spool message (bulletin/spool.h) */
	LINK_FORK = 'f',      /* JSON of a fork proof (bulletin/fork.h) */
};

/* Frame `kind` around bytes. */
void link_write(struct buffer *out, enum link_frame kind, struct bytes body);
/* Errors: ERR_SHORT (empty). The body borrows. */
CHECKED enum err link_read(struct bytes frame, enum link_frame *kind, struct bytes *body);

/* Body of LINK_ORDER. Errors: ERR_SHORT. Both borrow. */
void link_order_write(struct buffer *out, struct bytes order, struct bytes content);
CHECKED enum err link_order_read(
	struct bytes body, struct bytes *order, struct bytes *content);
/* Body of LINK_BACK, LINK_OWN_END, LINK_WANT. */
void link_number_write(struct buffer *out, enum link_frame kind, uint64_t number);
CHECKED enum err link_number_read(struct bytes body, uint64_t *number);

#endif
