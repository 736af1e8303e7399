/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "bulletin/entry.h"
#include "loop/tls_inside.h"
#include "loop/tls_link.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

struct end {
	struct tls_link *link;
	int ups, downs, drains;
	size_t frames, bytes, free_at;
	bool ordered;
	struct fault why;
};

struct fixture {
	struct loop *edge_loop, *hub_loop;
	char dir[64], key[3][96], cert[3][96], print[3][TLS_FINGERPRINT];
	struct tls_identity *edge_id, *hub_id;
	struct tls_listener *listener;
	struct end edge, hub;
};

enum { EDGE, HUB, STRANGER };

static void
on_up(void *ctx, struct tls_link *link)
{
	struct end *e = ctx;

	e->ups++;
	e->link = link;
}

static void
on_frame(void *ctx, struct tls_link *link, struct bytes frame)
{
	struct end *e = ctx;

	/* Test frames begin with their number. */
	if (frame.at[0] != (uint8_t)e->frames)
		e->ordered = false;
	e->frames++;
	e->bytes += frame.len;
	if (e->frames == e->free_at) {
		e->link = NULL;
		tls_link_free(link);
	}
}

static void
on_drained(void *ctx, struct tls_link *link)
{
	struct end *e = ctx;

	(void)link;
	e->drains++;
}

static void
on_down(void *ctx, struct tls_link *link, const struct fault *why)
{
	struct end *e = ctx;

	e->downs++;
	e->why = *why;
	e->link = NULL;
	tls_link_free(link);
}

static const struct tls_link_hooks hooks = {on_up, on_frame, on_drained, on_down};

static int
with_keys(void **state)
{
	struct fixture *f = calloc(1, sizeof *f);

	strcpy(f->dir, "/tmp/belfry-test-XXXXXX");
	assert_non_null(mkdtemp(f->dir));
	for (int i = 0; i < 3; i++) {
		snprintf(f->key[i], sizeof f->key[i], "%s/%d.key", f->dir, i);
		snprintf(f->cert[i], sizeof f->cert[i], "%s/%d.crt", f->dir, i);
		assert_int_equal(
			tls_identity_make(f->key[i], f->cert[i], "test", NULL), ERR_OK);
		assert_int_equal(
			tls_identity_fingerprint(f->print[i], f->cert[i], NULL), ERR_OK);
	}
	assert_int_equal(
		tls_identity_open(&f->edge_id, f->key[EDGE], f->cert[EDGE], NULL), ERR_OK);
	assert_int_equal(
		tls_identity_open(&f->hub_id, f->key[HUB], f->cert[HUB], NULL), ERR_OK);
	assert_int_equal(loop_new(&f->edge_loop, NULL), ERR_OK);
	assert_int_equal(loop_new(&f->hub_loop, NULL), ERR_OK);
	f->edge.ordered = f->hub.ordered = true;
	*state = f;
	return 0;
}

static int
without_keys(void **state)
{
	struct fixture *f = *state;

	tls_link_free(f->edge.link);
	tls_link_free(f->hub.link);
	tls_listener_free(f->listener);
	tls_identity_free(f->edge_id);
	tls_identity_free(f->hub_id);
	loop_free(f->hub_loop);
	loop_free(f->edge_loop);
	for (int i = 0; i < 3; i++) {
		unlink(f->key[i]);
		unlink(f->cert[i]);
	}
	assert_int_equal(rmdir(f->dir), 0);
	free(f);
	return 0;
}

static void
turns(struct fixture *f, int ms)
{
	int64_t until_ms = loop_monotonic_ms() + ms;

	while (loop_monotonic_ms() < until_ms) {
		assert_int_equal(loop_once(f->edge_loop, 0, NULL), ERR_OK);
		assert_int_equal(loop_once(f->hub_loop, 1, NULL), ERR_OK);
	}
}

