/* SPDX-License-Identifier: GPL-3.0-or-later */
/* slurp.h: whole files for the tests of cap; paths are from the root of the project. */
#ifndef TESTS_CAP_SLURP_H
#define TESTS_CAP_SLURP_H

#include "base/bytes.h"

#include <stdio.h>

/* false if there is no such file. The caller frees `out`. */
static inline bool
slurp(struct buffer *out, const char *path)
{
	FILE *f = fopen(path, "rb");
	char part[4096];
	size_t n;

	if (f == NULL)
		return false;
	while ((n = fread(part, 1, sizeof part, f)) > 0)
		write_bytes(out, part, n);
	fclose(f);
	return true;
}

#endif
