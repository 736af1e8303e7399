/* SPDX-License-Identifier: GPL-3.0-or-later */
/* envelope_check.c: the rules, for what stands in an envelope. */
#include "cap/envelope.h"
#include "cap/rules.h"

enum err
cap_carried_check(enum cap_verdict *out, struct arena *arena, const struct cap_carried *c,
	const struct cap_check_options *options, struct cap_findings *f)
{
	struct cap_tree tree;

	switch (c->kind) {
	case CAP_CARRIES_ALERT:
		*out = cap_rules_judge(
			c->at, arena, NULL, options != NULL ? options->profiles : 0, f);
		cap_findings_sort(f);
		return f->err;
	case CAP_CARRIES_DOCUMENT:
		return cap_check(out, &tree, arena, c->document, options, f);
	case CAP_CARRIES_LINK:
		*out = CAP_FEED;
		break;
	}
	return ERR_OK;
}

void
cap_envelope_findings(const struct cap_envelope *e, struct cap_findings *f)
{
	const struct cap_node *at = e->lacking;

	if (e->lacks & CAP_LACKS_CHANNEL)
		cap_find(f, CAP_WARNING, 1, at,
			N_("The RSS has no channel, so there is nothing to read in it."));
	if (e->lacks & CAP_LACKS_ID)
		cap_find(f, CAP_WARNING, 1, at,
			N_("The feed, or this entry of it, has no identifier. Give it one "
			   "that never changes."));
	if (e->lacks & CAP_LACKS_TITLE)
		cap_find(f, CAP_WARNING, 1, at,
			N_("The feed, or this entry of it, has no title. Say in it what it "
			   "is, for people."));
	if (e->lacks & CAP_LACKS_UPDATED)
		cap_find(f, CAP_WARNING, 1, at,
			N_("The feed, or this entry of it, does not say when it was last "
			   "changed. Add the time."));
	if (e->broken > 0)
		cap_find(f, CAP_WARNING, 1, NULL,
			N_("%u of the contents are not base64; they were passed over. "
			   "Encode them anew."),
			(unsigned)e->broken);
}
