/* SPDX-License-Identifier: GPL-3.0-or-later */
/* file.c: a whole file at once. */
#include "loop/file.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

enum err
file_read(struct buffer *out, const char *path, size_t max, struct fault *fault)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	uint8_t part[16384];
	ssize_t n;

	if (fd < 0)
		return fault_set(fault, ERR_IO, "%s: %s", path, strerror(errno));
	while ((n = read(fd, part, sizeof part)) > 0 && out->len <= max)
		write_bytes(out, part, (size_t)n);
	close(fd);
	if (n < 0)
		return fault_set(fault, ERR_IO, "%s: %s", path, strerror(errno));
	if (out->len > max)
		return fault_set(fault, ERR_RANGE, "%s: over %zu bytes", path, max);
	return out->err;
}
