/* SPDX-License-Identifier: GPL-3.0-or-later */
/* files.c: small files, whole. */
#include "demo/files.h"

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum err
folder_make(const char *path, struct fault *fault)
{
	char part[4096];
	size_t len = strlen(path);

	if (len >= sizeof part)
		return fault_set(fault, ERR_RANGE, "%s: the path is too long", path);
	for (size_t i = 1; i <= len; i++) {
		if (path[i] != '/' && path[i] != '\0')
			continue;
		memcpy(part, path, i);
		part[i] = '\0';
		if (mkdir(part, 0755) != 0 && errno != EEXIST)
			return fault_set(fault, ERR_IO, "%s: %s", part, strerror(errno));
	}
	return ERR_OK;
}

enum err
file_write(const char *path, struct bytes bytes, bool secret, struct fault *fault)
{
	char temp[4096];
	int fd;
	bool good;

	snprintf(temp, sizeof temp, "%s.new", path);
	fd = open(temp, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, secret ? 0600 : 0644);
	if (fd < 0)
		return fault_set(fault, ERR_IO, "%s: %s", temp, strerror(errno));
	good = write(fd, bytes.at, bytes.len) == (ssize_t)bytes.len && fsync(fd) == 0;
	good = close(fd) == 0 && good;
	if (!good || rename(temp, path) != 0)
		return fault_set(fault, ERR_IO, "%s: %s", path, strerror(errno));
	return ERR_OK;
}

enum err
json_write(const char *path, json_t *o, bool secret, struct fault *fault)
{
	char *text = json_dumps(o, JSON_INDENT(1));
	enum err err = text != NULL ? file_write(path, bytes_of_text(text), secret, fault)
				    : ERR_NOMEM;

	free(text);
	json_decref(o);
	return err;
}

bool
file_exists(const char *path)
{
	return access(path, F_OK) == 0;
}

static int
remove_one(const char *path, const struct stat *st, int kind, struct FTW *ftw)
{
	(void)st;
	(void)kind;
	(void)ftw;
	return remove(path);
}

void
folder_remove(const char *path)
{
	nftw(path, remove_one, 16, FTW_DEPTH | FTW_PHYS);
}
