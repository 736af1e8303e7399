/* SPDX-License-Identifier: GPL-3.0-or-later */
/* envelope_check.c: the rules, for what stands in an envelope. */
#include "cap/envelope.h"
#include "cap/rules.h"

static enum cap_verdict
verdict_of(const struct cap_findings *f, const size_t before[CAP_ERROR + 1])
{
	if (f->levels[CAP_ERROR] > before[CAP_ERROR])
		return CAP_INVALID;
	return f->levels[CAP_WARNING] > before[CAP_WARNING] ? CAP_WARN : CAP_VALID;
}

/* The alert as the root of a tree of its own would be judged. */
static enum cap_verdict
judge_in_place(struct arena *arena, const struct cap_node *alert,
	const struct cap_check_options *options, struct cap_findings *f)
{
	struct cap_checking c = {.f = f,
		.arena = arena,
		.alert = alert,
		.space = alert->space,
		.profiles = options != NULL ? options->profiles : 0};
	size_t before[CAP_ERROR + 1];

	for (size_t i = 0; i <= CAP_ERROR; i++)
		before[i] = f->levels[i];
	if (alert->space != CAP_SPACE_12)
		return CAP_LEGACY;
	cap_rules_alert(&c);
	for (int p = 0; p < CAP_PROFILES; p++)
		if ((c.profiles >> p & 1) != 0)
			cap_rules_profile(&c, (enum cap_profile)p);
	if (cap_child(alert, CAP_SPACE_DSIG, "Signature") != NULL)
		cap_find(f, CAP_NOTE, 54, cap_child(alert, CAP_SPACE_DSIG, "Signature"),
			N_("The signature was not verified, because the alert stands in an "
			   "envelope. Check the alert by itself."));
	return verdict_of(f, before);
}

enum err
cap_carried_check(enum cap_verdict *out, struct arena *arena, const struct cap_carried *c,
	const struct cap_check_options *options, struct cap_findings *f)
{
	struct cap_tree tree;

	switch (c->kind) {
	case CAP_CARRIES_ALERT:
		*out = judge_in_place(arena, c->at, options, f);
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
