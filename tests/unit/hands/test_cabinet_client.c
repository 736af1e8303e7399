/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The test is the cabinets; the real ones are met in tests/system/test_cabinet.py. */
#include "base/bytes.h"
#include "hands/cabinet_client.h"

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cmocka.h>

struct cabinets {
	char folder[32], path[64];
	int listener, peer;
	struct buffer heard; /* what the client told of inputs */
};

static int
setup(void **state)
{
	struct cabinets *c = calloc(1, sizeof *c);
	struct sockaddr_un at = {.sun_family = AF_UNIX};

	*state = c;
	c->peer = -1;
	strcpy(c->folder, "/tmp/belfry-cabinet-XXXXXX");
	if (mkdtemp(c->folder) == NULL)
		return 1;
	snprintf(c->path, sizeof c->path, "%s/socket", c->folder);
	strcpy(at.sun_path, c->path);
	c->listener = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	return bind(c->listener, (struct sockaddr *)&at, sizeof at) != 0 ||
	       listen(c->listener, 4) != 0;
}

static int
teardown(void **state)
{
	struct cabinets *c = *state;

	close(c->listener);
	if (c->peer >= 0)
		close(c->peer);
	unlink(c->path);
	rmdir(c->folder);
	buffer_free(&c->heard);
	free(c);
	return 0;
}

static struct cabinet_client *
connected(struct cabinets *c)
{
	struct cabinet_client *client;
	struct fault fault = {""};

	if (cabinet_client_open(&client, c->path, 1, 9, &fault) != ERR_OK)
		fail_msg("%s", fault.text);
	c->peer = accept(c->listener, NULL, NULL);
	assert_true(c->peer >= 0);
	return client;
}

static void
say(const struct cabinets *c, const char *text)
{
	assert_int_equal(send(c->peer, text, strlen(text), 0), strlen(text));
}

static void
expect(const struct cabinets *c, const char *text)
{
	char got[256] = "";

	assert_true(recv(c->peer, got, sizeof got - 1, MSG_DONTWAIT) >= 0);
	assert_string_equal(got, text);
}

static void
heard(void *ctx, uint32_t box, const struct relay_inputs *in)
{
	struct cabinets *c = ctx;

	write_format(&c->heard, "%u:%d%d%d%d%d%d:%u\n", (unsigned)box, in->relay_closed,
		in->current_seen, in->mains, in->cabinet_door, in->battery_door,
		in->local_activation, (unsigned)in->battery_mv);
	assert_true(in->known);
}

static void
a_fleet_serves_and_sets_over_one_connection(void **state)
{
	struct cabinets *c = *state;
	struct cabinet_client *client = connected(c);

	expect(c, "serve 1 9\n");
	assert_int_equal(cabinet_client_set(client, 4, true), ERR_OK);
	assert_int_equal(cabinet_client_set(client, 5, false), ERR_OK);
	expect(c, "set 4 on\nset 5 off\n");
	assert_false(cabinet_client_waits(client));
	cabinet_client_free(client);
}

static void
inputs_are_told_in_order_each_field_in_its_place(void **state)
{
	struct cabinets *c = *state;
	struct cabinet_client *client = connected(c);

	say(c, "inputs 4 1 0 0 0 0 0 0\ninputs 4 0 1 0 1 0 0 0\nok\ninputs 4 0 0 1 2 0 0 "
	       "0\n");
	say(c, "inputs 7 0 0 0 65535 1 0 0\ninputs 8 0 0 0 0 0 1 0\ninputs 9 0 0 0 0 0 0 "
	       "1\n");
	assert_int_equal(cabinet_client_read(client, heard, c, NULL), ERR_OK);
	assert_string_equal(buffer_text(&c->heard),
		"4:100000:0\n4:010000:1\n4:001000:2\n7:000100:"
		"65535\n8:000010:0\n9:000001:0\n");
	cabinet_client_free(client);
}

static void
a_line_may_come_in_pieces(void **state)
{
	struct cabinets *c = *state;
	struct cabinet_client *client = connected(c);

	say(c, "inputs 4 1 0 1 13");
	assert_int_equal(cabinet_client_read(client, heard, c, NULL), ERR_OK);
	assert_int_equal(c->heard.len, 0);
	say(c, "600 0 0 0\n");
	assert_int_equal(cabinet_client_read(client, heard, c, NULL), ERR_OK);
	assert_string_equal(buffer_text(&c->heard), "4:101000:13600\n");
	cabinet_client_free(client);
}

static void
what_the_cabinets_must_not_say_is_refused(void **state)
{
	static const char *const bad[] = {"inputs 4 1 0 1 13600 0 0\n",
		"inputs 4 2 0 1 13600 0 0 0\n", "inputs 4 1 0 1 65536 0 0 0\n",
		"inputs 4 1 0 1 13600 0 0 0 0\n", "inputs x 1 0 1 13600 0 0 0\n", "hello\n",
		"\n",
		"inputs 4 1 0 1 13600 0 0 0"
		"                                                                          "
		"       "
		"                                                                          "
		"      "};
	struct cabinets *c = *state;
	struct fault fault = {""};

	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
		struct cabinet_client *client = connected(c);

		say(c, bad[i]);
		assert_int_equal(cabinet_client_read(client, heard, c, &fault), ERR_FORMAT);
		cabinet_client_free(client);
		close(c->peer);
	}
	c->peer = -1;
	assert_int_equal(c->heard.len, 0);
}

