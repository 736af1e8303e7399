/* SPDX-License-Identifier: GPL-3.0-or-later */
/* check.c: one document through all rules, and the verdict. */
#include "cap/check.h"

#include "cap/rules.h"

#include <string.h>

static const char *const profile_name[] = {
	"ipaws", "cap-au", "cap-cp", "google", "wmo", "meteoalarm", "uk-cb"};

const char *
cap_profile_name(enum cap_profile p)
{
	return profile_name[p];
}

enum err
cap_profile_of_name(enum cap_profile *out, const char *name)
{
	for (int p = 0; p < CAP_PROFILES; p++)
		if (strcmp(name, profile_name[p]) == 0) {
			*out = (enum cap_profile)p;
			return ERR_OK;
		}
	return ERR_UNKNOWN;
}

const char *
cap_verdict_name(enum cap_verdict v)
{
	static const char *const name[] = {
		"valid", "warn", "invalid", "bad-signature", "legacy", "feed", "not-cap"};

	return name[v];
}

/*
 * Notes of these rules say that a message falls short of a "should" of the standard. They are
 * notes because the text was not at hand when the rules were written down, yet people should look.
 */
static bool
is_shortfall(const struct cap_finding *at)
{
	return at->level == CAP_NOTE && (at->rule == 9 || at->rule == 13);
}

/* What was found before this document does not count. */
struct before {
	size_t errors, warnings, count;
};

static enum cap_verdict
verdict_of(const struct cap_findings *f, const struct before *before, bool bad_signature)
{
	if (f->levels[CAP_ERROR] > before->errors)
		return CAP_INVALID;
	if (bad_signature)
		return CAP_BAD_SIGNATURE;
	if (f->levels[CAP_WARNING] > before->warnings)
		return CAP_WARN;
	for (size_t i = before->count; i < f->count; i++)
		if (is_shortfall(&f->at[i]))
			return CAP_WARN;
	return CAP_VALID;
}

/* The signature was made over a document of its own; an envelope around it changes the bytes. */
static void
note_unverified(const struct cap_node *alert, struct cap_findings *f)
{
	const struct cap_node *signature = cap_child(alert, CAP_SPACE_DSIG, "Signature");

	if (signature != NULL)
		cap_find(f, CAP_NOTE, 54, signature,
			N_("The signature was not verified, because the alert stands in an "
			   "envelope. Check the alert by itself."));
}

static enum cap_verdict
judge_12(const struct cap_node *alert, struct arena *arena, const struct bytes *document,
	uint32_t profiles, struct cap_findings *f)
{
	struct cap_checking c = {.f = f,
		.arena = arena,
		.alert = alert,
		.space = alert->space,
		.profiles = profiles};
	struct before before = {f->levels[CAP_ERROR], f->levels[CAP_WARNING], f->count};
	bool bad_signature = false;

	cap_rules_alert(&c);
	if (document != NULL)
		bad_signature = cap_rules_signature(&c, *document);
	else
		note_unverified(alert, f);
	for (int p = 0; p < CAP_PROFILES; p++)
		if ((profiles & 1u << p) != 0)
			cap_rules_profile(&c, (enum cap_profile)p);
	return verdict_of(f, &before, bad_signature);
}

enum cap_verdict
cap_rules_judge(const struct cap_node *alert, struct arena *arena,
	const struct bytes *document, uint32_t profiles, struct cap_findings *f)
{
	if (alert->space == CAP_SPACE_12)
		return judge_12(alert, arena, document, profiles, f);
	cap_find(f, CAP_NOTE, 1, alert,
		N_("This is %s, not CAP 1.2; it was read, but not judged by the rules of "
		   "1.2. Ask its sender for CAP 1.2."),
		cap_format_name(
			alert->space == CAP_SPACE_11 ? CAP_FORMAT_11 : CAP_FORMAT_10));
	return CAP_LEGACY;
}

static enum cap_verdict
judge(const struct cap_tree *tree, struct arena *arena, struct bytes document,
	uint32_t profiles, struct cap_findings *f)
{
	const struct cap_node *root = tree->root;

	switch (tree->format) {
	case CAP_FORMAT_12:
	case CAP_FORMAT_11:
	case CAP_FORMAT_10:
		return cap_rules_judge(root, arena, &document, profiles, f);
	case CAP_FORMAT_ATOM:
	case CAP_FORMAT_RSS:
	case CAP_FORMAT_EDXL:
		cap_find(f, CAP_NOTE, 1, root,
			N_("This is %s, an envelope that may hold alerts or point to them, "
			   "not an alert itself. Check the alerts one by one."),
			cap_format_name(tree->format));
		return CAP_FEED;
	case CAP_FORMAT_OTHER:
	case CAP_FORMAT_NONE:
		break;
	}
	if (strcmp(root->name, "alert") == 0)
		cap_find(f, CAP_ERROR, 1, root,
			N_("The root is <alert>, but in a namespace that is not CAP's. "
			   "Write xmlns=\"urn:oasis:names:tc:emergency:cap:1.2\"."));
	else
		cap_find(f, CAP_ERROR, 1, root,
			N_("The root is <%s>; a CAP message begins with <alert>. Check "
			   "whether this is the right document."),
			cap_shown_of(bytes_of_text(root->name)).text);
	return CAP_NOT_CAP;
}

enum err
cap_check(enum cap_verdict *out, struct cap_tree *tree, struct arena *arena,
	struct bytes document, const struct cap_check_options *options,
	struct cap_findings *f)
{
	struct cap_check_options o =
		options != NULL ? *options : (struct cap_check_options){0};
	enum cap_verdict verdict = CAP_INVALID;
	enum err err = cap_tree_read(tree, arena, document, &o.limits, f);

	if (err == ERR_NOMEM)
		return err;
	if (err == ERR_OK)
		verdict = judge(tree, arena, document, o.profiles, f);
	if (f->err != ERR_OK)
		return f->err;
	cap_findings_sort(f);
	*out = verdict;
	return ERR_OK;
}
