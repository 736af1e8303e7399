/* SPDX-License-Identifier: GPL-3.0-or-later */
/* state_file.c: the hands of a state log on a real file. */
#include "store/state_log.h"

#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

struct state_file {
	int fd;
	char *path;
};

static enum err
err_of_errno(void)
{
	return errno == ENOSPC || errno == EDQUOT ? ERR_FULL : ERR_IO;
}

static enum err
write_at(int fd, uint64_t at, struct bytes in)
{
	size_t done = 0;

	while (done < in.len) {
		ssize_t n = pwrite(fd, in.at + done, in.len - done, (off_t)(at + done));

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return err_of_errno();
		done += (size_t)n;
	}
	return ERR_OK;
}

static enum err
file_read(void *ctx, struct buffer *out)
{
	struct state_file *f = ctx;
	uint8_t part[65536];
	off_t at = 0;

	for (;;) {
		ssize_t n = pread(f->fd, part, sizeof part, at);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return ERR_IO;
		if (n == 0)
			return out->err;
		write_bytes(out, part, (size_t)n);
		at += n;
	}
}

static enum err
file_write(void *ctx, uint64_t at, struct bytes in)
{
	return write_at(((struct state_file *)ctx)->fd, at, in);
}

static enum err
file_sync(void *ctx)
{
	return fdatasync(((struct state_file *)ctx)->fd) == 0 ? ERR_OK : err_of_errno();
}

static enum err
file_truncate(void *ctx, uint64_t len)
{
	return ftruncate(((struct state_file *)ctx)->fd, (off_t)len) == 0 ? ERR_OK
									  : err_of_errno();
}

/* A new name is on the disk only when its folder is. */
static enum err
sync_folder(const char *path)
{
	char *copy = strdup(path);
	enum err err = ERR_OK;
	int fd;

	if (copy == NULL)
		return ERR_NOMEM;
	fd = open(dirname(copy), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	free(copy);
	if (fd < 0)
		return ERR_IO;
	if (fsync(fd) != 0)
		err = err_of_errno();
	close(fd);
	return err;
}

static enum err
rename_synced(struct state_file *f, int fd, const char *name, struct bytes in)
{
	enum err err = write_at(fd, 0, in);

	if (err == ERR_OK && fsync(fd) != 0)
		err = err_of_errno();
	if (err == ERR_OK &&
		(flock(fd, LOCK_EX | LOCK_NB) != 0 || rename(name, f->path) != 0))
		err = err_of_errno();
	if (err != ERR_OK) {
		unlink(name);
		close(fd);
		return err;
	}
	close(f->fd);
	f->fd = fd;
	return sync_folder(f->path);
}

static enum err
file_replace(void *ctx, struct bytes in)
{
	struct state_file *f = ctx;
	enum err err;
	char *name;
	int fd;

	if (asprintf(&name, "%s.new", f->path) < 0)
		return ERR_NOMEM;
	fd = open(name, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	err = fd >= 0 ? rename_synced(f, fd, name, in) : err_of_errno();
	free(name);
	return err;
}

static void
file_close(void *ctx)
{
	struct state_file *f = ctx;

	close(f->fd);
	free(f->path);
	free(f);
}

static enum err
open_locked(struct state_file *f, struct fault *fault)
{
	f->fd = open(f->path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	if (f->fd < 0)
		return fault_set(fault, err_of_errno(), "cannot open %s for writing: %s",
			f->path, strerror(errno));
	if (flock(f->fd, LOCK_EX | LOCK_NB) != 0)
		return fault_set(fault, ERR_BUSY,
			"%s is in use by another process; stop that one first", f->path);
	if (sync_folder(f->path) != ERR_OK)
		return fault_set(fault, ERR_IO, "cannot sync the folder of %s", f->path);
	return ERR_OK;
}

enum err
state_file_io(struct state_io *out, const char *path, struct fault *fault)
{
	struct state_file *f = calloc(1, sizeof *f);
	enum err err;

	if (f == NULL || (f->path = strdup(path)) == NULL) {
		free(f);
		return fault_set(fault, ERR_NOMEM, "out of memory opening %s", path);
	}
	err = open_locked(f, fault);
	if (err != ERR_OK) {
		if (f->fd >= 0)
			close(f->fd);
		free(f->path);
		free(f);
		return err;
	}
	*out = (struct state_io){f, file_read, file_write, file_sync, file_truncate,
		file_replace, file_close};
	return ERR_OK;
}
