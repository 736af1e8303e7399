/* SPDX-License-Identifier: GPL-3.0-or-later */
/* cap_tree_json.h: a message as JSON: each element under its name. */
#ifndef CLI_CAP_TREE_JSON_H
#define CLI_CAP_TREE_JSON_H

#include "cli/cap_document.h"

/*
 * {"file", "format", "verdict", "signature", "alert"}; without "alert" for what is no alert. In it
 * an element that the standard lets be repeated is always a list; text is without blanks around it;
 * what is in no namespace of CAP is left out. The caller owns it.
 */
json_t *cap_document_json(const char *path, const struct cap_document *d);

#endif
