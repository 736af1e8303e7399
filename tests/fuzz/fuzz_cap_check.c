/* SPDX-License-Identifier: GPL-3.0-or-later */
/* fuzz_cap_check.c: whatever the document, the verdict agrees with the findings, and each finding
 * says something about a place in it. */
#include "cap/check.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
must(bool good)
{
	if (!good)
		abort();
}

static void
agree(enum cap_verdict verdict, const struct cap_tree *tree, const struct cap_findings *f)
{
	bool errors = f->levels[CAP_ERROR] > 0;

	must(errors == (verdict == CAP_INVALID || verdict == CAP_NOT_CAP));
	must(tree->root != NULL || verdict == CAP_INVALID);
	for (size_t i = 0; i < f->count; i++) {
		const struct cap_finding *at = &f->at[i];

		must(at->rule >= 1 && at->rule <= 63 && at->text[0] != '\0');
		must(at->xpath[0] == '\0' || (at->xpath[0] == '/' && at->line > 0));
		must(i == 0 || at[-1].line <= at->line);
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct cap_check_options options = {.profiles = (1u << CAP_PROFILES) - 1};
	struct cap_findings f = {0};
	enum cap_verdict verdict;
	struct cap_tree tree;

	if (arena_new(&f.arena) != ERR_OK)
		return 0;
	if (cap_check(&verdict, &tree, f.arena, bytes_of(data, size), &options, &f) ==
		ERR_OK)
		agree(verdict, &tree, &f);
	arena_free(f.arena);
	return 0;
}
