/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Receipts to edges that are real servers in the same loop, and do as they are told. */
#include "box/post.h"

#include "box/letter.h"
#include "bulletin/receipt.h"
#include "fanout/http_server.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { EDGES = 2, BOXES = 600 };

struct edge {
	struct http_server *server;
	const char *address;
	unsigned posts, records;
	uint64_t spool; /* the last number given */
	int status;	/* 0: good; -1: never answers; else that */
	bool refuses;	/* each record */
	unsigned name;	/* of the spool; 0: not told */
	struct http_exchange *kept;
};

static struct loop *loop;
static struct edge edge[EDGES];
static const char *address[EDGES];
static struct post *post;
static uint64_t received[BOXES];
static unsigned told;

static void
on_received(void *ctx, uint32_t box, uint64_t number)
{
	(void)ctx;
	assert_true(number > received[box]);
	received[box] = number;
	told++;
}

static void
take(void *ctx, struct http_exchange *x, const struct http_request *req)
{
	struct edge *e = ctx;
	struct reader r = reader_over(req->body.at, req->body.len);
	struct buffer answer = {0};

	assert_true(bytes_equal(req->path, bytes_of_text("/receipts")));
	e->posts++;
	if (e->status == -1) {
		e->kept = x;
		return;
	}
	write_text(&answer, "{\"held\":[");
	while (r.left > 0) {
		read_bytes(&r, LETTER_ID);
		read_bytes(&r, read_u16(&r));
		assert_int_equal(r.err, ERR_OK);
		e->records += e->status == 0;
		write_format(&answer, "%s%llu", answer.at[answer.len - 1] != '[' ? "," : "",
			e->refuses ? 0ULL : (unsigned long long)++e->spool);
	}
	if (e->name > 0)
		write_format(&answer, "],\"spool\":\"%016x\"}", e->name);
	else
		write_text(&answer, "]}");
	http_exchange_answer(
		x, &(struct http_answer){.status = e->status > 0 ? e->status : 200,
			   .type = "application/json",
			   .body = buffer_bytes(&answer)});
	buffer_free(&answer);
}

static void
add(uint32_t box, uint64_t number)
{
	uint8_t seed[32] = {1};
	struct secret_key key = secret_key_from_seed(seed);
	struct receipt r = {.siren = box, .number = number, .event = RECEIPT_HEARD};
	struct buffer b = {0};

	receipt_write(&b, &r, &key);
	post_add(post, box, number, buffer_bytes(&b));
	buffer_free(&b);
}

#define WAIT_FOR(condition)                                                                \
	for (int64_t until = loop_monotonic_ms() + 6000;                                   \
		!(condition) && loop_monotonic_ms() < until;)                              \
	assert_int_equal(loop_once(loop, 5, NULL), ERR_OK)

static void
turn(int ms)
{
	for (int64_t until = loop_monotonic_ms() + ms; loop_monotonic_ms() < until;)
		assert_int_equal(loop_once(loop, 5, NULL), ERR_OK);
}

static void
receipts_of_many_boxes_go_in_few_posts(void **state)
{
	(void)state;
	post_edge(post, 0, true);
	for (uint32_t b = 0; b < BOXES; b++)
		add(b, 1);
	WAIT_FOR(post_counts(post).held == BOXES);
	assert_int_equal(post_counts(post).held, BOXES);
	assert_int_equal(edge[0].records + edge[1].records, BOXES);
	assert_true(edge[0].posts + edge[1].posts <= 3);
}

static void
held_is_not_received_before_the_cursor_says_so(void **state)
{
	(void)state;
	post_edge(post, 0, true);
	add(0, 1);
	add(0, 2);
	add(0, 3);
	WAIT_FOR(post_counts(post).held == 3);
	assert_int_equal(told, 0);
	post_cursor(post, 0, 0, 2);
	assert_int_equal(received[0], 2);
	post_cursor(post, 0, 0, 3);
	assert_int_equal(received[0], 3);
	assert_int_equal(post_counts(post).held, 0);
}

static void
the_cursor_of_another_edge_says_nothing(void **state)
{
	(void)state;
	post_edge(post, 0, true);
	add(0, 1);
	WAIT_FOR(post_counts(post).held == 1);
	post_cursor(post, 1, 0, 100);
	assert_int_equal(told, 0);
}

static void
a_cursor_that_came_first_counts_when_the_answer_comes(void **state)
{
	(void)state;
	post_edge(post, 0, true);
	post_cursor(post, 0, 0, 5);
	add(0, 1);
	WAIT_FOR(told == 1);
	assert_int_equal(received[0], 1);
}

