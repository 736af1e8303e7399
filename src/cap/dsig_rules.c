/* SPDX-License-Identifier: GPL-3.0-or-later */
/* dsig_rules.c: rules 53 to 55: a signature is told of, and no reason to reject a message. */
#include "cap/dsig.h"
#include "cap/rules.h"

#include <string.h>

/* No pin is known here: whose key it is, is not this check's business. */

static const struct cap_node *
first_signature(const struct cap_node *alert)
{
	return cap_child(alert, CAP_SPACE_DSIG, "Signature");
}

static void
tell(struct cap_checking *c, enum cap_level level, const struct cap_node *at,
	const char *text)
{
	struct cap_findings *f = c->f;

	if (f != NULL && f->translate != NULL)
		text = f->translate(f->translate_ctx, text);
	cap_find(f, level, 54, at, "%s", text);
}

/* One that verifies is enough: the others are told of as notes. */
static void
tell_all(struct cap_checking *c, const struct dsig_report *r, bool good)
{
	const struct cap_node *at = first_signature(c->alert);

	for (size_t i = 0; i < r->count && at != NULL; i++, at = cap_again(at)) {
		const struct dsig_signature *s = &r->at[i];

		if (s->result != DSIG_GOOD)
			tell(c, good ? CAP_NOTE : CAP_WARNING, at, dsig_why_text(s->why));
		else if (s->weak)
			tell(c, CAP_NOTE, at,
				N_("The signature matches the message, but rests on SHA-1 "
				   "or a "
				   "short key, which can be forged with effort. Ask the "
				   "sender "
				   "for rsa-sha256."));
	}
}

bool
cap_rules_signature(struct cap_checking *c, struct bytes document)
{
	const struct cap_node *first = first_signature(c->alert);
	const struct dsig_signature *best;
	struct dsig_report r;
	enum err err;

	if (first == NULL)
		return false;
	err = dsig_verify(&r, document, NULL, 0);
	if (err != ERR_OK) {
		if (err == ERR_NOMEM && c->f != NULL)
			c->f->err = ERR_NOMEM;
		tell(c, CAP_WARNING, first,
			N_("The signature cannot be verified: the document is too large "
			   "for "
			   "it, or in an encoding other than UTF-8, UTF-16, ISO-8859-1 and "
			   "ASCII."));
		return false;
	}
	best = dsig_best(&r);
	tell_all(c, &r, best != NULL && best->result == DSIG_GOOD);
	if (r.misplaced > 0)
		cap_find(c->f, CAP_NOTE, 53, c->alert,
			N_("A Signature stands elsewhere than in alert itself; it was not "
			   "looked at. Put it at the end of alert."));
	return best != NULL && best->result == DSIG_BAD;
}
