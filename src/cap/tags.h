/* SPDX-License-Identifier: GPL-3.0-or-later */
/* tags.h: how long the tags of a document are, before a parser sees it. */
#ifndef CAP_TAGS_H
#define CAP_TAGS_H

#include "base/bytes.h"

enum {
	CAP_TAG_MAX = 16 << 10, /* bytes from "<" to ">"; a message's have no attributes */
	CAP_TAGS_SMALL = 128 << 10, /* documents up to here are not looked through */
};

/*
 * Is every tag short? libxml2 compares each attribute and namespace of a tag with all others, so that
 * one tag of some megabytes would keep it busy for minutes. False: *line is where the long one
 * begins. In encodings that are neither UTF-16 nor written as ASCII is, the answer means nothing.
 */
bool cap_tags_are_short(struct bytes document, uint32_t *line);

#endif
