/* SPDX-License-Identifier: GPL-3.0-or-later */
/* files.c: in and out, whole. */
#include "cli/files.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum err
input_read(struct buffer *out, const char *path, size_t max, struct fault *fault)
{
	bool standard = strcmp(path, "-") == 0;
	int fd = standard ? STDIN_FILENO : open(path, O_RDONLY | O_CLOEXEC);
	uint8_t part[16384];
	ssize_t n = 0;

	if (fd < 0)
		return fault_set(fault, ERR_IO, "%s: %s", path, strerror(errno));
	while (out->len <= max && (n = read(fd, part, sizeof part)) != 0) {
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			break;
		write_bytes(out, part, (size_t)n);
	}
	if (n < 0)
		fault_write(fault, "%s: %s", path, strerror(errno));
	if (!standard)
		close(fd);
	if (n < 0)
		return ERR_IO;
	return out->len > max ? fault_set(fault, ERR_RANGE, "%s: over %zu bytes", path, max)
			      : out->err;
}

static enum err
write_whole(int fd, struct bytes bytes)
{
	while (bytes.len > 0) {
		ssize_t n = write(fd, bytes.at, bytes.len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return ERR_IO;
		bytes.at += n;
		bytes.len -= (size_t)n;
	}
	return fsync(fd) == 0 ? ERR_OK : ERR_IO;
}

enum err
output_write(const char *path, struct bytes bytes, struct fault *fault)
{
	struct buffer fresh = {0};
	enum err err;
	int fd;

	write_format(&fresh, "%s.new", path);
	fd = open(buffer_text(&fresh), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
	err = fd < 0 ? ERR_IO : write_whole(fd, bytes);
	if (fd >= 0 && close(fd) != 0)
		err = ERR_IO;
	if (err == ERR_OK && rename(buffer_text(&fresh), path) != 0)
		err = ERR_IO;
	if (err != ERR_OK)
		fault_write(fault, "%s: %s", path, strerror(errno));
	if (err != ERR_OK && fd >= 0)
		unlink(buffer_text(&fresh));
	buffer_free(&fresh);
	return err;
}
