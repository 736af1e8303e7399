/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * takeover.h: two operators make another hub the writer: which term, and the old one's last number.
 *
 * As data of an entry of kind "takeover": term u32, last number u64 (both big-endian), then the
 * order (order.h) of class takeover, whose content is the SHA-256 of the first 12 bytes.
 */
#ifndef BULLETIN_TAKEOVER_H
#define BULLETIN_TAKEOVER_H

#include "bulletin/order.h"

struct takeover {
	uint32_t term;	      /* the new one; its hub's key is in the roster */
	uint64_t last_number; /* the last entry of the old term that counts */
};

struct hash takeover_content(const struct takeover *t);
void takeover_write(struct buffer *out, const struct takeover *t, const struct order *o);
/* The order's approvals borrow from `in`. Errors: those of order_read(), ERR_CONFLICT (the order
 * is for something else). */
CHECKED enum err takeover_read(struct takeover *out, struct order *order, struct bytes in);

#endif
