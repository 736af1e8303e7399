/* SPDX-License-Identifier: GPL-3.0-or-later */
/* cap_show.c: `belfry cap show`: a message for people: what, where, when, how sure, what to do. */
#include "cli/cap_verbs.h"

#include "base/text.h"
#include "cap/capval.h"
#include "cap/envelope.h"
#include "cli/cap_document.h"
#include "cli/cap_input.h"
#include "cli/cap_tree_json.h"
#include "cli/cap_words.h"
#include "cli/say.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

const struct option_line cap_show_options[] = {
	{"all", NULL, "show it in every language, not only in the reader's"},
	{"lang", "LANG",
		"the reader's language, as hy, az, ru, en or any other (else LANG)"},
	{NULL, NULL, NULL},
};

/* ---- parts of lines ---- */

static struct bytes
text_of(const struct cap_node *parent, const char *name)
{
	const struct cap_node *n = cap_child(parent, parent->space, name);

	return n != NULL ? cap_trimmed(n) : bytes_of("", 0);
}

static void
field(const char *label, const struct cap_node *parent, const char *name)
{
	words_field(label, text_of(parent, name));
}

static void
field_buffer(const char *label, struct buffer *b)
{
	words_field(label, buffer_bytes(b));
	buffer_free(b);
}

/* Append "between" and the text, if there is one. */
static void
join(struct buffer *b, const char *between, struct bytes text)
{
	if (text.len == 0)
		return;
	if (b->len > 0)
		write_text(b, between);
	write_bytes(b, text.at, text.len);
}

static void
join_all(struct buffer *b, const char *between, const struct cap_node *parent,
	const char *name)
{
	const struct cap_node *n = cap_child(parent, parent->space, name);

	for (; n != NULL; n = cap_again(n))
		join(b, between, cap_trimmed(n));
}

/* "valueName=value" of eventCode, parameter, geocode. */
static void
fields_of_pairs(const char *label, const struct cap_node *parent, const char *name)
{
	const struct cap_node *n = cap_child(parent, parent->space, name);
	struct buffer b = {0};

	for (; n != NULL; n = cap_again(n)) {
		struct bytes value = text_of(n, "value");

		join(&b, "\n", text_of(n, "valueName"));
		write_text(&b, "=");
		write_bytes(&b, value.at, value.len);
	}
	field_buffer(label, &b);
}

/* ---- when ---- */

static int64_t
now_ms(void)
{
	return (int64_t)time(NULL) * 1000;
}

/* The time as it was written; after that, whether it is over. */
static void
field_until(const struct cap_node *info)
{
	struct bytes text = text_of(info, "expires");
	struct buffer b = {0};
	int64_t at;

	write_bytes(&b, text.at, text.len);
	if (time_read(&at, buffer_text(&b), b.len) == ERR_OK && at < now_ms())
		write_format(&b, " (%s)", told(N_("over")));
	field_buffer(told(N_("Until")), &b);
}

/* ---- where ---- */

static size_t
points_in(struct bytes polygon)
{
	size_t n = 0;

	for (size_t i = 0; i < polygon.len; i++)
		n += polygon.at[i] == ',';
	return n;
}

static void
show_area(const struct cap_node *area)
{
	const struct cap_node *n = cap_child(area, area->space, "polygon");
	struct buffer b = {0};

	field(told(N_("Where")), area, "areaDesc");
	for (; n != NULL; n = cap_again(n)) {
		write_format(&b, told(N_("polygon, corners %zu")),
			points_in(cap_trimmed(n)) > 0 ? points_in(cap_trimmed(n)) - 1 : 0);
		field_buffer("", &b);
	}
	for (n = cap_child(area, area->space, "circle"); n != NULL; n = cap_again(n)) {
		struct bytes circle = cap_trimmed(n);

		write_format(&b, told(N_("circle, km: ")));
		write_bytes(&b, circle.at, circle.len);
		field_buffer("", &b);
	}
	fields_of_pairs("", area, "geocode");
	field(told(N_("From height")), area, "altitude");
	field(told(N_("To height")), area, "ceiling");
}

/* ---- one info ---- */

static void
show_resources(const struct cap_node *info)
{
	const struct cap_node *n = cap_child(info, info->space, "resource");

	for (; n != NULL; n = cap_again(n)) {
		struct buffer b = {0};

		join(&b, " ", text_of(n, "resourceDesc"));
		join(&b, ", ", text_of(n, "mimeType"));
		join(&b, "\n", text_of(n, "uri"));
		field_buffer(told(N_("Attached")), &b);
	}
}

