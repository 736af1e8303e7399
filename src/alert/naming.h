/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * naming.h: what was said of orders, and where: a mouth in another zone did not hear it. Only for
 * book.c.
 */
#ifndef ALERT_NAMING_H
#define ALERT_NAMING_H

#include "alert/book.h"

struct naming {
	uint64_t id;
	enum alert_state state;
	struct order_zones zones; /* none: everywhere, as a stop */
};

struct namings {
	struct naming *at;
	size_t count, cap;
};

void namings_free(struct namings *n);
void namings_add(struct namings *n, uint64_t id, enum alert_state state,
	const struct order_zones *zones);
bool namings_have(const struct namings *n, uint64_t id);
/* Drop what names orders that were made before. */
void namings_forget(struct namings *n, int64_t before_ms);

/*
 * What was said of the order that sounded in these zones (none: not known where). It is ended if it
 * was ended in all of them, by that zone's number, a parent's or a group's; who ends a part does not
 * speak for the rest, where sirens sound on. `zones` may be NULL.
 */
enum alert_state namings_state(const struct namings *n, const struct zones *zones,
	uint64_t id, const uint16_t *zone, size_t count);

/* What is said of an order later outweighs what was said before only if it is more. */
int alert_state_weight(enum alert_state state);

#endif
