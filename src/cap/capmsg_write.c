/* SPDX-License-Identifier: GPL-3.0-or-later */
/* capmsg_write.c: CAP 1.2 as bytes: one message, one form. */
#include "cap/capval.h"
#include "cap/shape.h"
#include "cap/xml_write.h"

static enum err
write_shape(struct buffer *out, const struct shape *shape, const void *place,
	unsigned depth, struct fault *fault)
{
	for (size_t i = 0; i < shape->fields; i++) {
		const struct shape_field *f = &shape->field[i];

		for (size_t k = 0; k < shape_count(f, place); k++) {
			const void *item = shape_item(f, place, k);

			xml_indent(out, depth);
			write_format(out, "<%s>", f->name);
			if (f->shape != NULL) {
				write_text(out, "\n");
				if (write_shape(out, f->shape, item, depth + 1, fault) !=
					ERR_OK)
					return ERR_FORMAT;
				xml_indent(out, depth);
			} else if (!capval_is_text(item)) {
				return fault_set(fault, ERR_FORMAT,
					"<%s> holds bytes that are not UTF-8 or that XML "
					"forbids "
					"(rule 1)",
					f->name);
			} else {
				xml_escape(out, item);
			}
			write_format(out, "</%s>\n", f->name);
		}
	}
	return ERR_OK;
}

enum err
capmsg_write(struct buffer *out, const struct capmsg *msg, struct fault *fault)
{
	enum err err;

	write_text(out, XML_HEAD "<alert xmlns=\"" CAP_NAMESPACE "\">\n");
	err = write_shape(out, &shape_alert, msg, 1, fault);
	if (err != ERR_OK)
		return err;
	write_text(out, "</alert>\n");
	return out->err == ERR_OK ? ERR_OK : fault_set(fault, out->err, "out of memory");
}