static void
wait_for(struct fixture *f, const int *count, int want)
{
	for (int i = 0; i < 5000 && *count < want; i++)
		turns(f, 1);
	turns(f, 20); /* and what should not come has had its time */
}

static void
listen_for(struct fixture *f, const char *pin)
{
	const char *const pins[] = {f->print[STRANGER], pin};

	assert_int_equal(tls_listener_new(&f->listener, f->edge_loop, f->edge_id,
				 "127.0.0.1:0", pins, 2, &hooks, &f->edge, NULL),
		ERR_OK);
}

static void
dial(struct fixture *f, const char *pin)
{
	assert_int_equal(
		tls_link_dial(&f->hub.link, f->hub_loop, f->hub_id,
			tls_listener_address(f->listener), pin, &hooks, &f->hub, NULL),
		ERR_OK);
}

static void
connect_both(struct fixture *f)
{
	listen_for(f, f->print[HUB]);
	dial(f, f->print[EDGE]);
	for (int i = 0; i < 3000 && (f->hub.ups == 0 || f->edge.ups == 0); i++)
		turns(f, 1);
	assert_int_equal(f->hub.ups, 1);
	assert_int_equal(f->edge.ups, 1);
}

static enum err
send_numbered(struct end *e, size_t number, size_t len)
{
	static uint8_t frame[TLS_FRAME_MAX + 1];

	frame[0] = (uint8_t)number;
	return tls_link_send(e->link, bytes_of(frame, len));
}

static void
frames_go_both_ways_in_order(void **state)
{
	struct fixture *f = *state;

	connect_both(f);
	assert_string_equal(tls_link_peer(f->hub.link), f->print[EDGE]);
	assert_string_equal(tls_link_peer(f->edge.link), f->print[HUB]);
	for (size_t i = 0; i < 1000; i++) {
		assert_int_equal(send_numbered(&f->hub, i, 1 + i), ERR_OK);
		assert_int_equal(send_numbered(&f->edge, i, 1), ERR_OK);
	}
	for (int i = 0; i < 3000 && (f->edge.frames < 1000 || f->hub.frames < 1000); i++)
		turns(f, 1);
	assert_int_equal(f->edge.frames, 1000);
	assert_int_equal(f->edge.bytes, 1000 * 1001 / 2);
	assert_int_equal(f->hub.frames, 1000);
	assert_true(f->edge.ordered && f->hub.ordered);
}

static void
a_frame_of_the_greatest_size_arrives_and_a_longer_one_is_refused(void **state)
{
	struct fixture *f = *state;

	connect_both(f);
	assert_int_equal(send_numbered(&f->edge, 0, TLS_FRAME_MAX + 1), ERR_RANGE);
	assert_int_equal(send_numbered(&f->edge, 0, 0), ERR_RANGE);
	assert_int_equal(send_numbered(&f->edge, 0, TLS_FRAME_MAX), ERR_OK);
	for (int i = 0; i < 5000 && f->hub.frames == 0; i++)
		turns(f, 1);
	assert_int_equal(f->hub.bytes, TLS_FRAME_MAX);
}

/* An entry that fits no frame would stand between every edge and all that comes after it. */
static void
the_longest_entry_fits_a_frame(void **state)
{
	struct fixture *f = *state;

	connect_both(f);
	assert_int_equal(send_numbered(&f->hub, 0, ENTRY_LINE_MAX + 1), ERR_OK);
}

static void
a_full_queue_says_so_and_says_when_it_is_drained(void **state)
{
	struct fixture *f = *state;
	size_t sent = 0;
	enum err err = ERR_OK;

	connect_both(f);
	for (; err == ERR_OK && sent < 100000; sent += err == ERR_OK) {
		err = send_numbered(&f->hub, sent, 100000);
		assert_int_equal(loop_once(f->hub_loop, 0, NULL), ERR_OK);
	}
	assert_int_equal(err, ERR_FULL);
	assert_true(tls_link_queued(f->hub.link) > TLS_QUEUE_HIGH);
	assert_true(tls_link_queued(f->hub.link) < TLS_QUEUE_HIGH + 200000);
	assert_int_equal(f->hub.drains, 0);
	for (int i = 0; i < 5000 && f->edge.frames < sent; i++)
		turns(f, 1);
	assert_int_equal(f->edge.frames, sent);
	assert_true(f->edge.ordered);
	assert_int_equal(f->hub.drains, 1);
	assert_int_equal(send_numbered(&f->hub, sent, 1), ERR_OK);
}

