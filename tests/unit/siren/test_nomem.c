/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A box whose memory ends in the middle of anything: it goes on, and the next order sounds. */
#include "world.h"

#include <stdlib.h>

/* The linker puts these before the library's. */
static bool ends;
static unsigned left;
void *__real_malloc(size_t size);
void *__real_calloc(size_t n, size_t size);
void *__real_realloc(void *at, size_t size);
void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t n, size_t size);
void *__wrap_realloc(void *at, size_t size);

static bool
refused(void)
{
	return ends && (left == 0 || left-- == 0);
}

void *
__wrap_malloc(size_t size)
{
	return refused() ? NULL : __real_malloc(size);
}

void *
__wrap_calloc(size_t n, size_t size)
{
	return refused() ? NULL : __real_calloc(n, size);
}

void *
__wrap_realloc(void *at, size_t size)
{
	return refused() ? NULL : __real_realloc(at, size);
}

/* One event, of which nothing but the first `allowed` requests for memory are granted. */
static void
step_without(struct box *b, unsigned allowed, const struct siren_event *ev)
{
	struct siren_todo todo = {0};

	ends = true;
	left = allowed;
	siren_step(b->siren, b->mono_ms, ev, &todo);
	ends = false;
	siren_todo_free(&todo);
}

static void
the_next_alarm_sounds(struct box *b)
{
	struct order_body body = box_body(b, ORDER_ALARM);

	body.join = false;
	body.hazard = 77;
	box_order(b, body, ANNA, BORIS);
	box_run(b, 20000);
	assert_true(box_told(b, RECEIPT_HEARD, body.id) == 1);
	assert_true(b->closures > 0);
}

static void
an_order_without_memory_breaks_nothing(void **state)
{
	struct town *t = &((struct world *)*state)->town;

	for (unsigned allowed = 0; allowed < 40; allowed++) {
		struct box b;
		struct buffer bytes;

		box_new(&b, t);
		bytes = alarm_bytes(&b);
		step_without(&b, allowed,
			&(struct siren_event){.kind = SIREN_ORDER,
				.order = {buffer_bytes(&bytes), false}});
		buffer_free(&bytes);
		the_next_alarm_sounds(&b);
		box_free(&b);
	}
}

static void
a_roster_without_memory_leaves_the_old_one(void **state)
{
	struct box *b = box_of(state);
	struct arena *arena;
	struct entry e = {.has_data = true};
	struct siren_event ev = {.kind = SIREN_ENTRY, .entry = &e};
	struct tree empty = {0};
	struct buffer data;
	struct roster r;

	assert_int_equal(arena_new(&arena), ERR_OK);
	r = town_roster(b->town, arena);
	r.previous = r.hash;
	r.serial = 2;
	data = town_document(b->town, &r, ANNA, BORIS);
	e.data = buffer_bytes(&data);
	assert_int_equal(entry_header_make(&e.header, TERRITORY, 1, &empty, "roster",
				 b->wall_ms, e.data),
		ERR_OK);
	e.signature = entry_sign(&e.header, &b->town->hub);
	for (unsigned allowed = 0; allowed < 200 && box_view(b).roster == 1; allowed++)
		step_without(b, allowed, &ev);
	box_step(b, &ev);
	assert_int_equal(box_view(b).roster, 2);
	buffer_free(&data);
	arena_free(arena);
	the_next_alarm_sounds(b);
}

static void
a_box_is_made_whole_or_not_at_all(void **state)
{
	struct box *b = box_of(state);
	struct siren_conf conf = {
		.patterns = b->town->patterns, .roster = buffer_bytes(&b->town->roster)};
	struct siren *s;
	unsigned allowed = 0;
	enum err err;

	do {
		ends = true;
		left = allowed++;
		err = siren_new(&s, &conf, 0, NULL);
		ends = false;
	} while (err != ERR_OK && allowed < 5000);
	assert_int_equal(err, ERR_OK);
	siren_free(s);
}

static void
a_snapshot_is_whole_or_says_that_it_is_not(void **state)
{
	struct box *b = box_of(state);
	struct siren_todo whole = {0}, todo = {0};
	unsigned allowed = 0, cut = 0;

	for (int i = 0; i < 20; i++)
		box_order(b, box_body(b, ORDER_ALARM), ANNA, BORIS);
	siren_snapshot(b->siren, &whole);
	assert_false(whole.short_of_memory);
	do {
		siren_todo_free(&todo);
		ends = true;
		left = allowed++;
		siren_snapshot(b->siren, &todo);
		ends = false;
		cut += todo.short_of_memory;
		if (todo.short_of_memory)
			continue;
		assert_int_equal(todo.count, whole.count);
		for (size_t i = 0; i < whole.count; i++)
			assert_int_equal(todo.at[i].bytes.len, whole.at[i].bytes.len);
	} while (todo.short_of_memory && allowed < 5000);
	assert_in_range(cut, 3, 4999);
	siren_todo_clear(&todo);
	assert_false(todo.short_of_memory);
	siren_todo_free(&todo);
	siren_todo_free(&whole);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		SUNG(an_order_without_memory_breaks_nothing),
		SUNG(a_roster_without_memory_leaves_the_old_one),
		SUNG(a_box_is_made_whole_or_not_at_all),
		SUNG(a_snapshot_is_whole_or_says_that_it_is_not),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
