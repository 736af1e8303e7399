/* SPDX-License-Identifier: GPL-3.0-or-later */
/* cap_diff.c: `belfry cap diff`: what two messages say differently. */
#include "cli/cap_verbs.h"

#include "cli/cap_compare.h"
#include "cli/cap_document.h"
#include "cli/cap_words.h"
#include "cli/say.h"

#include <stdio.h>

const struct option_line cap_diff_options[] = {
	CAP_LANG_OPTION,
	{NULL, NULL, NULL},
};

/* ---- as JSON ---- */

static json_t *
text_json(const struct cap_node *n)
{
	struct buffer b = {0};
	struct bytes text;
	json_t *o;

	if (n == NULL)
		return json_null();
	text = cap_trimmed(n);
	write_bytes(&b, text.at, text.len);
	o = words_json(buffer_text(&b));
	buffer_free(&b);
	return o;
}

static json_t *
difference_json(const struct difference *d)
{
	struct buffer path = {0};
	json_t *o = json_object();

	cap_xpath(&path, d->a != NULL ? d->a : d->b);
	json_object_set_new(o, "kind", json_string(differs_name(d->how)));
	json_object_set_new(o, "xpath", words_json(buffer_text(&path)));
	json_object_set_new(o, "a", text_json(d->a));
	json_object_set_new(o, "b", text_json(d->b));
	json_object_set_new(o, "line_a", json_integer(d->a != NULL ? d->a->line : 0));
	json_object_set_new(o, "line_b", json_integer(d->b != NULL ? d->b->line : 0));
	buffer_free(&path);
	return o;
}

static json_t *
comparison_json(const struct run *run, const struct comparison *c)
{
	json_t *o = json_object(), *list = json_array();

	for (size_t i = 0; i < c->count; i++)
		json_array_append_new(list, difference_json(&c->at[i]));
	json_object_set_new(o, "a", words_json(run->argument[0]));
	json_object_set_new(o, "b", words_json(run->argument[1]));
	json_object_set_new(o, "same", json_boolean(c->count == 0));
	json_object_set_new(o, "differences", list);
	if (c->left_out > 0)
		json_object_set_new(o, "left_out", json_integer((json_int_t)c->left_out));
	return o;
}

/* ---- in words ---- */

/* "- " and the text; an element with others in it says how many. */
static void
write_side(const char *sign, const struct cap_node *n)
{
	struct buffer b = {0};
	struct bytes text = cap_trimmed(n);

	write_format(&b, "  %s ", sign);
	if (n->first != NULL)
		write_format(&b, told(N_("(elements in it: %u)")), (unsigned)n->children);
	else
		words_line(&b, (const char *)text.at, text.len);
	puts(buffer_text(&b));
	buffer_free(&b);
}

static const char *
kind_words(enum differs how)
{
	static const char *const word[] = {[DIFFERS_TEXT] = N_("other text"),
		[DIFFERS_ONLY_A] = N_("only in the first"),
		[DIFFERS_ONLY_B] = N_("only in the second"),
		[DIFFERS_ORDER] = N_("the same elements in another order"),
		[DIFFERS_VERSION] = N_("another version of CAP")};

	return told(word[how]);
}

static void
write_difference(const struct difference *d)
{
	struct buffer b = {0}, path = {0};

	cap_xpath(&path, d->a != NULL ? d->a : d->b);
	words_line(&b, buffer_text(&path), path.len);
	printf("%s: %s\n", buffer_text(&b), kind_words(d->how));
	if (d->a != NULL && d->how != DIFFERS_ORDER && d->how != DIFFERS_VERSION)
		write_side("-", d->a);
	if (d->b != NULL && d->how != DIFFERS_ORDER && d->how != DIFFERS_VERSION)
		write_side("+", d->b);
	buffer_free(&path);
	buffer_free(&b);
}

static int
compare(struct run *run, const struct cap_document *a, const struct cap_document *b)
{
	struct comparison c = {.arena = a->arena};
	enum err err = cap_compare(&c, a->tree.root, b->tree.root);

	if (err != ERR_OK)
		return fail_err(run, err, NULL);
	if (run->json) {
		say_json(run, comparison_json(run, &c));
	} else {
		for (size_t i = 0; i < c.count; i++)
			write_difference(&c.at[i]);
		if (c.left_out > 0)
			printf(told(N_("Differences not shown: %zu\n")), c.left_out);
		if (c.count == 0)
			puts(told(N_("Element by element the same.")));
	}
	return c.count > 0 ? CAP_EXIT_FOUND : EXIT_GOOD;
}

int
cap_verb_diff(struct run *run)
{
	struct cap_document a, b;
	int code = words_begin_in_one_of_ours(run);

	if (code == EXIT_GOOD)
		code = cap_document_read(run, &a, run->argument[0]);
	if (code != EXIT_GOOD)
		return code;
	code = cap_document_read(run, &b, run->argument[1]);
	if (code == EXIT_GOOD) {
		code = compare(run, &a, &b);
		cap_document_free(&b);
	}
	cap_document_free(&a);
	return code;
}
