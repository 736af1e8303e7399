/* SPDX-License-Identifier: GPL-3.0-or-later */
/* shape.h: the elements of CAP 1.2 in one table, by which reader, writer and copier go. */
#ifndef CAP_SHAPE_H
#define CAP_SHAPE_H

#include "cap/capmsg.h"

enum shape_kind {
	SHAPE_TEXT,  /* const char * */
	SHAPE_TEXTS, /* struct cap_texts */
	SHAPE_PAIRS,
	SHAPE_RESOURCES,
	SHAPE_AREAS,
	SHAPE_INFOS,
};

struct shape;

struct shape_field {
	const char *name;
	enum shape_kind kind;
	size_t at;		   /* offset in the struct of its parent */
	int required;		   /* the rule that asks for it, or 0 */
	const struct shape *shape; /* of what is inside; NULL for text */
};

struct shape {
	const char *name;
	const struct shape_field *field; /* in the order of the schema */
	size_t fields;
	size_t size; /* of the struct */
	int rule;    /* for unknown, repeated and misplaced elements */
};

extern const struct shape shape_alert;

/* The text of a SHAPE_TEXT field of the struct at `place`. */
const char **shape_text(const struct shape_field *f, void *place);
/* How many there are of a field that may repeat, and the i-th struct or text of them. */
size_t shape_count(const struct shape_field *f, const void *place);
const void *shape_item(const struct shape_field *f, const void *place, size_t i);
/*
 * Room for one more struct in a field that may repeat; for SHAPE_TEXTS the text is
 * `text`. The room is the arena's, earlier structs of the same list may move. NULL: no
 * memory.
 */
void *shape_add(
	const struct shape_field *f, void *place, struct arena *arena, const char *text);

#endif
