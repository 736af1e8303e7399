/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "example.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "no_memory.h"

/* Two histories of one hub that part at number 3; the second is the longer one. */
struct scene {
	struct hub hub, twin;
	struct entry a[8], b[12];
	struct nodes *nodes; /* of the second */
	struct reign reign;
};

static void
scene_begin(struct scene *s)
{
	s->hub = hub_of_seed(1, 1);
	s->twin = hub_of_seed(1, 1);
	s->reign = reign_of(&s->hub);
	assert_int_equal(nodes_new(&s->nodes), ERR_OK);
	for (size_t i = 0; i < 8; i++)
		s->a[i] = publish(&s->hub, "alert", "danger");
	for (size_t i = 0; i < 12; i++) {
		struct hash leaf;

		s->b[i] = publish(&s->twin, "alert", i < 3 ? "danger" : "all is well");
		leaf = entry_leaf(&s->b[i].header);
		assert_int_equal(nodes_append(s->nodes, &leaf), ERR_OK);
	}
}

static struct statement
said(const struct entry *e)
{
	return statement_of_entry(&e->header, &e->signature);
}

/* Through JSON and back, as a stranger gets it. */
static enum err
check(const struct fork *fork, const struct reign *reigns, size_t count,
	struct fault *words)
{
	struct buffer json = {0};
	enum err err;

	fork_write(&json, fork);
	err = fork_check(buffer_text(&json), json.len, reigns, count, words);
	buffer_free(&json);
	return err;
}

static enum err
check_one(const struct fork *fork, const struct scene *s)
{
	struct fault words;

	return check(fork, &s->reign, 1, &words);
}

static void
two_entries_with_one_number_are_proof(void **state)
{
	struct scene s;
	struct fork fork = {0};
	struct fault words;
	char key[9];

	(void)state;
	scene_begin(&s);
	fork.first = said(&s.a[3]);
	fork.second = said(&s.b[3]);
	assert_int_equal(check(&fork, &s.reign, 1, &words), ERR_OK);
	public_key_short(key, &s.hub.key.public);
	assert_non_null(strstr(words.text, key));
	assert_non_null(strstr(words.text, "entry 3"));
	/* The same one twice is not. */
	fork.second = fork.first;
	assert_int_equal(check(&fork, &s.reign, 1, &words), ERR_REFUSED);
	assert_non_null(strstr(words.text, "can both be true"));
	/* Nor are two of one history. */
	fork.second = said(&s.a[4]);
	assert_int_equal(check_one(&fork, &s), ERR_REFUSED);
	nodes_free(s.nodes);
}

static void
two_roots_of_one_size_are_proof(void **state)
{
	struct scene s;
	struct fork fork = {0};
	struct hub at = hub_of_seed(1, 1), other = at;
	struct checkpoint c, d;
	struct fault words;

	(void)state;
	scene_begin(&s);
	(void)publish(&at, "alert", "danger");
	(void)publish(&other, "alert", "all is well");
	c = heartbeat(&at);
	d = heartbeat(&other);
	fork.first = statement_of_checkpoint(&c);
	fork.second = statement_of_checkpoint(&d);
	assert_int_equal(check(&fork, &s.reign, 1, &words), ERR_OK);
	assert_non_null(
		strstr(words.text, "checkpoint of 1 entries of 2026-11-22T14:00:02"));
	d = c;
	d.time_ms += 10000;
	checkpoint_sign(&d, &at.key);
	fork.second = statement_of_checkpoint(&d);
	assert_int_equal(check_one(&fork, &s), ERR_REFUSED);
	nodes_free(s.nodes);
}

/* The twin's tree had root X at the smaller size, and the hub signed another. */
static void
a_smaller_tree_that_is_no_beginning_of_a_larger_is_proof(void **state)
{
	struct scene s;
	struct fork fork = {0};
	struct checkpoint c;

	(void)state;
	scene_begin(&s);
	c = heartbeat(&s.twin);
	for (uint64_t number = 4; number < 8; number++) {
		fork = (struct fork){.first = said(&s.a[number]),
			.second = statement_of_checkpoint(&c),
			.prefix = nodes_root(s.nodes, number)};
		assert_int_equal(
			nodes_prove_consistency(&fork.proof, s.nodes, number, 12), ERR_OK);
		assert_int_equal(check_one(&fork, &s), ERR_OK);
		/* In the other order, too. */
		fork.second = fork.first;
		fork.first = statement_of_checkpoint(&c);
		assert_int_equal(check_one(&fork, &s), ERR_OK);
		/* An entry that belongs to the larger tree contradicts nothing. */
		fork.second = said(&s.b[number]);
		assert_int_equal(check_one(&fork, &s), ERR_REFUSED);
		/* A false prefix convinces nobody. */
		fork.prefix.at[0] ^= 1;
		assert_int_equal(check_one(&fork, &s), ERR_REFUSED);
	}
	nodes_free(s.nodes);
}

