/* SPDX-License-Identifier: GPL-3.0-or-later */
/* views.h: what is live, in the forms that people and programs read. Each appends a whole document
 * to `out`; errors go to out->err. */
#ifndef PUBLIC_VIEWS_H
#define PUBLIC_VIEWS_H

#include "edge/edge.h"
#include "wire/template.h"

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
/* For the case that the page cannot be filled: the same in a few plain words. */
void view_plain(struct buffer *out, const struct view *v);

#endif
