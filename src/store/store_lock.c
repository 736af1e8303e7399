/* SPDX-License-Identifier: GPL-3.0-or-later */
/* store_lock.c: one program at a time writes a journal. */
#include "store/store_parts.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

static enum err
refuse_second(int fd, const char *path, struct fault *fault)
{
	char pid[24] = "";
	ssize_t n = pread(fd, pid, sizeof pid - 1, 0);

	close(fd);
	pid[n > 0 ? strspn(pid, "0123456789") : 0] = '\0';
	if (pid[0] == '\0')
		return fault_set(fault, ERR_BUSY,
			"%s is in use by another process; stop that one first", path);
	return fault_set(fault, ERR_BUSY, "%s is in use by process %s; stop that one first",
		path, pid);
}

/*
 * A file of its own, because closing any descriptor of the journal would drop the locks that
 * SQLite has on it (fcntl(2)). flock(2) goes with the descriptor, so kill -9 frees it. The
 * file stays when the program ends: removing it would let two programs lock two files.
 */
enum err
store_lock_take(int *out, const char *path, struct fault *fault)
{
	char *name;
	int fd;

	if (asprintf(&name, "%s-lock", path) < 0)
		return fault_set(fault, ERR_NOMEM, "out of memory opening %s", path);
	fd = open(name, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	if (fd < 0) {
		enum err err = fault_set(fault, errno == ENOSPC ? ERR_FULL : ERR_IO,
			"cannot make %s: %s; the program's user needs the right to write "
			"there",
			name, strerror(errno));

		free(name);
		return err;
	}
	free(name);
	if (flock(fd, LOCK_EX | LOCK_NB) != 0)
		return refuse_second(fd, path, fault);
	/* The pid is for people; without it (disk full) the lock holds as well. */
	if (ftruncate(fd, 0) == 0)
		(void)!dprintf(fd, "%ld\n", (long)getpid());
	*out = fd;
	return ERR_OK;
}

void
store_lock_drop(int lock)
{
	if (lock < 0)
		return;
	(void)!ftruncate(lock, 0);
	close(lock);
}

enum err
store_file_prepare(const char *path, struct fault *fault)
{
	int fd = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);

	if (fd >= 0) {
		close(fd);
		return ERR_OK;
	}
	if (errno != EEXIST)
		return fault_set(fault, errno == ENOSPC ? ERR_FULL : ERR_IO,
			"cannot make %s: %s", path, strerror(errno));
	/* Not opened here: see store_lock_take() on closing. */
	if (access(path, R_OK | W_OK) != 0)
		return fault_set(fault, ERR_IO,
			"cannot write %s: %s; look at its owner, its mode and the mount",
			path, strerror(errno));
	return ERR_OK;
}
