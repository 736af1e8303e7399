/* SPDX-License-Identifier: GPL-3.0-or-later */
/* files.h: small files, whole. */
#ifndef DEMO_FILES_H
#define DEMO_FILES_H

#include "base/bytes.h"

#include <jansson.h>

/* Make a folder and those above it; there already is fine. */
CHECKED enum err folder_make(const char *path, struct fault *fault);
/* Write a file whole, or leave the old one; `secret`: mode 0600, else 0644. */
CHECKED enum err file_write(
	const char *path, struct bytes bytes, bool secret, struct fault *fault);
/* The same for JSON; takes the reference. */
CHECKED enum err json_write(const char *path, json_t *o, bool secret, struct fault *fault);
bool file_exists(const char *path);
/* Remove a folder and all in it. */
void folder_remove(const char *path);

#endif
