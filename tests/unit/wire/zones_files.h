/* SPDX-License-Identifier: GPL-3.0-or-later */
/* zones_files.h: files of zones for the tests; paths are from the root of the project. */
#ifndef TESTS_WIRE_ZONES_FILES_H
#define TESTS_WIRE_ZONES_FILES_H

#include "wire/geojson.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

/* false if there is no such file. The caller frees `out`. */
static inline bool
slurp(struct buffer *out, const char *path)
{
	FILE *f = fopen(path, "rb");
	char part[65536];
	size_t n;

	if (f == NULL)
		return false;
	while ((n = fread(part, 1, sizeof part, f)) > 0)
		write_bytes(out, part, n);
	fclose(f);
	return true;
}

static inline enum err
zones_from(struct zones **out, const char *path, const struct geojson_options *options,
	struct fault *fault)
{
	struct buffer text = {0};
	enum err err;

	*out = NULL;
	assert_true(slurp(&text, path));
	err = geojson_read_zones(out, buffer_bytes(&text), options, fault);
	buffer_free(&text);
	return err;
}

static inline struct zones *
zones_of_text(const char *text, const struct geojson_options *options)
{
	struct zones *z = NULL;
	struct fault fault = {""};

	if (geojson_read_zones(&z, bytes_of_text(text), options, &fault) != ERR_OK)
		fail_msg("%s", fault.text);
	return z;
}

#endif