static void
a_full_edge_is_passed_over_for_the_next(void **state)
{
	(void)state;
	edge[0].status = 507;
	post_edge(post, 0, true);
	add(0, 1);
	WAIT_FOR(edge[1].records == 1);
	assert_int_equal(edge[1].records, 1);
}

static void
an_edge_that_does_not_answer_loses_its_turn_after_2_s(void **state)
{
	int64_t begin = loop_monotonic_ms();

	(void)state;
	edge[0].status = -1;
	post_edge(post, 0, true);
	add(0, 1);
	WAIT_FOR(edge[1].records == 1);
	assert_int_equal(edge[1].records, 1);
	assert_in_range(loop_monotonic_ms() - begin, 1900, 3500);
	http_exchange_answer(edge[0].kept, &(struct http_answer){.status = 200});
}

static void
a_record_that_one_edge_refuses_is_offered_to_the_other(void **state)
{
	(void)state;
	edge[0].refuses = true;
	post_edge(post, 0, true);
	post_edge(post, 1, true);
	add(0, 1);
	WAIT_FOR(post_counts(post).held == 1);
	assert_int_equal(edge[1].records, 1);
}

static void
an_edge_that_lost_its_spool_gets_everything_again(void **state)
{
	(void)state;
	post_edge(post, 0, true);
	edge[0].spool = 40;
	post_cursor(post, 0, 0, 40);
	add(0, 1);
	WAIT_FOR(post_counts(post).held == 1);
	edge[0].spool = 0;
	post_cursor(post, 0, 0, 0);
	post_cursor(post, 0, 0, 1);
	WAIT_FOR(told == 1);
	assert_int_equal(received[0], 1);
	assert_int_equal(edge[0].records + edge[1].records, 2);
}

static void
a_spool_with_another_name_has_nothing_of_the_old_one(void **state)
{
	(void)state;
	post_edge(post, 0, true);
	edge[0].name = 1;
	post_cursor(post, 0, 1, 0);
	add(0, 1);
	WAIT_FOR(post_counts(post).held == 1);
	edge[0].name = 2;
	edge[0].spool = 7;
	post_cursor(post, 0, 2, 7);
	assert_int_equal(told, 0);
	WAIT_FOR(edge[0].spool == 8);
	post_cursor(post, 0, 2, 8);
	WAIT_FOR(told == 1);
	assert_int_equal(received[0], 1);
}

static void
the_same_receipt_given_twice_is_sent_once(void **state)
{
	(void)state;
	post_edge(post, 0, true);
	add(0, 1);
	add(0, 2);
	add(0, 1);
	turn(200);
	assert_int_equal(edge[0].records + edge[1].records, 2);
}

static int
begin(void **state)
{
	(void)state;
	memset(edge, 0, sizeof edge);
	memset(received, 0, sizeof received);
	told = 0;
	if (loop_new(&loop, NULL) != ERR_OK)
		return -1;
	for (int i = 0; i < EDGES; i++) {
		if (http_server_new(&edge[i].server, loop, &(struct http_server_config){0},
			    take, &edge[i]) != ERR_OK ||
			http_server_listen(edge[i].server, "127.0.0.1:0", NULL) != ERR_OK)
			return -1;
		address[i] = http_server_address(edge[i].server, 0);
	}
	return post_new(&post, loop, address, EDGES, BOXES, on_received, NULL) == ERR_OK
		       ? 0
		       : -1;
}

static int
end(void **state)
{
	(void)state;
	post_free(post);
	for (int i = 0; i < EDGES; i++)
		http_server_free(edge[i].server);
	loop_free(loop);
	return 0;
}

#define CASE(f) cmocka_unit_test_setup_teardown(f, begin, end)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(receipts_of_many_boxes_go_in_few_posts),
		CASE(held_is_not_received_before_the_cursor_says_so),
		CASE(the_cursor_of_another_edge_says_nothing),
		CASE(a_cursor_that_came_first_counts_when_the_answer_comes),
		CASE(a_full_edge_is_passed_over_for_the_next),
		CASE(an_edge_that_does_not_answer_loses_its_turn_after_2_s),
		CASE(a_record_that_one_edge_refuses_is_offered_to_the_other),
		CASE(an_edge_that_lost_its_spool_gets_everything_again),
		CASE(a_spool_with_another_name_has_nothing_of_the_old_one),
		CASE(the_same_receipt_given_twice_is_sent_once),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
