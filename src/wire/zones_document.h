/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * zones_document.h: one version of a territory's zones as two texts: the document, which
 * administrators sign and sirens hold (the tree alone), and the geometry, whose hash is in it.
 */
#ifndef WIRE_ZONES_DOCUMENT_H
#define WIRE_ZONES_DOCUMENT_H

#include "base/hash.h"
#include "geo/zones.h"

enum {
	ZONES_DOCUMENT_BYTES_MAX = 32 * 1024 * 1024,
	ZONES_GEOMETRY_BYTES_MAX = 64 * 1024 * 1024,
};

struct zones_head {
	char territory[9]; /* 8 lower-case hexadecimal digits */
	uint64_t version;  /* from 1 */
	struct hash
		previous; /* SHA-256 of the document before; all zeros: this is the first */
	struct hash geometry; /* SHA-256 of the geometry text */
};

/*
 * A GeoJSON FeatureCollection, a feature for each zone in order of their numbers, a line each:
 * {"type":"Feature","id":"3","properties":{"number":1},"geometry":{…}}. The same zones always
 * give the same bytes. Every zone must have its outline.
 */
void zones_geometry_write(struct buffer *out, const struct zones *zones);

/* The document, one line of JSON; the same values always give the same bytes. */
void zones_document_write(
	struct buffer *out, const struct zones_head *head, const struct zones *zones);

/*
 * Read a document and, unless `geometry` is empty, the outlines. Strict: no member too many or
 * too few, zones in the order of their numbers, outlines as shape_settle() leaves them and one
 * for each zone. Signatures are the caller's to check. On success the caller owns *out.
 * Errors: ERR_FORMAT, ERR_VERSION (another format's name), ERR_CONFLICT (the geometry is not
 * the one that the document names), ERR_SHAPE, and those of zones_take(); the sentence says
 * where.
 */
CHECKED enum err zones_document_read(struct zones **out, struct zones_head *head,
	struct bytes document, struct bytes geometry, struct fault *fault);

#endif
