/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "loop/address.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

struct place {
	struct loop *loop;
	char dir[64], path[96];
	int accepted;
	struct listener *ends; /* by its own accept */
};

static int
with_place(void **state)
{
	struct place *p = calloc(1, sizeof *p);

	strcpy(p->dir, "/tmp/belfry-test-XXXXXX");
	if (mkdtemp(p->dir) == NULL || loop_new(&p->loop, NULL) != ERR_OK)
		return -1;
	snprintf(p->path, sizeof p->path, "%s/hub.sock", p->dir);
	*state = p;
	return 0;
}

static int
without_place(void **state)
{
	struct place *p = *state;

	loop_free(p->loop);
	unlink(p->path);
	rmdir(p->dir);
	free(p);
	return 0;
}

static void
on_accept(void *ctx, int fd)
{
	struct place *p = ctx;

	p->accepted++;
	close(fd);
	listener_free(p->ends);
	p->ends = NULL;
}

static int
dial(const char *text)
{
	struct address a;
	int fd = -1;

	assert_int_equal(address_read(&a, text, NULL), ERR_OK);
	assert_int_equal(address_dial(&fd, &a, NULL), ERR_OK);
	return fd;
}

static void
a_tcp_listener_takes_who_dials_it(void **state)
{
	struct place *p = *state;
	struct listener *l;
	int fd;

	assert_int_equal(
		listener_new(&l, p->loop, "localhost:0", on_accept, p, NULL), ERR_OK);
	fd = dial(listener_address(l));
	assert_int_equal(loop_once(p->loop, 1000, NULL), ERR_OK);
	assert_int_equal(p->accepted, 1);
	assert_int_equal(socket_error(fd), 0);
	close(fd);
	listener_free(l);
}

static void
a_port_in_use_is_named_with_its_mend(void **state)
{
	struct place *p = *state;
	struct listener *l, *second;
	struct fault fault;

	assert_int_equal(
		listener_new(&l, p->loop, "127.0.0.1:0", on_accept, p, NULL), ERR_OK);
	assert_int_equal(
		listener_new(&second, p->loop, listener_address(l), on_accept, p, &fault),
		ERR_BUSY);
	assert_non_null(strstr(fault.text, listener_address(l)));
	assert_non_null(strstr(fault.text, "choose another port"));
	listener_free(l);
}

