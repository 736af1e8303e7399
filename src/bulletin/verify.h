/* SPDX-License-Identifier: GPL-3.0-or-later */
/* verify.h: `belfry bulletin verify`: a whole bulletin from one source, or two side by
 * side. */
#ifndef BULLETIN_VERIFY_H
#define BULLETIN_VERIFY_H

#include "bulletin/fork.h"

struct verifier;

enum finding_kind {
	FINDING_UNREADABLE, /* a line that is neither an entry nor a checkpoint */
	FINDING_CHANGED,    /* bytes are not those that were signed */
	FINDING_MISSING,    /* numbers that did not come */
	FINDING_REORDERED,  /* came after a later one */
	FINDING_REPEATED,   /* came twice, the same */
	FINDING_FORKED,	    /* the hub signed two things that cannot both be true */
	FINDING_TERM,	    /* signed in a term whose hub is not known here */
	FINDING_SUPERSEDED /* of an old term beyond its last number: no error, worth knowing
			    */
};
const char *finding_word(enum finding_kind kind); /* "changed" */

struct finding {
	enum finding_kind kind;
	int source;	 /* 0 or 1; for a fork between the two: 1 */
	size_t line;	 /* where it was seen, from 1; 0 if it is about no line */
	uint64_t number; /* of the entry, or of the first of them */
	uint64_t count;	 /* how many entries, from `number` on */
	char *words;	 /* one sentence for a person */
	char *proof;	 /* the fork as JSON (fork.h), or NULL */
};

/* Errors: ERR_NOMEM. The caller owns *out and frees it with verifier_free(). */
CHECKED enum err verifier_new(
	struct verifier **out, uint32_t territory, const struct reign *reign);
void verifier_free(struct verifier *v); /* NULL is fine */
/* As follower_take_over(). Before any line. Errors: ERR_CONFLICT, ERR_NOMEM. */
CHECKED enum err verifier_take_over(
	struct verifier *v, const struct reign *next, uint64_t last_number);

/* One line (entry or checkpoint, without or with its '\n') of source 0 or 1, in the order
 * in which the source gave it. An empty line is passed over. Errors: ERR_NOMEM alone; all
 * else is a finding. */
CHECKED enum err verifier_line(
	struct verifier *v, int source, const char *line, size_t len);

/* After the last line of all sources. Errors: ERR_NOMEM. */
CHECKED enum err verifier_end(struct verifier *v);
size_t verifier_findings(const struct verifier *v);
/* Borrowed from `v`; ordered by number. i < verifier_findings(). */
const struct finding *verifier_finding(const struct verifier *v, size_t i);
/* How many different entries came from a source, and the root over them if none is missing
 * or changed (else the root as far as that holds), with *size as its size. */
uint64_t verifier_entries(const struct verifier *v, int source);
struct hash verifier_root(const struct verifier *v, int source, uint64_t *size);
/* Nothing found but what is no error. */
bool verifier_clean(const struct verifier *v);

#endif
