/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * finding.h: what a check has to say: which rule, where, in a plain sentence, and how to mend it.
 * Rules are numbered as in doc/formats/cap-rules.md.
 */
#ifndef CAP_FINDING_H
#define CAP_FINDING_H

#include "base/arena.h"

enum cap_level {
	CAP_NOTE,    /* advice, or a rule whose text was not at hand */
	CAP_WARNING, /* allowed, but people will be misled or left out */
	CAP_ERROR,   /* breaks the standard */
};
const char *cap_level_name(enum cap_level level); /* "note", "warning", "error" */

struct cap_node;

struct cap_finding {
	enum cap_level level;
	int rule;
	uint32_t line, column; /* from 1; 0: of the document as a whole */
	const char *xpath;     /* "" for the document as a whole */
	const char *text; /* what is wrong, and how to mend it; in the reader's language */
};

/*
 * Findings live in the arena, in the order in which they were made. `translate` gives a sentence
 * (a printf format in English) in the reader's language, with the same arguments in the same order;
 * NULL: English. More than `max` (0: CAP_FINDINGS_MAX) are counted, not kept; a worse one then takes
 * the place of the last that is less bad, so that no crowd of notes hides an error.
 */
struct cap_findings {
	struct arena *arena;
	const char *(*translate)(void *ctx, const char *format);
	void *translate_ctx;
	size_t max;
	struct cap_finding *at;
	size_t count, room;
	size_t left_out;
	size_t kept[CAP_ERROR + 1];   /* how many of each are at `at` */
	size_t levels[CAP_ERROR + 1]; /* how many of each, kept or not */
	enum err err;		      /* ERR_NOMEM: something is missing */
};
enum { CAP_FINDINGS_MAX = 1000 };

/* Marks a sentence for translation. */
#define N_(text) text

/* At `node` (its line, column and XPath; NULL: the document). NULL `f`: nobody listens. */
void cap_find(struct cap_findings *f, enum cap_level level, int rule,
	const struct cap_node *node, const char *format, ...)
	__attribute__((format(printf, 5, 6)));
/* At a place without a node. */
void cap_find_at(struct cap_findings *f, enum cap_level level, int rule, uint32_t line,
	uint32_t column, const char *format, ...) __attribute__((format(printf, 6, 7)));
/* In the order of the document; errors before warnings before notes where the place is the same. */
void cap_findings_sort(struct cap_findings *f);

#endif
