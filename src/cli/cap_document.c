/* SPDX-License-Identifier: GPL-3.0-or-later */
/* cap_document.c: reads one document whole. */
#include "cli/cap_document.h"

#include "cli/cap_input.h"
#include "cli/cap_verbs.h"
#include "cli/cap_words.h"
#include "cli/files.h"
#include "cli/say.h"

#include <stdio.h>
#include <string.h>

static int
judge(struct run *run, struct cap_document *d, const char *path)
{
	const struct cap_finding *at = d->findings.at;
	enum err err = cap_check(&d->verdict, &d->tree, d->arena, buffer_bytes(&d->text),
		NULL, &d->findings);

	if (err != ERR_OK)
		return fail_err(run, err, NULL);
	if (d->tree.root != NULL)
		return EXIT_GOOD;
	at = d->findings.at;
	return fail(run, CAP_EXIT_TROUBLE, "%s:%u:%u: %s", path, at != NULL ? at->line : 0,
		at != NULL ? at->column : 0, at != NULL ? at->text : "");
}

int
cap_document_read(struct run *run, struct cap_document *out, const char *path)
{
	struct fault fault = {""};
	size_t max = CAP_BYTES_MAX;
	enum err err;
	int code;

	*out = (struct cap_document){.verdict = CAP_INVALID};
	err = arena_new(&out->arena);
	if (err != ERR_OK)
		return fail_err(run, err, NULL);
	out->findings =
		(struct cap_findings){.arena = out->arena, .translate = words_translate};
	err = input_read(&out->text, path, max, &fault);
	code = err == ERR_OK ? judge(run, out, path)
			     : fail(run, CAP_EXIT_TROUBLE, "%s", fault.text);
	if (code != EXIT_GOOD)
		cap_document_free(out);
	return code;
}

void
cap_document_free(struct cap_document *d)
{
	buffer_free(&d->text);
	arena_free(d->arena);
	d->arena = NULL;
}

enum cap_signed
cap_document_signed(const struct cap_document *d)
{
	if (cap_child(d->tree.root, CAP_SPACE_DSIG, "Signature") == NULL)
		return CAP_UNSIGNED;
	if (d->verdict == CAP_BAD_SIGNATURE)
		return CAP_SIGNED_WRONG;
	if (d->verdict == CAP_LEGACY)
		return CAP_SIGNED_UNVERIFIED;
	for (size_t i = 0; i < d->findings.count; i++) {
		int rule = d->findings.at[i].rule;

		if (rule == 53 || rule == 54)
			return CAP_SIGNED_UNVERIFIED;
	}
	return CAP_SIGNED;
}

const char *
cap_signed_name(enum cap_signed s)
{
	static const char *const name[] = {
		"unsigned", "matches", "does-not-match", "not-verified"};

	return name[s];
}
