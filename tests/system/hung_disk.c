/* SPDX-License-Identifier: GPL-3.0-or-later */
/* hung_disk.c: a library to preload: while the file HUNG_DISK is there, no sync comes back. */
#include <stdlib.h>
#include <sys/syscall.h>
#include <unistd.h>

static void
hang(void)
{
	const char *while_there = getenv("HUNG_DISK");

	while (while_there != NULL && access(while_there, F_OK) == 0)
		usleep(5000);
}

int
fdatasync(int fd)
{
	hang();
	return (int)syscall(SYS_fdatasync, fd);
}

int
fsync(int fd)
{
	hang();
	return (int)syscall(SYS_fsync, fd);
}