static void
an_edge_with_another_key_is_refused(void **state)
{
	struct fixture *f = *state;

	listen_for(f, f->print[HUB]);
	dial(f, f->print[STRANGER]);
	wait_for(f, &f->hub.downs, 1);
	assert_int_equal(f->hub.ups, 0);
	assert_int_equal(f->edge.ups, 0);
	assert_int_equal(f->hub.downs, 1);
	assert_int_equal(f->edge.downs, 0);
	assert_non_null(strstr(f->hub.why.text, "not pinned here"));
	assert_non_null(strstr(f->hub.why.text, f->print[EDGE]));
	assert_true(tls_listener_refused(f->listener) == 1);
}

static void
a_hub_with_another_key_is_refused_and_never_comes_up(void **state)
{
	struct fixture *f = *state;

	listen_for(f, f->print[EDGE]);
	dial(f, f->print[EDGE]);
	wait_for(f, &f->hub.downs, 1);
	assert_int_equal(f->hub.ups, 0);
	assert_int_equal(f->edge.ups, 0);
	assert_int_equal(f->hub.downs, 1);
	assert_non_null(strstr(f->hub.why.text, "refused us"));
	assert_non_null(strstr(f->hub.why.text, f->print[HUB]));
	assert_true(tls_listener_refused(f->listener) == 1);
}

static void
whoever_does_not_speak_tls_is_refused(void **state)
{
	struct fixture *f = *state;
	struct address a;
	int fd;

	listen_for(f, f->print[HUB]);
	assert_int_equal(address_read(&a, tls_listener_address(f->listener), NULL), ERR_OK);
	assert_int_equal(address_dial(&fd, &a, NULL), ERR_OK);
	turns(f, 20);
	assert_int_equal(write(fd, "GET / HTTP/1.1\r\n\r\n", 18), 18);
	turns(f, 50);
	assert_true(tls_listener_refused(f->listener) == 1);
	assert_int_equal(f->edge.ups + f->edge.downs, 0);
	close(fd);
}

static void
a_peer_that_leaves_or_is_silent_takes_the_link_down(void **state)
{
	struct fixture *f = *state;
	struct loop_timer *timer;

	connect_both(f);
	tls_link_free(f->edge.link);
	f->edge.link = NULL;
	wait_for(f, &f->hub.downs, 1);
	assert_int_equal(f->hub.downs, 1);
	assert_int_equal(f->edge.downs, 0);
	assert_non_null(strstr(f->hub.why.text, "closed by the other side"));
	dial(f, f->print[EDGE]);
	wait_for(f, &f->hub.ups, 2);
	assert_int_equal(f->hub.ups, 2);
	/* Its next look at the clock is now, and it has heard nothing for 21 s. */
	f->hub.link->heard_ms -= 21000;
	timer = &f->hub.link->timer;
	assert_int_equal(
		loop_timer_set(f->hub_loop, timer, 0, timer->due, timer->ctx), ERR_OK);
	wait_for(f, &f->hub.downs, 2);
	assert_int_equal(f->hub.downs, 2);
	assert_non_null(strstr(f->hub.why.text, "silent"));
}

static void
a_quiet_link_is_kept_alive(void **state)
{
	struct fixture *f = *state;
	struct loop_timer *timer;
	int64_t heard_ms;

	connect_both(f);
	turns(f, 20);
	heard_ms = f->edge.link->heard_ms;
	f->hub.link->said_ms -= 6000;
	timer = &f->hub.link->timer;
	assert_int_equal(
		loop_timer_set(f->hub_loop, timer, 0, timer->due, timer->ctx), ERR_OK);
	turns(f, 20);
	assert_true(f->edge.link->heard_ms > heard_ms);
	assert_int_equal(f->edge.frames, 0);
}