static void
show_info(const struct cap_node *info)
{
	const struct cap_node *area = cap_child(info, info->space, "area");
	struct bytes language = text_of(info, "language");
	struct buffer b = {0};

	printf("\n");
	words_field(
		told(N_("Language")), language.len > 0 ? language : bytes_of_text("en-US"));
	join(&b, "", text_of(info, "event"));
	if (cap_child(info, info->space, "category") != NULL) {
		struct buffer category = {0};

		join_all(&category, ", ", info, "category");
		write_format(&b, " (%s)", buffer_text(&category));
		buffer_free(&category);
	}
	field_buffer(told(N_("What")), &b);
	field(told(N_("Headline")), info, "headline");
	field(told(N_("From")), info, "effective");
	field(told(N_("Onset")), info, "onset");
	field_until(info);
	join(&b, ", ", text_of(info, "urgency"));
	join(&b, ", ", text_of(info, "severity"));
	join(&b, ", ", text_of(info, "certainty"));
	field_buffer(told(N_("How sure")), &b);
	join_all(&b, ", ", info, "responseType");
	join(&b, "\n", text_of(info, "instruction"));
	field_buffer(told(N_("What to do")), &b);
	field(told(N_("Description")), info, "description");
	for (; area != NULL; area = cap_again(area))
		show_area(area);
	field(told(N_("For")), info, "audience");
	field(told(N_("Warned by")), info, "senderName");
	field(told(N_("Web")), info, "web");
	field(told(N_("Contact")), info, "contact");
	show_resources(info);
	fields_of_pairs(told(N_("Codes")), info, "eventCode");
	fields_of_pairs(told(N_("Parameters")), info, "parameter");
}

/* ---- the message ---- */

/* The triplets of references, a line each. */
static void
show_references(const struct cap_node *alert)
{
	struct bytes text = text_of(alert, "references");
	struct buffer b = {0};

	for (size_t i = 0; i < text.len; i++) {
		bool blank = strchr(" \t\r\n", text.at[i]) != NULL;

		if (!blank)
			write_u8(&b, text.at[i]);
		else if (b.len > 0 && b.at[b.len - 1] != '\n')
			write_u8(&b, '\n');
	}
	field_buffer(told(N_("About")), &b);
}

static const char *
signed_words(enum cap_signed s)
{
	static const char *const word[] = {[CAP_UNSIGNED] = N_("unsigned"),
		[CAP_SIGNED] = N_("matches these bytes; whose key it is was not asked"),
		[CAP_SIGNED_WRONG] = N_("DOES NOT MATCH these bytes"),
		[CAP_SIGNED_UNVERIFIED] = N_("could not be verified")};

	return told(word[s]);
}

static bool
is_for(const struct cap_node *info, const char *language)
{
	struct bytes text = text_of(info, "language");
	struct buffer b = {0};
	bool same;

	write_bytes(&b, text.at, text.len);
	same = capval_same_language(b.len > 0 ? buffer_text(&b) : "en-US", language);
	buffer_free(&b);
	return same;
}

static void
show_infos(const struct run *run, const struct cap_node *alert)
{
	const struct cap_node *first = cap_child(alert, alert->space, "info"), *n;
	bool all = run_has(run, "all"), any = false;
	struct buffer others = {0};

	for (n = first; n != NULL; n = cap_again(n))
		any |= is_for(n, words_language());
	for (n = first; n != NULL; n = cap_again(n)) {
		struct bytes language = text_of(n, "language");

		if (all || !any || is_for(n, words_language()))
			show_info(n);
		else
			join(&others, ", ",
				language.len > 0 ? language : bytes_of_text("en-US"));
	}
	if (others.len > 0)
		printf("\n");
	field_buffer(told(N_("Also in")), &others);
}

