/* SPDX-License-Identifier: GPL-3.0-or-later */
/* test_cage.c: what a process in the cage can still do, and what ends it. */
#include "source/cage.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

/* How a child ends that does this in the cage: waitpid()'s status. */
static int
end_of(int (*act)(void))
{
	pid_t pid = fork();
	int status = 0;

	assert_true(pid >= 0);
	if (pid == 0)
		_exit(cage_shut() == ERR_OK ? act() : 99);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	return status;
}

static int
opens_a_file(void)
{
	return open("/etc/passwd", O_RDONLY) < 0 && (errno == EACCES || errno == EMFILE)
		       ? 7
		       : 1;
}

static int
uses_memory(void)
{
	char *at = malloc(100 << 20);
	int good;

	if (at == NULL)
		return 1;
	memset(at, 5, 100 << 20);
	good = at[99 << 20] == 5;
	free(at);
	return good ? 7 : 1;
}

static int
makes_a_socket(void)
{
	return socket(AF_INET, SOCK_STREAM, 0);
}

static int
forks(void)
{
	return fork();
}

static int
runs_a_program(void)
{
	return execl("/bin/true", "true", (char *)NULL);
}

static int
ends_another(void)
{
	return kill(getppid(), 0);
}

static int
runs_what_it_wrote(void)
{
	return mmap(NULL, 4096, PROT_READ | PROT_WRITE | PROT_EXEC,
		       MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) == MAP_FAILED;
}

static void
memory_and_what_is_open_remain(void **state)
{
	(void)state;
	assert_int_equal(WEXITSTATUS(end_of(uses_memory)), 7);
	assert_int_equal(WEXITSTATUS(end_of(opens_a_file)), 7);
}

static void
network_programs_and_other_processes_end_it(void **state)
{
	int (*const acts[])(void) = {
		makes_a_socket, forks, runs_a_program, ends_another, runs_what_it_wrote};

	(void)state;
	for (size_t i = 0; i < sizeof acts / sizeof *acts; i++) {
		int status = end_of(acts[i]);

		if (!WIFSIGNALED(status) || WTERMSIG(status) != SIGSYS)
			fail_msg("act %zu: status %d", i, status);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(memory_and_what_is_open_remain),
		cmocka_unit_test(network_programs_and_other_processes_end_it),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
