/* SPDX-License-Identifier: GPL-3.0-or-later */
/* xml_write.h: elements of CAP 1.2 as bytes: one tree, one form. */
#ifndef CAP_XML_WRITE_H
#define CAP_XML_WRITE_H

#include "cap/tree.h"

/*
 * Text as it stands between tags (CAP-v1.2-os 3.3.3): no references but the five of XML and numeric
 * ones. A carriage return is written as one, because a reader would make a line feed of it.
 */
void xml_escape(struct buffer *out, const char *text);
void xml_indent(struct buffer *out, unsigned depth);
/*
 * The whole document: UTF-8, LF, two blanks of indent, no attributes but the namespace. Errors:
 * ERR_REFUSED (an element of another namespace, or text beside elements: it would be lost),
 * ERR_NOMEM.
 */
CHECKED enum err xml_write(struct buffer *out, const struct cap_tree *tree);

#define XML_HEAD "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"

#endif