static void
an_entry_with_its_edge_speaks_of_the_tree_after_it(void **state)
{
	struct scene s;
	struct fork fork = {0}, bad;
	struct checkpoint c;
	struct tree before;
	struct hub at = hub_of_seed(1, 1);

	(void)state;
	scene_begin(&s);
	/* Entry 3 of the first history stands on the same tree as that of the second. */
	for (int i = 0; i < 3; i++)
		(void)publish(&at, "alert", "danger");
	(void)publish(&at, "alert", "all is well");
	at.now_ms += 1;
	c = heartbeat(&at);
	before = nodes_tree(s.nodes, 3);
	fork.first = said(&s.a[3]);
	fork.second = statement_of_checkpoint(&c);
	assert_int_equal(check_one(&fork, &s), ERR_REFUSED);
	fork.first.has_edge = true;
	fork.first.edge.count = tree_edge(fork.first.edge.at, &before);
	assert_int_equal(check_one(&fork, &s), ERR_OK);
	bad = fork;
	bad.first.edge.count--;
	assert_int_equal(check_one(&bad, &s), ERR_REFUSED);
	bad = fork;
	bad.first.edge.at[0].at[0] ^= 1;
	assert_int_equal(check_one(&bad, &s), ERR_REFUSED);
	nodes_free(s.nodes);
}

static void
what_the_hub_did_not_sign_proves_nothing(void **state)
{
	struct scene s;
	struct fork fork = {0}, bad;
	struct fault words;
	struct reign unknown;
	struct hub thief = hub_of_seed(2, 1);
	struct checkpoint c;

	(void)state;
	scene_begin(&s);
	fork.first = said(&s.a[3]);
	fork.second = said(&s.b[3]);
	bad = fork;
	bad.second.signature.at[0] ^= 1;
	assert_int_equal(check(&bad, &s.reign, 1, &words), ERR_SIGNATURE);
	assert_non_null(strstr(words.text, "has not signed the entry"));
	unknown = s.reign;
	unknown.term = 2;
	assert_int_equal(check(&fork, &unknown, 1, &words), ERR_UNKNOWN);
	assert_int_equal(check(&fork, NULL, 0, &words), ERR_UNKNOWN);
	for (int i = 0; i < 4; i++)
		(void)publish(&thief, "alert", "all is well");
	c = heartbeat(&thief);
	bad.second = statement_of_checkpoint(&c);
	assert_int_equal(check(&bad, &s.reign, 1, &words), ERR_SIGNATURE);
	assert_non_null(strstr(words.text, "has not signed the checkpoint"));
	nodes_free(s.nodes);
}

static void
two_territories_do_not_contradict_each_other(void **state)
{
	struct scene s;
	struct fork fork = {0};
	struct entry e;

	(void)state;
	scene_begin(&s);
	e = s.b[3];
	e.header.territory++;
	e.signature = entry_sign(&e.header, &s.hub.key);
	fork.first = said(&s.a[3]);
	fork.second = said(&e);
	assert_int_equal(check_one(&fork, &s), ERR_REFUSED);
	nodes_free(s.nodes);
}

static void
two_hubs_that_disagree_are_both_named(void **state)
{
	struct scene s;
	struct fork fork = {0};
	struct hub next = hub_of_seed(2, 2);
	struct reign reigns[2];
	struct entry e;
	struct fault words;

	(void)state;
	scene_begin(&s);
	e = publish(&next, "alert", "all is well");
	reigns[0] = s.reign;
	reigns[1] = reign_of(&next);
	fork.first = said(&s.a[0]);
	fork.second = said(&e);
	assert_int_equal(check(&fork, reigns, 2, &words), ERR_OK);
	assert_non_null(strstr(words.text, "term 2"));
	nodes_free(s.nodes);
}

