/* SPDX-License-Identifier: GPL-3.0-or-later */
/* pattern_files.c: a folder of pattern files, all or none. */
#include "hands/pattern_files.h"

#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static enum err
load_bytes(uint8_t **out, size_t *len, const char *path, struct fault *fault)
{
	FILE *f = fopen(path, "re");
	uint8_t *bytes = malloc(PATTERN_FILE_MAX + 1);
	enum err err = bytes == NULL ? ERR_NOMEM : ERR_OK;

	if (f != NULL && bytes != NULL)
		*len = fread(bytes, 1, PATTERN_FILE_MAX + 1, f);
	if (f == NULL || ferror(f))
		err = ERR_IO;
	if (err != ERR_OK) {
		err = fault_set(fault, err, "%s: %s", path, strerror(errno));
		free(bytes);
	} else {
		*out = bytes;
	}
	if (f != NULL)
		fclose(f);
	return err;
}

static enum err
load_one(struct patterns *ps, const char *folder, const char *name, struct fault *fault)
{
	char path[PATH_MAX];
	size_t len = 0, stem = strlen(name) - strlen(".json");
	uint8_t *bytes;
	struct pattern p;
	enum err err;

	if (snprintf(path, sizeof path, "%s/%s", folder, name) >= (int)sizeof path)
		return fault_set(fault, ERR_RANGE, "%s: the path is too long", folder);
	err = load_bytes(&bytes, &len, path, fault);
	if (err != ERR_OK)
		return err;
	err = pattern_read(&p, bytes_of(bytes, len), path, fault);
	free(bytes);
	if (err != ERR_OK)
		return err;
	if (strlen(p.name) != stem || memcmp(p.name, name, stem) != 0)
		return fault_set(fault, ERR_CONFLICT,
			"%s: holds the pattern %s: a file has its pattern's name", path,
			p.name);
	return patterns_add(ps, &p, fault);
}

static int
is_pattern(const struct dirent *entry)
{
	size_t len = strlen(entry->d_name);

	return len > 5 && entry->d_name[0] != '.' &&
	       strcmp(entry->d_name + len - 5, ".json") == 0;
}

enum err
patterns_load(struct patterns **out, const char *folder, struct fault *fault)
{
	struct patterns *ps = NULL;
	struct dirent **entry;
	int n = scandir(
		folder, &entry, is_pattern, alphasort); /* the same fault each time */
	enum err err;

	if (n < 0)
		return fault_set(fault, ERR_IO, "%s: %s", folder, strerror(errno));
	err = patterns_new(&ps);
	if (err != ERR_OK)
		err = fault_set(fault, err, "%s: no memory", folder);
	for (int i = 0; i < n; i++) {
		if (err == ERR_OK)
			err = load_one(ps, folder, entry[i]->d_name, fault);
		free(entry[i]);
	}
	free(entry);
	if (err == ERR_OK && (patterns_find(ps, PATTERN_SILENT_TEST) == NULL ||
				     patterns_find(ps, PATTERN_GROWL) == NULL))
		err = fault_set(fault, ERR_UNKNOWN,
			"%s: silent-test.json or growl.json is missing", folder);
	if (err == ERR_OK)
		*out = ps;
	else
		patterns_free(ps);
	return err;
}