static void
an_error_of_the_cabinets_is_told_in_their_words(void **state)
{
	struct cabinets *c = *state;
	struct cabinet_client *client = connected(c);
	struct fault fault = {""};

	say(c, "error box 4 is served by another connection\ninputs 4 1 0 1 7 0 0 0\n");
	assert_int_equal(cabinet_client_read(client, heard, c, &fault), ERR_REFUSED);
	assert_string_equal(fault.text, "cabinets: box 4 is served by another connection");
	assert_int_equal(cabinet_client_read(client, heard, c, &fault), ERR_OK);
	cabinet_client_free(client);
}

static void
cabinets_that_do_not_read_do_not_stop_the_box(void **state)
{
	struct cabinets *c = *state;
	struct cabinet_client *client = connected(c);
	size_t sets = 0, lines = 0;
	char got[4096];

	for (; !cabinet_client_waits(client) && sets < 1000000; sets++)
		assert_int_equal(cabinet_client_set(client, 4, true), ERR_OK);
	assert_true(cabinet_client_waits(client));
	assert_int_equal(fcntl(c->peer, F_SETFL, O_NONBLOCK), 0);
	for (ssize_t n = 1; n > 0;) {
		assert_int_equal(cabinet_client_flush(client), ERR_OK);
		n = recv(c->peer, got, sizeof got, 0);
		for (ssize_t i = 0; i < n; i++)
			lines += got[i] == '\n';
	}
	assert_int_equal(lines, sets + 1); /* and the serve */
	assert_false(cabinet_client_waits(client));
	cabinet_client_free(client);
}

static void
cabinets_that_are_gone_are_an_error(void **state)
{
	struct cabinets *c = *state;
	struct cabinet_client *client = connected(c);
	struct fault fault = {""};

	close(c->peer);
	c->peer = -1;
	assert_int_equal(cabinet_client_read(client, heard, c, &fault), ERR_IO);
	assert_int_equal(cabinet_client_set(client, 4, true), ERR_IO);
	cabinet_client_free(client);
	assert_int_equal(
		cabinet_client_open(&client, "/tmp/belfry-no-such-socket", 1, 1, &fault),
		ERR_IO);
	assert_non_null(strstr(fault.text, "is belfry-cabinet running?"));
}

static void
a_lone_box_is_a_relay(void **state)
{
	struct cabinets *c = *state;
	struct relay r = {0};
	struct relay_inputs in;
	struct fault fault = {""};

	assert_int_equal(relay_cabinet_open(&r, c->path, 7, &fault), ERR_OK);
	c->peer = accept(c->listener, NULL, NULL);
	assert_int_equal(relay_inputs(&r, &in, &fault), ERR_OK);
	assert_false(in.known);
	assert_int_equal(relay_set(&r, true, &fault), ERR_OK);
	expect(c, "serve 7 7\nset 7 on\n");
	say(c, "inputs 7 1 0 1 13600 0 0 0\nok\ninputs 7 1 1 1 13250 0 0 0\n");
	assert_true(relay_fd(&r) >= 0);
	assert_int_equal(relay_inputs(&r, &in, &fault), ERR_OK);
	assert_true(in.known && in.relay_closed && in.current_seen && in.mains);
	assert_int_equal(in.battery_mv, 13250);
	relay_close(&r);
	relay_close(&r);
}

static void
no_relay_logs_and_never_sees_current(void **state)
{
	struct relay r;
	struct relay_inputs in;
	char *text = NULL;
	size_t len = 0;
	FILE *log = open_memstream(&text, &len);

	(void)state;
	assert_non_null(log);
	assert_int_equal(relay_none_open(&r, log), ERR_OK);
	assert_int_equal(relay_set(&r, true, NULL), ERR_OK);
	assert_int_equal(relay_inputs(&r, &in, NULL), ERR_OK);
	assert_true(in.known && in.relay_closed && !in.current_seen);
	assert_int_equal(relay_fd(&r), -1);
	relay_close(&r);
	fclose(log);
	assert_string_equal(text, "relay on (no relay is configured)\n");
	free(text);
}

int
main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
		TEST(a_fleet_serves_and_sets_over_one_connection),
		TEST(inputs_are_told_in_order_each_field_in_its_place),
		TEST(a_line_may_come_in_pieces),
		TEST(what_the_cabinets_must_not_say_is_refused),
		TEST(an_error_of_the_cabinets_is_told_in_their_words),
		TEST(cabinets_that_do_not_read_do_not_stop_the_box),
		TEST(cabinets_that_are_gone_are_an_error),
		TEST(a_lone_box_is_a_relay),
		TEST(no_relay_logs_and_never_sees_current),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