static void
a_link_may_be_freed_by_its_own_frame(void **state)
{
	struct fixture *f = *state;

	connect_both(f);
	f->edge.free_at = 2;
	for (size_t i = 0; i < 5; i++)
		assert_int_equal(send_numbered(&f->hub, i, 10), ERR_OK);
	wait_for(f, &f->hub.downs, 1);
	assert_int_equal(f->edge.frames, 2);
	assert_int_equal(f->hub.downs, 1);
}

static void
keys_are_made_once_and_read_only_by_their_owner(void **state)
{
	struct fixture *f = *state;
	struct tls_identity *id;
	struct fault fault;
	struct stat st;

	assert_int_equal(stat(f->key[HUB], &st), 0);
	assert_int_equal(st.st_mode & 07777, 0600);
	assert_int_equal(
		tls_identity_make(f->key[HUB], f->cert[HUB], "x", &fault), ERR_DUPLICATE);
	assert_non_null(strstr(fault.text, f->key[HUB]));
	assert_int_equal(chmod(f->key[HUB], 0640), 0);
	assert_int_equal(
		tls_identity_open(&id, f->key[HUB], f->cert[HUB], &fault), ERR_REFUSED);
	assert_non_null(strstr(fault.text, "chmod 600"));
	assert_int_equal(chmod(f->key[HUB], 0600), 0);
	assert_int_equal(
		tls_identity_open(&id, f->key[HUB], f->cert[EDGE], &fault), ERR_CONFLICT);
	assert_int_equal(
		tls_identity_open(&id, f->cert[HUB], f->cert[HUB], &fault), ERR_REFUSED);
	assert_int_equal(
		tls_identity_open(&id, f->key[HUB], f->key[HUB], &fault), ERR_FORMAT);
	assert_int_equal(
		tls_identity_open(&id, "/nonexistent", f->cert[HUB], &fault), ERR_IO);
	assert_string_not_equal(f->print[HUB], f->print[EDGE]);
}

static void
the_fingerprint_is_what_openssl_says(void **state)
{
	struct fixture *f = *state;
	char command[400], line[128] = "";
	FILE *p;

	snprintf(command, sizeof command,
		"openssl x509 -in %s -noout -pubkey | openssl pkey -pubin -outform DER | "
		"sha256sum",
		f->cert[HUB]);
	p = popen(command, "r");
	assert_non_null(p);
	if (fgets(line, sizeof line, p) == NULL || pclose(p) != 0)
		skip();
	line[64] = '\0';
	assert_string_equal(line, f->print[HUB]);
}

#define WITH_KEYS(test) cmocka_unit_test_setup_teardown(test, with_keys, without_keys)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		WITH_KEYS(frames_go_both_ways_in_order),
		WITH_KEYS(a_frame_of_the_greatest_size_arrives_and_a_longer_one_is_refused),
		WITH_KEYS(the_longest_entry_fits_a_frame),
		WITH_KEYS(a_full_queue_says_so_and_says_when_it_is_drained),
		WITH_KEYS(an_edge_with_another_key_is_refused),
		WITH_KEYS(a_hub_with_another_key_is_refused_and_never_comes_up),
		WITH_KEYS(whoever_does_not_speak_tls_is_refused),
		WITH_KEYS(a_peer_that_leaves_or_is_silent_takes_the_link_down),
		WITH_KEYS(a_quiet_link_is_kept_alive),
		WITH_KEYS(a_link_may_be_freed_by_its_own_frame),
		WITH_KEYS(keys_are_made_once_and_read_only_by_their_owner),
		WITH_KEYS(the_fingerprint_is_what_openssl_says),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
