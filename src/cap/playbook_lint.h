/* SPDX-License-Identifier: GPL-3.0-or-later */
/* playbook_lint.h: what a careful editor would say of a playbook's texts. Advice, never a bar. */
#ifndef CAP_PLAYBOOK_LINT_H
#define CAP_PLAYBOOK_LINT_H

#include "cap/playbook.h"

enum {
	LINT_WORDS = 15,    /* of a sentence */
	LINT_HEADLINE = 60, /* characters of a headline without placeholders */
	LINT_SOURCE = 30,   /* characters that who warns may take */
	LINT_ZONE = 10,	    /* and one zone in a text message */
};

/* Words of the longest sentence; {source} and its kin are one word each. */
size_t lint_longest_sentence(const char *text);
/* Characters without the placeholders. */
size_t lint_characters(const char *text);

struct playbook_advice {
	const char *language;
	const char *field; /* "update.headline" */
	const char *text;  /* one sentence */
};

/*
 * All advice on a playbook, in the order of its languages and fields. Lives in `arena`.
 * Errors: ERR_NOMEM.
 */
CHECKED enum err playbook_lint(struct playbook_advice **out, size_t *n, struct arena *arena,
	const struct playbook *playbook);

#endif
