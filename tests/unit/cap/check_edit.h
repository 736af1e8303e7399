/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * check_edit.h: one good message, and small edits to it that break one rule each, or none.
 */
#ifndef TESTS_CAP_CHECK_EDIT_H
#define TESTS_CAP_CHECK_EDIT_H

#include "cap/check.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* Nothing at all is found in it. The file in derefUri is "abc". */
static const char good_message[] =
	"<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
	"<alert xmlns=\"urn:oasis:names:tc:emergency:cap:1.2\">\n"
	"<identifier>urn:oid:2.49.0.1.51.7</identifier>\n"
	"<sender>duty@example.org</sender>\n"
	"<sent>2026-11-22T14:22:37+04:00</sent>\n"
	"<status>Actual</status>\n"
	"<msgType>Update</msgType>\n"
	"<source>desk 4</source>\n"
	"<scope>Public</scope>\n"
	"<addresses>\"address 1\" two</addresses>\n"
	"<code>urn:example:profile</code>\n"
	"<code>of nobody's list</code>\n"
	"<note>Second word.</note>\n"
	"<references>duty@example.org,urn:oid:2.49.0.1.51.6,2026-11-22T14:00:00+04:00"
	"</references>\n"
	"<incidents>dam \"upper valley\"</incidents>\n"
	"<info>\n"
	"<language>en-US</language>\n"
	"<category>Safety</category>\n"
	"<category>Infra</category>\n"
	"<event>Dam breach</event>\n"
	"<responseType>Evacuate</responseType>\n"
	"<responseType>Avoid</responseType>\n"
	"<urgency>Immediate</urgency>\n"
	"<severity>Extreme</severity>\n"
	"<certainty>Likely</certainty>\n"
	"<audience>All in the valley</audience>\n"
	"<eventCode><valueName>SAME</valueName><value>DBW</value></eventCode>\n"
	"<effective>2026-11-22T14:22:37+04:00</effective>\n"
	"<onset>2026-11-22T15:00:00+04:00</onset>\n"
	"<expires>2026-11-22T18:00:00+04:00</expires>\n"
	"<senderName>Civil protection</senderName>\n"
	"<headline>Leave the valley now</headline>\n"
	"<description>The upper dam breaks.</description>\n"
	"<instruction>Go uphill.</instruction>\n"
	"<web>https://example.org/dam</web>\n"
	"<contact>112</contact>\n"
	"<parameter><valueName>of nobody's list</valueName><value/></parameter>\n"
	"<resource>\n"
	"<resourceDesc>map</resourceDesc>\n"
	"<mimeType>image/png</mimeType>\n"
	"<size>3</size>\n"
	"<uri>map.png</uri>\n"
	"<derefUri>YWJj</derefUri>\n"
	"<digest>a9993e364706816aba3e25717850c26c9cd0d89d</digest>\n"
	"</resource>\n"
	"<area>\n"
	"<areaDesc>The valley</areaDesc>\n"
	"<polygon>40,44 40,45 41,45 41,44 40,44</polygon>\n"
	"</area>\n"
	"</info>\n"
	"</alert>\n";

enum { PASSES = 0 };

/* An edit: what is found in the good message, what stands there then, what the check says. */
struct edit {
	const char *from; /* stands once or more in the message; the first is taken */
	const char *to;
	int rule; /* the one finding's; PASSES: there is none at all */
	enum cap_level level;
	const char *says; /* is in the sentence */
};

struct judged {
	struct arena *arena;
	struct cap_findings findings;
	struct cap_tree tree;
	enum cap_verdict verdict;
};

static inline void
judge(struct judged *j, struct bytes document)
{
	memset(j, 0, sizeof *j);
	assert_int_equal(arena_new(&j->arena), ERR_OK);
	j->findings.arena = j->arena;
	assert_int_equal(
		cap_check(&j->verdict, &j->tree, j->arena, document, NULL, &j->findings),
		ERR_OK);
}

static inline void
show(const struct judged *j)
{
	for (size_t i = 0; i < j->findings.count; i++) {
		const struct cap_finding *f = &j->findings.at[i];

		print_message("%s %d %u:%u %s: %s\n", cap_level_name(f->level), f->rule,
			f->line, f->column, f->xpath, f->text);
	}
}

/* The good message with `from` changed to `to`; the caller frees it. */
static inline void
edited(struct buffer *out, const char *from, const char *to)
{
	const char *at = strstr(good_message, from);

	assert_non_null(at);
	write_bytes(out, good_message, (size_t)(at - good_message));
	write_text(out, to);
	write_text(out, at + strlen(from));
}

static inline void
assert_edit(const struct edit *e)
{
	struct buffer document = {0};
	struct judged j;
	const struct cap_finding *f;

	edited(&document, e->from, e->to);
	judge(&j, buffer_bytes(&document));
	f = j.findings.at;
	if (j.findings.count != (e->rule == PASSES ? 0 : 1) ||
		(f != NULL && (f->rule != e->rule || f->level != e->level ||
				      strstr(f->text, e->says) == NULL))) {
		show(&j);
		fail_msg("\"%s\" for \"%s\": expected rule %d", e->to, e->from, e->rule);
	}
	buffer_free(&document);
	arena_free(j.arena);
}

#define ASSERT_EDITS(edits)                                                                \
	do {                                                                               \
		for (size_t i_ = 0; i_ < sizeof(edits) / sizeof *(edits); i_++)            \
			assert_edit(&(edits)[i_]);                                         \
	} while (0)

#endif
