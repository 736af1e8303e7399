/* SPDX-License-Identifier: GPL-3.0-or-later */
/* xml_write.c: elements of CAP 1.2 as bytes. */
#include "cap/xml_write.h"

#include "cap/capmsg.h"

#include <string.h>

void
xml_escape(struct buffer *out, const char *text)
{
	for (const char *p = text; *p != '\0';) {
		size_t plain = strcspn(p, "&<>\r");

		write_bytes(out, p, plain);
		p += plain;
		if (*p == '\0')
			break;
		write_text(out, *p == '&'   ? "&amp;"
				: *p == '<' ? "&lt;"
				: *p == '>' ? "&gt;"
					    : "&#13;");
		p++;
	}
}

void
xml_indent(struct buffer *out, unsigned depth)
{
	while (depth-- > 0)
		write_text(out, "  ");
}

static enum err
write_node(struct buffer *out, const struct cap_node *n, unsigned depth)
{
	enum err err = n->space == CAP_SPACE_12 && !n->loose ? ERR_OK : ERR_REFUSED;

	xml_indent(out, depth);
	write_format(out, "<%s>", n->name);
	if (n->first == NULL)
		xml_escape(out, n->text);
	else
		write_text(out, "\n");
	for (const struct cap_node *c = n->first; c != NULL && err == ERR_OK; c = c->next)
		err = write_node(out, c, depth + 1);
	if (n->first != NULL)
		xml_indent(out, depth);
	write_format(out, "</%s>\n", n->name);
	return err;
}

enum err
xml_write(struct buffer *out, const struct cap_tree *tree)
{
	enum err err = tree->format == CAP_FORMAT_12 ? ERR_OK : ERR_REFUSED;

	if (err != ERR_OK)
		return err;
	write_text(out, XML_HEAD "<alert xmlns=\"" CAP_NAMESPACE "\">\n");
	for (const struct cap_node *c = tree->root->first; c != NULL && err == ERR_OK;
		c = c->next)
		err = write_node(out, c, 1);
	write_text(out, "</alert>\n");
	return err != ERR_OK ? err : out->err;
}
