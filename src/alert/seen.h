/* SPDX-License-Identifier: GPL-3.0-or-later */
/* seen.h: the ids of orders that came, so that a repeat is known as one. Only for book.c. */
#ifndef ALERT_SEEN_H
#define ALERT_SEEN_H

#include "bulletin/order.h"

struct seen {
	uint64_t id;
	int signers; /* how many it needed: what one signs does not spend the id of what two sign */
};

struct seen_set {
	struct seen *at;
	size_t count, cap;
};

void seen_free(struct seen_set *s);
const struct seen *seen_find(const struct seen_set *s, uint64_t id); /* or NULL */
void seen_add(struct seen_set *s, uint64_t id, int signers);
int64_t seen_newest_ms(const struct seen_set *s); /* 0: none came */
void seen_forget(struct seen_set *s, int64_t before_ms);

#endif
