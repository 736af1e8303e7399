/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "example.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "no_memory.h"

static struct checkpoint
example(struct hub *hub)
{
	*hub = hub_of_seed(1, 3);
	(void)publish(hub, "roster", "{}");
	(void)publish(hub, "alert", "…");
	(void)publish(hub, "end", "…");
	return heartbeat(hub);
}

static enum err
read_text(const char *text)
{
	struct checkpoint c;
	struct fault fault = {""};
	enum err err = checkpoint_read(&c, text, strlen(text), &fault);

	assert_true((err == ERR_OK) == (fault.text[0] == '\0'));
	return err;
}

/* The example's note with the first `from` replaced by `to`. */
static enum err
read_with(const char *from, const char *to)
{
	struct hub hub;
	struct checkpoint c = example(&hub);
	struct buffer note = {0}, bad = {0};
	const char *at;
	enum err err;

	checkpoint_write(&note, &c);
	at = strstr(buffer_text(&note), from);
	assert_non_null(at);
	write_bytes(&bad, note.at, (size_t)(at - (char *)note.at));
	write_text(&bad, to);
	write_text(&bad, at + strlen(from));
	err = read_text(buffer_text(&bad));
	buffer_free(&note);
	buffer_free(&bad);
	return err;
}

static void
a_note_is_read_and_written_to_the_same_bytes(void **state)
{
	struct hub hub;
	struct checkpoint c = example(&hub), back;
	struct buffer note = {0}, again = {0};

	(void)state;
	checkpoint_write(&note, &c);
	assert_int_equal(
		checkpoint_read(&back, buffer_text(&note), note.len, NULL), ERR_OK);
	assert_int_equal(back.size, 3);
	assert_int_equal(back.term, 3);
	assert_true(back.time_ms == c.time_ms);
	assert_true(hash_equal(&back.root, &c.root));
	assert_true(checkpoint_verify(&back, &hub.key.public));
	checkpoint_write(&again, &back);
	assert_string_equal(buffer_text(&note), buffer_text(&again));
	buffer_free(&note);
	buffer_free(&again);
}

static void
the_note_looks_as_its_page_says(void **state)
{
	struct hub hub;
	struct checkpoint c = example(&hub);
	struct buffer note = {0};

	(void)state;
	checkpoint_write(&note, &c);
	assert_memory_equal(note.at, "belfry/0badcafe\n3\n", 18);
	assert_non_null(strstr(buffer_text(&note),
		"=\nterm 3\ntime 2026-11-22T14:00:04.000Z\n\n\xe2\x80\x94 "
		"belfry/0badcafe "));
	buffer_free(&note);
}

/* c2sp.org/signed-note: SHA-256(name, newline, 0x01 for Ed25519, key), the first four
 * bytes. */
static void
a_key_id_follows_c2sp(void **state)
{
	static const char name[] = "belfry/0badcafe\n\x01";
	struct hub hub = hub_of_seed(1, 1);
	uint8_t in[sizeof name - 1 + 32], id[4];
	struct hash h;

	(void)state;
	memcpy(in, name, sizeof name - 1);
	memcpy(in + sizeof name - 1, hub.key.public.at, 32);
	h = hash_of(bytes_of(in, sizeof in));
	checkpoint_key_id(id, TERRITORY, &hub.key.public);
	assert_memory_equal(id, h.at, 4);
}

static void
nothing_signed_can_be_changed(void **state)
{
	struct hub hub, thief = hub_of_seed(9, 3);
	struct checkpoint c = example(&hub), bad;

	(void)state;
	assert_true(checkpoint_verify(&c, &hub.key.public));
	assert_false(checkpoint_verify(&c, &thief.key.public));
	bad = c, bad.size++;
	assert_false(checkpoint_verify(&bad, &hub.key.public));
	bad = c, bad.time_ms++;
	assert_false(checkpoint_verify(&bad, &hub.key.public));
	bad = c, bad.term++;
	assert_false(checkpoint_verify(&bad, &hub.key.public));
	bad = c, bad.root.at[0] ^= 1;
	assert_false(checkpoint_verify(&bad, &hub.key.public));
	bad = c, bad.territory ^= 1;
	assert_false(checkpoint_verify(&bad, &hub.key.public));
	bad = c, bad.key_id[3] ^= 1;
	assert_false(checkpoint_verify(&bad, &hub.key.public));
	bad = c, bad.signature.at[63] ^= 1;
	assert_false(checkpoint_verify(&bad, &hub.key.public));
}

