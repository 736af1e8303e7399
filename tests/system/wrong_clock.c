/* SPDX-License-Identifier: GPL-3.0-or-later */
/* wrong_clock.c: a library to preload: the wall clock is WRONG_CLOCK_S seconds ahead. */
#include <stdlib.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

int
clock_gettime(clockid_t clock, struct timespec *t)
{
	const char *ahead = getenv("WRONG_CLOCK_S");
	int failed = (int)syscall(SYS_clock_gettime, clock, t);

	if (failed == 0 && clock == CLOCK_REALTIME && ahead != NULL)
		t->tv_sec += atol(ahead);
	return failed;
}
