/* SPDX-License-Identifier: GPL-3.0-or-later */
/* scratch.h: a folder for one test, and files in it. */
#ifndef TESTS_BOX_SCRATCH_H
#define TESTS_BOX_SCRATCH_H

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static char scratch[64];

static inline const char *
scratch_path(const char *name)
{
	static char path[4][400];
	static unsigned turn;
	char *out = path[turn++ % 4];

	snprintf(out, sizeof path[0], "%s/%s", scratch, name);
	return out;
}

static inline void
scratch_put(const char *name, const char *text, mode_t mode)
{
	FILE *f = fopen(scratch_path(name), "w");

	if (f == NULL || fputs(text, f) < 0 || fclose(f) != 0 ||
		chmod(scratch_path(name), mode) != 0)
		abort();
}

static inline int
scratch_begin(void **state)
{
	(void)state;
	strcpy(scratch, "/tmp/belfry-box-XXXXXX");
	return mkdtemp(scratch) != NULL ? 0 : -1;
}

static inline int
scratch_end(void **state)
{
	DIR *d = opendir(scratch);
	struct dirent *entry;

	(void)state;
	while (d != NULL && (entry = readdir(d)) != NULL)
		if (entry->d_name[0] != '.')
			unlink(scratch_path(entry->d_name));
	if (d != NULL)
		closedir(d);
	return rmdir(scratch);
}

#endif