static void
every_other_form_of_a_note_is_refused(void **state)
{
	static const struct {
		const char *from, *to;
		enum err err;
	} bad[] = {
		{"belfry/", "Belfry/", ERR_FORMAT},
		{"belfry/0badcafe", "belfry/0badcafe0", ERR_FORMAT},
		{"belfry/0badcafe\n3", "belfry/0BADCAFE\n3", ERR_FORMAT},
		{"belfry/0badcafe\n3", "belfry/0badcafe\n03", ERR_FORMAT},
		{"belfry/0badcafe\n3", "belfry/0badcafe\n9007199254740992", ERR_RANGE},
		{"belfry/0badcafe\n3", "belfry/0badcafe\n0", ERR_RANGE},
		{"belfry/0badcafe\n3", "belfry/0badcafe\n\n3", ERR_FORMAT},
		{"=\nterm", "\nterm", ERR_FORMAT},
		{"term 3", "term 0", ERR_RANGE},
		{"term 3\n", "", ERR_FORMAT},
		{"000Z", "00Z", ERR_FORMAT},
		{"000Z\n", "000Z\nmore\n", ERR_FORMAT},
		{"\n\n", "\n", ERR_FORMAT},
		{"\n\n", "\n \n", ERR_FORMAT},
		{"\xe2\x80\x94 belfry/0badcafe ", "\xe2\x80\x94 ", ERR_FORMAT},
		{"\xe2\x80\x94 belfry/0badcafe ", "\xe2\x80\x94 belfry/0badcaff ",
			ERR_FORMAT},
		{"\xe2\x80\x94 belfry/0badcafe ", "-- belfry/0badcafe ", ERR_FORMAT},
		{"\xe2\x80\x94 belfry/0badcafe ", "\xe2\x80\x94 belfry/0badcafe AAAA",
			ERR_FORMAT},
	};
	struct hub hub;
	struct checkpoint c = example(&hub);
	struct buffer note = {0};
	char *big = calloc(1, CHECKPOINT_MAX + 2);

	(void)state;
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
		if (read_with(bad[i].from, bad[i].to) != bad[i].err)
			fail_msg("%s: not %s", bad[i].to, err_name(bad[i].err));
	assert_int_equal(read_text(""), ERR_SHORT);
	checkpoint_write(&note, &c);
	note.at[note.len - 1] = 'x';
	assert_int_equal(read_text(buffer_text(&note)), ERR_SHORT);
	buffer_free(&note);
	assert_non_null(big);
	memset(big, '\n', CHECKPOINT_MAX + 1);
	assert_int_equal(read_text(big), ERR_RANGE);
	free(big);
}

static void
the_empty_bulletin_has_a_checkpoint_too(void **state)
{
	struct hub hub = hub_of_seed(1, 1);
	struct checkpoint c = heartbeat(&hub), back;
	struct buffer note = {0};

	(void)state;
	checkpoint_write(&note, &c);
	assert_int_equal(
		checkpoint_read(&back, buffer_text(&note), note.len, NULL), ERR_OK);
	assert_int_equal(back.size, 0);
	buffer_free(&note);
}

static void
lines_of_witnesses_are_passed_over(void **state)
{
	struct hub hub;
	struct checkpoint c = example(&hub), back;
	struct buffer note = {0};

	(void)state;
	checkpoint_write(&note, &c);
	for (int i = 0; i < 15; i++)
		write_text(&note, "\xe2\x80\x94 witness.example/7 AAAA\n");
	assert_int_equal(
		checkpoint_read(&back, buffer_text(&note), note.len, NULL), ERR_OK);
	assert_true(checkpoint_verify(&back, &hub.key.public));
	write_text(&note, "\xe2\x80\x94 one.too.many AAAA\n");
	assert_int_equal(
		checkpoint_read(&back, buffer_text(&note), note.len, NULL), ERR_TRAILING);
	buffer_clear(&note);
	checkpoint_write(&note, &c);
	write_text(&note, "\xe2\x80\x94 \n");
	assert_int_equal(
		checkpoint_read(&back, buffer_text(&note), note.len, NULL), ERR_FORMAT);
	buffer_clear(&note);
	checkpoint_write(&note, &c);
	write_text(&note, "witness.example/7 AAAA\n");
	assert_int_equal(
		checkpoint_read(&back, buffer_text(&note), note.len, NULL), ERR_FORMAT);
	buffer_free(&note);
}

