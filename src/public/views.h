/* SPDX-License-Identifier: GPL-3.0-or-later */
/* views.h: what is live, in the forms that people and programs read. Each appends a whole document
 * to `out`; errors go to out->err. */
#ifndef PUBLIC_VIEWS_H
#define PUBLIC_VIEWS_H

#include "edge/edge.h"
#include "wire/template.h"

#include <jansson.h>

struct view {
	const struct edge *edge;
	const char *name, *territory_name,
		*url; /* url: "" or as "https://alerts.example.org" */
	int64_t now_ms;
};

/* The page. Errors: those of template_fill(). */
CHECKED enum err view_page(struct buffer *out, const struct view *v,
	const struct template *t, struct fault *fault);
void view_json(struct buffer *out, const struct view *v);
void view_geojson(struct buffer *out, const struct view *v);
void view_atom(struct buffer *out, const struct view *v);
void view_rss(struct buffer *out, const struct view *v);
/* What others say, as the hub's entry told it, without what is over; null if it never told of any. The
 * caller owns it. */
json_t *view_others(const struct view *v);
/* The same for the page: any_others, others, sources (web/README.md); `current`: of the hub's word. */
void view_others_fill(json_t *context, const struct view *v, bool current);
/* For the case that the page cannot be filled: the same in a few plain words. */
void view_plain(struct buffer *out, const struct view *v);

#endif
