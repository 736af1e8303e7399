/* SPDX-License-Identifier: GPL-3.0-or-later */
/* judged.h: a good message, changed in one place, and what is then said of it. */
#ifndef TESTS_CAP_JUDGED_H
#define TESTS_CAP_JUDGED_H

#include "cap/rules.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A change, and the findings that it brings in: "E44 W61 N50", in the order they are found. */
struct change {
	const char *from, *to, *want;
};

/* The first `from` becomes `to`; the caller frees. NULL if there is none. */
static inline char *
changed(const char *good, const char *from, const char *to)
{
	const char *at = strstr(good, from);
	char *text = at != NULL ? malloc(strlen(good) + strlen(to) + 1) : NULL;

	if (text != NULL)
		sprintf(text, "%.*s%s%s", (int)(at - good), good, to, at + strlen(from));
	return text;
}

typedef void judge_fn(struct cap_checking *c);

struct judged {
	char said[512];
	struct cap_findings f;
	struct arena *arena;
};

/* Ends with arena_free(j->arena). False if it is no XML or there is no memory. */
static inline bool
judge_text(struct judged *j, const char *text, uint32_t profiles, judge_fn *judge)
{
	struct cap_tree tree;
	struct cap_checking c = {.profiles = profiles};
	size_t used = 0;

	*j = (struct judged){.said = ""};
	if (arena_new(&j->arena) != ERR_OK)
		return false;
	j->f.arena = j->arena;
	if (cap_tree_read(&tree, j->arena, bytes_of_text(text), NULL, &j->f) != ERR_OK)
		return false;
	c.f = &j->f;
	c.arena = j->arena;
	c.alert = tree.root;
	c.space = tree.root->space;
	judge(&c);
	for (size_t i = 0; i < j->f.count && used < sizeof j->said - 8; i++)
		used += (size_t)sprintf(j->said + used, "%s%c%d", i > 0 ? " " : "",
			"NWE"[j->f.at[i].level], j -> f.at[i].rule);
	return j->f.err == ERR_OK;
}

#define assert_says(good, edit, profiles, judge)                                           \
	do {                                                                               \
		char *text_ = changed(good, (edit)->from, (edit)->to);                     \
		struct judged j_;                                                          \
                                                                                           \
		assert_non_null(text_);                                                    \
		assert_true(judge_text(&j_, text_, profiles, judge));                      \
		if (strcmp(j_.said, (edit)->want) != 0)                                    \
			print_message(                                                     \
				"with \"%s\" for \"%s\"\n", (edit)->to, (edit)->from);     \
		assert_string_equal(j_.said, (edit)->want);                                \
		arena_free(j_.arena);                                                      \
		free(text_);                                                               \
	} while (0)

#endif