static void
a_socket_file_is_for_the_owner_and_group_only(void **state)
{
	struct place *p = *state;
	struct listener *l;
	struct stat st;
	mode_t mask = umask(0);

	assert_int_equal(listener_new(&l, p->loop, p->path, on_accept, p, NULL), ERR_OK);
	umask(mask);
	assert_int_equal(stat(p->path, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0660);
	listener_free(l);
	assert_int_not_equal(stat(p->path, &st), 0);
}

static void
a_stale_socket_file_is_replaced_and_a_live_one_is_not(void **state)
{
	struct place *p = *state;
	struct listener *l, *second;
	struct fault fault;
	struct address a;
	int dead = socket(AF_UNIX, SOCK_STREAM, 0), fd;

	assert_int_equal(address_read(&a, p->path, NULL), ERR_OK);
	assert_int_equal(bind(dead, (struct sockaddr *)&a.at, a.len), 0);
	close(dead);
	assert_int_equal(listener_new(&l, p->loop, p->path, on_accept, p, NULL), ERR_OK);
	assert_int_equal(
		listener_new(&second, p->loop, p->path, on_accept, p, &fault), ERR_BUSY);
	assert_non_null(strstr(fault.text, p->path));
	fd = dial(p->path);
	while (p->accepted < 2) /* the second listener's knock, and ours */
		assert_int_equal(loop_once(p->loop, 1000, NULL), ERR_OK);
	close(fd);
	listener_free(l);
}

static void
a_file_that_is_no_socket_is_left_alone(void **state)
{
	struct place *p = *state;
	struct listener *l;
	FILE *f = fopen(p->path, "w");
	struct stat st;

	fputs("precious", f);
	fclose(f);
	assert_int_equal(listener_new(&l, p->loop, p->path, on_accept, p, NULL), ERR_BUSY);
	assert_int_equal(stat(p->path, &st), 0);
	assert_int_equal(st.st_size, 8);
}

static void
a_listener_may_be_freed_by_its_own_accept(void **state)
{
	struct place *p = *state;
	int one, two;

	assert_int_equal(
		listener_new(&p->ends, p->loop, p->path, on_accept, p, NULL), ERR_OK);
	one = dial(p->path);
	two = dial(p->path);
	assert_int_equal(loop_once(p->loop, 1000, NULL), ERR_OK);
	assert_int_equal(p->accepted, 1);
	close(one), close(two);
}

static void
a_resting_listener_accepts_later(void **state)
{
	struct place *p = *state;
	struct listener *l;
	int fd;

	assert_int_equal(listener_new(&l, p->loop, p->path, on_accept, p, NULL), ERR_OK);
	listener_pause(l, true);
	fd = dial(p->path);
	assert_int_equal(loop_once(p->loop, 20, NULL), ERR_OK);
	assert_int_equal(p->accepted, 0);
	listener_pause(l, false);
	assert_int_equal(loop_once(p->loop, 1000, NULL), ERR_OK);
	assert_int_equal(p->accepted, 1);
	close(fd);
	listener_free(l);
}

static void
out_of_descriptors_it_rests_and_goes_on(void **state)
{
	struct place *p = *state;
	struct listener *l;
	struct rlimit limit, none;
	int fd;

	assert_int_equal(listener_new(&l, p->loop, p->path, on_accept, p, NULL), ERR_OK);
	fd = dial(p->path);
	assert_int_equal(getrlimit(RLIMIT_NOFILE, &limit), 0);
	none = limit;
	none.rlim_cur = (rlim_t)fd + 1;
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &none), 0);
	assert_int_equal(loop_once(p->loop, 1000, NULL), ERR_OK);
	assert_int_equal(loop_once(p->loop, 20, NULL), ERR_OK);
	assert_int_equal(p->accepted, 0);
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &limit), 0);
	for (int i = 0; i < 20 && p->accepted == 0; i++)
		assert_int_equal(loop_once(p->loop, 50, NULL), ERR_OK);
	assert_int_equal(p->accepted, 1);
	close(fd);
	listener_free(l);
}

static void
addresses_that_are_none_are_refused_with_the_right_form(void **state)
{
	static const char *const bad[] = {"", "8080", "host.example:80",
		"1.2.3.4:", "1.2.3.4:65536", "1.2.3.4:-1", "1.2.3:80", "[::1:80", "[]:80",
		"::1:80", "unix:"};
	struct address a;
	struct fault fault;
	char text[ADDRESS_TEXT];

	(void)state;
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
		fault.text[0] = '\0';
		assert_int_not_equal(address_read(&a, bad[i], &fault), ERR_OK);
		assert_true(strlen(fault.text) > 20);
	}
	assert_int_equal(address_read(&a, "[::1]:8080", NULL), ERR_OK);
	address_write(text, &a);
	assert_string_equal(text, "[::1]:8080");
	assert_int_equal(address_read(&a, "unix:/run/x.sock", NULL), ERR_OK);
	address_write(text, &a);
	assert_string_equal(text, "/run/x.sock");
}

#define WITH_PLACE(test) cmocka_unit_test_setup_teardown(test, with_place, without_place)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		WITH_PLACE(a_tcp_listener_takes_who_dials_it),
		WITH_PLACE(a_port_in_use_is_named_with_its_mend),
		WITH_PLACE(a_socket_file_is_for_the_owner_and_group_only),
		WITH_PLACE(a_stale_socket_file_is_replaced_and_a_live_one_is_not),
		WITH_PLACE(a_file_that_is_no_socket_is_left_alone),
		WITH_PLACE(a_listener_may_be_freed_by_its_own_accept),
		WITH_PLACE(a_resting_listener_accepts_later),
		WITH_PLACE(out_of_descriptors_it_rests_and_goes_on),
		cmocka_unit_test(addresses_that_are_none_are_refused_with_the_right_form),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
