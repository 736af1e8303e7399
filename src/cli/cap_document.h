/* SPDX-License-Identifier: GPL-3.0-or-later */
/* cap_document.h: one document that show, fmt and diff look at, with what the check said of it. */
#ifndef CLI_CAP_DOCUMENT_H
#define CLI_CAP_DOCUMENT_H

#include "cap/check.h"
#include "cli/command.h"

struct cap_document {
	struct arena *arena;
	struct buffer text; /* as it was read */
	struct cap_tree tree;
	enum cap_verdict verdict;
	struct cap_findings findings;
};

/* Read and check the file; says why not. Gives an exit code: CAP_EXIT_TROUBLE if there is no tree.
 * On EXIT_GOOD the caller ends *out with document_free(). */
CHECKED int cap_document_read(struct run *run, struct cap_document *out, const char *path);
void cap_document_free(struct cap_document *d);

enum cap_signed {
	CAP_UNSIGNED,
	CAP_SIGNED,	  /* each matches the bytes; whose key it is was not asked */
	CAP_SIGNED_WRONG, /* one does not match the bytes */
	CAP_SIGNED_UNVERIFIED, /* one could not be verified, as a finding of rule 53 or 54 says */
};
enum cap_signed cap_document_signed(const struct cap_document *d);
const char *cap_signed_name(enum cap_signed s); /* "unsigned", "matches" … */

#endif