/* `signed_how` NULL: it was not asked. */
static void
show_alert(const struct run *run, const struct cap_node *alert, const char *signed_how)
{
	struct buffer b = {0};

	join(&b, ", ", text_of(alert, "msgType"));
	join(&b, ", ", text_of(alert, "status"));
	join(&b, ", ", text_of(alert, "scope"));
	field_buffer(told(N_("Message")), &b);
	field(told(N_("Restriction")), alert, "restriction");
	field(told(N_("Addresses")), alert, "addresses");
	field(told(N_("Sender")), alert, "sender");
	field(told(N_("Source")), alert, "source");
	field(told(N_("Sent")), alert, "sent");
	field(told(N_("Identifier")), alert, "identifier");
	if (signed_how != NULL)
		words_field(told(N_("Signature")), bytes_of_text(signed_how));
	show_references(alert);
	field(told(N_("Incidents")), alert, "incidents");
	join_all(&b, "\n", alert, "code");
	field_buffer(told(N_("Flags")), &b);
	field(told(N_("Note")), alert, "note");
	show_infos(run, alert);
}

static void
show_title(const char *path, const struct cap_document *d)
{
	struct buffer b = {0};

	words_line(&b, path, strlen(path));
	printf("%s%s%s: %s (%s)\n", hue(HUE_BOLD), buffer_text(&b), hue(HUE_NONE),
		words_verdict(d->verdict), cap_format_name(d->tree.format));
	buffer_free(&b);
}

/* What stood in an envelope as base64: shown if it is an alert. */
static void
show_attached(const struct run *run, struct arena *arena, struct bytes document)
{
	struct cap_tree tree;

	if (cap_tree_read(&tree, arena, document, NULL, NULL) == ERR_OK &&
		(tree.format == CAP_FORMAT_12 || tree.format == CAP_FORMAT_11 ||
			tree.format == CAP_FORMAT_10))
		show_alert(run, tree.root, NULL);
}

static int
show_envelope(struct run *run, const struct cap_document *d)
{
	struct cap_envelope e;
	enum err err = cap_envelope_open(&e, d->arena, &d->tree);

	if (err != ERR_OK)
		return fail_err(run, err, NULL);
	words_field(told(N_("Feed")), bytes_of_text(e.title));
	words_field(told(N_("Identifier")), bytes_of_text(e.id));
	words_field(told(N_("Changed")), bytes_of_text(e.updated));
	for (size_t i = 0; i < e.count; i++) {
		printf("\n");
		switch (e.at[i].kind) {
		case CAP_CARRIES_ALERT:
			show_alert(run, e.at[i].at, NULL);
			break;
		case CAP_CARRIES_DOCUMENT:
			words_field(told(N_("Attached")), bytes_of_text(e.at[i].title));
			show_attached(run, d->arena, e.at[i].document);
			break;
		case CAP_CARRIES_LINK:
			words_field(told(N_("Alert")), bytes_of_text(e.at[i].title));
			words_field(told(N_("Link")), bytes_of_text(e.at[i].uri));
			break;
		}
	}
	return EXIT_GOOD;
}

static int
show(struct run *run, const char *path, const struct cap_document *d)
{
	if (run->json) {
		words_json_line(cap_document_json(path, d));
		return d->verdict == CAP_NOT_CAP ? CAP_EXIT_TROUBLE : EXIT_GOOD;
	}
	show_title(path, d);
	switch (d->tree.format) {
	case CAP_FORMAT_12:
	case CAP_FORMAT_11:
	case CAP_FORMAT_10:
		show_alert(run, d->tree.root, signed_words(cap_document_signed(d)));
		return EXIT_GOOD;
	case CAP_FORMAT_ATOM:
	case CAP_FORMAT_RSS:
	case CAP_FORMAT_EDXL:
		return show_envelope(run, d);
	case CAP_FORMAT_OTHER:
	case CAP_FORMAT_NONE:
		break;
	}
	return CAP_EXIT_TROUBLE;
}

int
cap_verb_show(struct run *run)
{
	struct cap_inputs in;
	int code = EXIT_GOOD;
	enum err err;

	words_begin(run);
	err = inputs_of_run(run, &in);
	if (err != ERR_OK)
		return fail_err(run, err, NULL);
	for (size_t i = 0; i < in.count; i++) {
		struct cap_document d;
		int one = cap_document_read(run, &d, in.path[i]);

		if (i > 0 && !run->json)
			printf("\n");
		if (one == EXIT_GOOD) {
			one = show(run, in.path[i], &d);
			cap_document_free(&d);
		}
		code = one > code ? one : code;
	}
	code = in.unreadable > 0 ? CAP_EXIT_TROUBLE : code;
	inputs_free(&in);
	return code;
}
