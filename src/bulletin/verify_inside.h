/* SPDX-License-Identifier: GPL-3.0-or-later */
/* verify_inside.h: what verify.c (taking lines in) and verify_judge.c (judging the whole)
 * share. */
#ifndef BULLETIN_VERIFY_INSIDE_H
#define BULLETIN_VERIFY_INSIDE_H

#include "bulletin/nodes.h"
#include "bulletin/verify.h"

/* A hub's reign, from number `first` on. */
struct verify_rule {
	struct reign reign;
	uint64_t first;
};

struct seen {
	struct entry_header header;
	struct signature signature;
	struct hash leaf;
	size_t line;
	bool good; /* the signature fits */
	bool late; /* a higher number came before it */
};

struct seen_checkpoint {
	struct checkpoint checkpoint;
	size_t line;
};

struct source {
	size_t lines;
	/* Until verifier_end() as they came; then one for each number, rising. */
	struct seen *seen;
	size_t seens;
	struct seen_checkpoint *checkpoint;
	size_t checkpoints;
	uint64_t different;  /* numbers that came */
	struct nodes *nodes; /* as far as the chain of roots holds */
	bool all_good;	     /* every entry in nodes is signed */
};

struct verifier {
	uint32_t territory;
	struct verify_rule *rule;
	size_t rules;
	struct source source[2];
	struct finding *finding;
	size_t findings;
};

/* Errors: ERR_NOMEM. `fork` may be NULL. */
CHECKED enum err verify_found(
	struct verifier *v, struct finding f, const char *what, const struct fork *fork);
/* NULL if the term is not known; *end is one beyond the last number of its reign. */
const struct verify_rule *verify_rule_of(
	const struct verifier *v, uint32_t term, uint64_t *end);

#endif