/* The JSON of a good proof with the first `from` replaced by `to`. */
static enum err
check_with(const char *from, const char *to)
{
	struct scene s;
	struct fork fork = {0};
	struct buffer json = {0}, bad = {0};
	struct fault words = {""};
	struct checkpoint c;
	const char *at;
	enum err err;

	scene_begin(&s);
	c = heartbeat(&s.twin);
	fork.first = said(&s.a[5]);
	fork.second = statement_of_checkpoint(&c);
	fork.prefix = nodes_root(s.nodes, 5);
	assert_int_equal(nodes_prove_consistency(&fork.proof, s.nodes, 5, 12), ERR_OK);
	fork_write(&json, &fork);
	at = strstr(buffer_text(&json), from);
	assert_non_null(at);
	write_bytes(&bad, json.at, (size_t)(at - (char *)json.at));
	write_text(&bad, to);
	write_text(&bad, at + strlen(from));
	err = fork_check(buffer_text(&bad), bad.len, &s.reign, 1, &words);
	assert_true(words.text[0] != '\0');
	buffer_free(&json);
	buffer_free(&bad);
	nodes_free(s.nodes);
	return err;
}

static void
json_in_another_form_is_refused(void **state)
{
	static const struct {
		const char *from, *to;
		enum err err;
	} bad[] = {
		{"{\"fork\":1", "{\"fork\":1", ERR_OK},
		{"{\"fork\":1", "{\"fork\":2", ERR_VERSION},
		{"{\"fork\":1", "[\"fork\":1", ERR_FORMAT},
		{"\"first\":", "\"fist\":", ERR_FORMAT},
		{"\"second\":{", "\"second\":[],\"x\":{", ERR_FORMAT},
		{"\"checkpoint\":\"", "\"checkpoint\":1,\"x\":\"", ERR_FORMAT},
		{"\"checkpoint\":\"", "\"checkpoint\":\"x", ERR_FORMAT},
		{"belfry-entry-1", "belfry-entry-9", ERR_VERSION},
		{"\"signature\"", "\"sig\"", ERR_FORMAT},
		{"\"signature\"", "\"edge\":{},\"signature\"", ERR_FORMAT},
		{"\"signature\"", "\"edge\":[],\"signature\"", ERR_REFUSED},
		{"\"prefix\"", "\"prefox\"", ERR_FORMAT},
		{"\"proof\"", "\"prof\"", ERR_FORMAT},
	};

	(void)state;
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
		if (check_with(bad[i].from, bad[i].to) != bad[i].err)
			fail_msg("%s: not %s", bad[i].to, err_name(bad[i].err));
}

static void
nothing_can_stand_after_the_last_number(void **state)
{
	struct fork fork = {0};
	struct hub hub = hub_of_seed(1, 1);
	struct reign reign = reign_of(&hub);
	struct tree full = {.size = TREE_SIZE_MAX};
	struct entry e = {.header = {.territory = TERRITORY,
				  .term = 1,
				  .number = TREE_SIZE_MAX,
				  .root = tree_root(&full),
				  .kind = "alert",
				  .time_ms = START_MS}};
	struct fault words;

	(void)state;
	e.signature = entry_sign(&e.header, &hub.key);
	fork.first = said(&e);
	fork.first.has_edge = true;
	fork.first.edge.count = tree_edge(fork.first.edge.at, &full);
	fork.second = fork.first;
	assert_int_equal(fork_judge(&fork, &reign, 1, &words), ERR_REFUSED);
	assert_non_null(strstr(words.text, "no place"));
}

/* The proof in tests/data/bulletin, for other programs to try themselves on. */
static void
the_committed_proof_is_still_one(void **state)
{
	FILE *file = fopen("tests/data/bulletin/fork.json", "r");
	struct hub hub = hub_of_seed('b', 1);
	struct reign reign = reign_of(&hub);
	struct fault words;
	char json[8192];
	size_t len;

	(void)state;
	assert_non_null(file);
	len = fread(json, 1, sizeof json, file);
	fclose(file);
	assert_int_equal(fork_check(json, len, &reign, 1, &words), ERR_OK);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(two_entries_with_one_number_are_proof),
		cmocka_unit_test(two_roots_of_one_size_are_proof),
		cmocka_unit_test(a_smaller_tree_that_is_no_beginning_of_a_larger_is_proof),
		cmocka_unit_test(an_entry_with_its_edge_speaks_of_the_tree_after_it),
		cmocka_unit_test(what_the_hub_did_not_sign_proves_nothing),
		cmocka_unit_test(two_territories_do_not_contradict_each_other),
		cmocka_unit_test(two_hubs_that_disagree_are_both_named),
		cmocka_unit_test(json_in_another_form_is_refused),
		cmocka_unit_test(nothing_can_stand_after_the_last_number),
		cmocka_unit_test(the_committed_proof_is_still_one),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