static void
a_line_carries_a_note_and_the_edge_to_join_at(void **state)
{
	struct hub hub;
	struct checkpoint c = example(&hub), back;
	struct hash edge[TREE_PROOF_MAX], root;
	size_t count = tree_edge(edge, &hub.tree);
	struct buffer line = {0};
	struct proof got;
	struct tree tree;

	(void)state;
	checkpoint_line_write(&line, &c, edge, count);
	assert_int_equal(
		checkpoint_line_read(&back, &got, buffer_text(&line), line.len, NULL),
		ERR_OK);
	assert_true(checkpoint_verify(&back, &hub.key.public));
	assert_int_equal(tree_from_edge(&tree, back.size, got.at, got.count), ERR_OK);
	root = tree_root(&tree);
	assert_true(hash_equal(&root, &c.root));
	assert_int_equal(
		checkpoint_line_read(&back, NULL, buffer_text(&line), line.len, NULL),
		ERR_OK);
	buffer_clear(&line);
	checkpoint_line_write(&line, &c, NULL, 0);
	assert_int_equal(
		checkpoint_line_read(&back, &got, buffer_text(&line), line.len, NULL),
		ERR_OK);
	assert_int_equal(got.count, 0);
	buffer_free(&line);
}

static enum err
read_edge(const char *edge)
{
	struct hub hub;
	struct checkpoint c = example(&hub), back;
	struct buffer line = {0};
	struct proof got;
	enum err err;

	checkpoint_line_write(&line, &c, NULL, 0);
	line.len -= 2;
	write_format(&line, ",\"edge\":%s}", edge);
	err = checkpoint_line_read(&back, &got, buffer_text(&line), line.len, NULL);
	buffer_free(&line);
	return err;
}

static void
a_line_in_another_form_is_refused(void **state)
{
	static const char hash[] = "\"47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=\"";
	struct buffer many = {0};
	struct checkpoint c;

	(void)state;
	assert_int_equal(read_edge("[]"), ERR_OK);
	assert_int_equal(read_edge("{}"), ERR_FORMAT);
	assert_int_equal(read_edge("[1]"), ERR_FORMAT);
	assert_int_equal(read_edge("[\"AAAA\"]"), ERR_FORMAT);
	write_text(&many, "[");
	for (int i = 0; i < TREE_PROOF_MAX; i++)
		write_format(&many, "%s,", hash);
	write_format(&many, "%s]", hash);
	assert_int_equal(read_edge(buffer_text(&many)), ERR_RANGE);
	buffer_free(&many);
	assert_int_equal(checkpoint_line_read(&c, NULL, "{}", 2, NULL), ERR_FORMAT);
	assert_int_equal(checkpoint_line_read(&c, NULL, "{", 1, NULL), ERR_FORMAT);
	assert_int_equal(checkpoint_line_read(&c, NULL, "{\"checkpoint\":\"\"}", 17, NULL),
		ERR_SHORT);
}

static void
without_memory_a_line_is_not_read(void **state)
{
	struct hub hub;
	struct checkpoint c = example(&hub), back;
	struct hash edge[TREE_PROOF_MAX];
	struct buffer line = {0};
	int failed = 0;
	enum err err;

	(void)state;
	checkpoint_line_write(&line, &c, edge, tree_edge(edge, &hub.tree));
	do {
		fail_after = failed;
		err = checkpoint_line_read(&back, NULL, buffer_text(&line), line.len, NULL);
		fail_after = -1;
		assert_true(err == ERR_OK || err == ERR_NOMEM);
	} while (err != ERR_OK && ++failed < 100);
	assert_in_range(failed, 4, 99);
	buffer_free(&line);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_note_is_read_and_written_to_the_same_bytes),
		cmocka_unit_test(the_note_looks_as_its_page_says),
		cmocka_unit_test(a_key_id_follows_c2sp),
		cmocka_unit_test(nothing_signed_can_be_changed),
		cmocka_unit_test(every_other_form_of_a_note_is_refused),
		cmocka_unit_test(the_empty_bulletin_has_a_checkpoint_too),
		cmocka_unit_test(lines_of_witnesses_are_passed_over),
		cmocka_unit_test(a_line_carries_a_note_and_the_edge_to_join_at),
		cmocka_unit_test(a_line_in_another_form_is_refused),
		cmocka_unit_test(without_memory_a_line_is_not_read),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
