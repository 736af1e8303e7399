/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * check.h: what is right and wrong in a CAP document, by numbered rules (doc/formats/cap-rules.md):
 * the schema and the text of CAP-v1.2-os, and the profiles that were asked for.
 */
#ifndef CAP_CHECK_H
#define CAP_CHECK_H

#include "cap/tree.h"

enum cap_profile {
	CAP_PROFILE_IPAWS,
	CAP_PROFILE_CAP_AU,
	CAP_PROFILE_CAP_CP,
	CAP_PROFILE_GOOGLE,
	CAP_PROFILE_WMO,
	CAP_PROFILE_METEOALARM,
	CAP_PROFILE_UK_CB,
	CAP_PROFILES,
};
const char *cap_profile_name(enum cap_profile p); /* "ipaws", "cap-au" … */
/* Errors: ERR_UNKNOWN. */
CHECKED enum err cap_profile_of_name(enum cap_profile *out, const char *name);

enum cap_verdict {
	CAP_VALID,   /* no error, no warning */
	CAP_WARN,    /* no error */
	CAP_INVALID, /* at least one error */
	CAP_BAD_SIGNATURE, /* no error in the CAP, but a signature that does not match its bytes */
	CAP_LEGACY,	   /* CAP 1.0 or 1.1 */
	CAP_FEED,	   /* Atom, RSS or EDXL-DE; what is in it is not judged here */
	CAP_NOT_CAP, /* another XML document */
};
const char *cap_verdict_name(enum cap_verdict v); /* "valid", "warn" … "not-cap" */

struct cap_check_options {
	struct cap_limits limits;
	uint32_t profiles; /* bits: 1 << enum cap_profile */
};

/*
 * Read and judge one document. The tree and all findings live in `arena`; findings are sorted.
 * `options` NULL: defaults. What is wrong with the document is in `f`, never an error of this
 * function: a document that cannot be read has verdict CAP_INVALID and one finding of rule 1 or 52.
 * Errors: ERR_NOMEM.
 */
CHECKED enum err cap_check(enum cap_verdict *out, struct cap_tree *tree,
	struct arena *arena, struct bytes document, const struct cap_check_options *options,
	struct cap_findings *f);

#endif
