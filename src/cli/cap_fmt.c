/* SPDX-License-Identifier: GPL-3.0-or-later */
/* cap_fmt.c: `belfry cap fmt`: the same message, written as Belfry writes. */
#include "cli/cap_verbs.h"

#include "cap/capmsg.h"
#include "cli/cap_compare.h"
#include "cli/cap_document.h"
#include "cli/cap_words.h"
#include "cli/files.h"
#include "cli/say.h"

#include <libxml/xmlreader.h>
#include <stdio.h>

const struct option_line cap_fmt_options[] = {
	{"out", "FILE", "write there instead of to the standard output"},
	{"drop-signature", NULL,
		"write a signed message without its signatures, which match other bytes"},
	CAP_LANG_OPTION,
	{NULL, NULL, NULL},
};

/* What stands in the document and not in the message that is written. */
struct lost {
	size_t comments, instructions, attributes, signatures;
};

static void
quiet(void *ctx, const char *message, ...)
{
	(void)ctx;
	(void)message;
}

/* The document was read before, has no DTD and is well-formed. */
static bool
count_lost(struct lost *out, struct bytes document)
{
	xmlTextReaderPtr r = xmlReaderForMemory(
		(const char *)document.at, (int)document.len, NULL, NULL, XML_PARSE_NONET);
	int more;

	if (r == NULL)
		return false;
	xmlTextReaderSetErrorHandler(r, (xmlTextReaderErrorFunc)quiet, NULL);
	while ((more = xmlTextReaderRead(r)) == 1) {
		int type = xmlTextReaderNodeType(r);

		out->comments += type == XML_READER_TYPE_COMMENT;
		out->instructions += type == XML_READER_TYPE_PROCESSING_INSTRUCTION;
	}
	xmlFreeTextReader(r);
	return more == 0;
}

static size_t
attributes_below(const struct cap_node *n)
{
	size_t count = 0;

	for (const struct cap_attribute *a = n->attributes; a != NULL; a = a->next)
		count++;
	for (const struct cap_node *child = n->first; child != NULL; child = child->next)
		if (child->space != CAP_SPACE_DSIG)
			count += attributes_below(child);
	return count;
}

static json_t *
lost_json(const struct lost *l)
{
	return json_pack("{s:I,s:I,s:I,s:I}", "comments", (json_int_t)l->comments,
		"instructions", (json_int_t)l->instructions, "attributes",
		(json_int_t)l->attributes, "signatures", (json_int_t)l->signatures);
}

/* To stderr: the message itself may go to stdout. */
static void
say_lost(const struct lost *l)
{
	if (l->comments > 0)
		fprintf(stderr, told(N_("Lost: comments, %zu\n")), l->comments);
	if (l->instructions > 0)
		fprintf(stderr,
			told(N_("Lost: processing instructions, as a style sheet, %zu\n")),
			l->instructions);
	if (l->attributes > 0)
		fprintf(stderr, told(N_("Lost: attributes, %zu\n")), l->attributes);
	if (l->signatures > 0)
		fprintf(stderr, told(N_("Lost: signatures, %zu\n")), l->signatures);
}

static int
hand_over(struct run *run, const struct buffer *text, const struct lost *lost)
{
	const char *path = run_option(run, "out");
	struct fault fault = {""};
	json_t *o;

	if (path != NULL && output_write(path, buffer_bytes(text), &fault) != ERR_OK)
		return fail(run, EXIT_FAILED, "%s", fault.text);
	if (run->json) {
		o = json_pack("{s:o}", "lost", lost_json(lost));
		if (path == NULL)
			json_object_set_new(o, "message",
				json_stringn((const char *)text->at, text->len));
		say_json(run, o);
		return EXIT_GOOD;
	}
	say_lost(lost);
	if (path == NULL)
		fwrite(text->at, 1, text->len, stdout);
	return EXIT_GOOD;
}

/* What was written must be what was read, to the last blank in a text. */
static bool
is_the_same(const struct cap_document *d, const struct buffer *text)
{
	struct comparison c = {.arena = d->arena, .exact = true, .skip_signatures = true};
	struct cap_tree again;

	return cap_tree_read(&again, d->arena, buffer_bytes(text), NULL, NULL) == ERR_OK &&
	       cap_compare(&c, d->tree.root, again.root) == ERR_OK && c.count == 0;
}

static int
write_again(struct run *run, const struct cap_document *d, const struct capmsg *m)
{
	struct lost lost = {.signatures = m->signatures};
	struct buffer text = {0};
	struct fault fault = {""};
	int code;

	if (!count_lost(&lost, buffer_bytes(&d->text)))
		return fail_err(run, ERR_NOMEM, NULL);
	lost.attributes = attributes_below(d->tree.root);
	if (capmsg_write(&text, m, &fault) != ERR_OK)
		code = fail(run, EXIT_FAILED, "%s: %s", run->argument[0], fault.text);
	else if (!is_the_same(d, &text))
		code = fail(run, EXIT_FAILED,
			told(N_("%s: it cannot be written without loss; nothing was "
				"written")),
			run->argument[0]);
	else
		code = hand_over(run, &text, &lost);
	buffer_free(&text);
	return code;
}

int
cap_verb_fmt(struct run *run)
{
	const char *path = run->argument[0];
	struct fault fault = {""};
	struct cap_document d;
	struct capmsg m;
	int code = words_begin_in_one_of_ours(run);

	if (code == EXIT_GOOD)
		code = cap_document_read(run, &d, path);
	if (code != EXIT_GOOD)
		return code;
	if (capmsg_read_max(&m, d.arena, d.text.at, d.text.len, CAPMSG_OWN_MAX, &fault) !=
		ERR_OK)
		code = fail(run,
			d.tree.format == CAP_FORMAT_12 ? CAP_EXIT_FOUND : CAP_EXIT_TROUBLE,
			"%s: %s", path, fault.text);
	else if (m.signatures > 0 && !run_has(run, "drop-signature"))
		code = fail(run, EXIT_REFUSED,
			told(N_("%s is signed, and no signature matches other bytes. "
				"--drop-signature writes it unsigned.")),
			path);
	else
		code = write_again(run, &d, &m);
	cap_document_free(&d);
	return code;
}
