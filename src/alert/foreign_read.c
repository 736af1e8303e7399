/* SPDX-License-Identifier: GPL-3.0-or-later */
/* foreign_read.c: opens a stranger's document and tells what is in it. */
#include "alert/foreign_read.h"

#include "base/text.h"
#include "cap/envelope.h"
#include "cap/live.h"

#include <string.h>

enum { TEXT_MAX = 500, AREAS_MAX = 20 };

/* ---- values ---- */

/* Not longer than `max` bytes, cut between characters. */
static json_t *
clipped(struct bytes text, size_t max)
{
	size_t len = text.len < max ? text.len : max;
	json_t *out;

	while (len > 0 && len < text.len && (text.at[len] & 0xC0) == 0x80)
		len--;
	out = json_stringn(len > 0 ? (const char *)text.at : "", len);
	return out != NULL ? out : json_string("?");
}

static struct bytes
value_of(const struct cap_node *parent, const char *name)
{
	const struct cap_node *n =
		parent != NULL ? cap_child(parent, parent->space, name) : NULL;

	return n != NULL ? cap_trimmed(n) : bytes_of(NULL, 0);
}

static void
put(json_t *o, const char *name, struct bytes text)
{
	json_object_set_new(o, name, clipped(text, TEXT_MAX));
}

static void
put_text(json_t *o, const char *name, const char *text)
{
	put(o, name, bytes_of_text(text != NULL ? text : ""));
}

/* Names and values in their order, signatures left out. The depth is the tree's. */
static void
flatten(struct buffer *out, const struct cap_node *node)
{
	if (node->space == CAP_SPACE_DSIG || out->len > FOREIGN_ALERT_MAX)
		return;
	write_u32(out, (uint32_t)strlen(node->name));
	write_text(out, node->name);
	if (node->first == NULL || !cap_is_blank(node)) {
		struct bytes text = cap_trimmed(node);

		write_u32(out, (uint32_t)text.len);
		write_bytes(out, text.at, text.len);
	}
	write_u8(out, 1);
	for (const struct cap_node *n = node->first; n != NULL; n = n->next)
		flatten(out, n);
	write_u8(out, 2);
}

static json_t *
findings_json(const struct cap_findings *f)
{
	json_t *list = json_array();

	for (size_t i = 0; i < f->count; i++) {
		const struct cap_finding *at = &f->at[i];
		json_t *o = json_pack("{s:s,s:i,s:I,s:I}", "level",
			cap_level_name(at->level), "rule", at->rule, "line",
			(json_int_t)at->line, "column", (json_int_t)at->column);

		put_text(o, "xpath", at->xpath);
		put_text(o, "text", at->text);
		json_array_append_new(list, o);
	}
	return list;
}

/* ---- signatures ---- */

static json_t *
signature_words(const char *state, const char *trust, const char *why, const char *subject)
{
	json_t *o = json_object();

	put_text(o, "state", state);
	put_text(o, "trust", trust);
	put_text(o, "why", why);
	put_text(o, "subject", subject);
	return o;
}

static json_t *
signature_json(
	bool *trusted, struct bytes document, const struct dsig_pin *pin, size_t pins)
{
	static const char *const state[] = {
		[DSIG_GOOD] = "good", [DSIG_BAD] = "bad", [DSIG_UNVERIFIED] = "unverified"};
	struct dsig_report report;
	const struct dsig_signature *s;

	*trusted = false;
	if (dsig_verify(&report, document, pin, pins) != ERR_OK)
		return signature_words(
			"unverified", "", "The document cannot be read for it.", "");
	s = dsig_best(&report);
	if (s == NULL)
		return signature_words(report.misplaced > 0 ? "unverified" : "unsigned", "",
			report.misplaced > 0
				? "It does not stand where it covers the alert."
				: "",
			"");
	*trusted = dsig_is_trusted(s);
	return signature_words(state[s->result],
		s->result == DSIG_GOOD ? dsig_trust_name(s->trust) : "",
		s->why == DSIG_FINE ? "" : dsig_why_text(s->why), s->subject);
}

static bool
is_signed(const struct cap_node *alert)
{
	return cap_child(alert, CAP_SPACE_DSIG, "Signature") != NULL;
}

/* ---- one alert ---- */

static bool
says_all_clear(const struct cap_node *info)
{
	const struct cap_node *n = cap_child(info, info->space, "responseType");

	for (; n != NULL; n = cap_again(n))
		if (bytes_equal(cap_trimmed(n), bytes_of_text("AllClear")))
			return true;
	return false;
}

static json_t *
areas_of(const struct cap_node *alert)
{
	const struct cap_node *info = cap_child(alert, alert->space, "info");
	json_t *list = json_array(), *seen = json_object();

	for (; info != NULL; info = cap_again(info)) {
		const struct cap_node *a = cap_child(info, info->space, "area");

		for (; a != NULL && json_array_size(list) < AREAS_MAX; a = cap_again(a)) {
			json_t *text = clipped(value_of(a, "areaDesc"), 200);
			const char *name = json_string_value(text);

			if (name[0] != '\0' && json_object_get(seen, name) == NULL) {
				json_object_set_new(seen, name, json_true());
				json_array_append(list, text);
			}
			json_decref(text);
		}
	}
	json_decref(seen);
	return list;
}

static void
put_info(json_t *o, const struct cap_node *alert)
{
	static const char *const names[] = {
		"event", "headline", "severity", "urgency", "certainty", "language", "web"};
	const struct cap_node *info = cap_child(alert, alert->space, "info");
	bool all_clear = false;

	for (size_t i = 0; i < sizeof names / sizeof *names; i++)
		put(o, names[i], value_of(info, names[i]));
	for (const struct cap_node *n = info; n != NULL; n = cap_again(n))
		all_clear |= says_all_clear(n);
	json_object_set_new(o, "all_clear", json_boolean(all_clear));
	json_object_set_new(o, "areas", areas_of(alert));
}

static void
put_chain(json_t *o, const struct cap_live_message *m)
{
	json_t *list = json_array();

	for (size_t i = 0; i < m->references; i++) {
		json_t *r = json_object();

		put(r, "sender", m->reference[i].sender);
		put(r, "identifier", m->reference[i].identifier);
		json_object_set_new(r, "sent_ms", json_integer(m->reference[i].sent_ms));
		json_array_append_new(list, r);
	}
	json_object_set_new(o, "references", list);
	json_object_set_new(o, "sent_ms", json_integer(m->sent_ms));
	json_object_set_new(o, "expires_ms",
		m->expires_ms == CAP_LIVE_NEVER ? json_null()
						: json_integer(m->expires_ms));
	json_object_set_new(o, "kind", json_integer((json_int_t)m->kind));
	json_object_set_new(o, "status", json_integer((json_int_t)m->status));
	put(o, "incidents", m->incidents);
	put(o, "scope", m->scope);
}

/* What the chain needs, or the sentence that says why it cannot have it. */
static enum err
read_chain(json_t *o, struct arena *arena, const struct cap_node *alert,
	const struct buffer *flat)
{
	struct cap_live_message m = {0};
	struct fault why = {""};
	enum err err = cap_live_read(&m, arena, alert, buffer_bytes(flat), &why);

	if (err == ERR_NOMEM)
		return err;
	if (err == ERR_OK && flat->len > FOREIGN_ALERT_MAX)
		err = fault_set(
			&why, ERR_RANGE, "it has more than %d bytes", FOREIGN_ALERT_MAX);
	if (err == ERR_OK && (m.sender.len > TEXT_MAX || m.identifier.len > TEXT_MAX))
		err = fault_set(&why, ERR_RANGE,
			"its sender or identifier has more than %d bytes", TEXT_MAX);
	if (err == ERR_OK && m.references > CAP_LIVE_REFERENCES)
		err = fault_set(&why, ERR_RANGE, "it names more than %d others",
			CAP_LIVE_REFERENCES);
	if (err == ERR_OK)
		put_chain(o, &m);
	json_object_set_new(
		o, "refused", err == ERR_OK ? json_null() : json_string(why.text));
	put(o, "sender", value_of(alert, "sender"));
	put(o, "identifier", value_of(alert, "identifier"));
	return ERR_OK;
}

static enum err
alert_json(json_t *list, struct arena *arena, const struct cap_node *alert,
	enum cap_verdict verdict, const struct cap_findings *f, json_t *signature,
	bool trusted)
{
	json_t *o = json_object();
	struct buffer flat = {0};
	struct hash hash;
	char hex[65];
	enum err err;

	flatten(&flat, alert);
	hash = hash_of(buffer_bytes(&flat));
	hex_write(hex, hash.at, sizeof hash.at);
	json_object_set_new(o, "hash", json_string(hex));
	err = flat.err != ERR_OK ? flat.err : read_chain(o, arena, alert, &flat);
	buffer_free(&flat);
	json_object_set_new(o, "verdict", json_string(cap_verdict_name(verdict)));
	json_object_set_new(o, "findings", findings_json(f));
	json_object_set_new(o, "left_out", json_integer((json_int_t)f->left_out));
	json_object_set_new(o, "signature", signature);
	json_object_set_new(o, "trusted", json_boolean(trusted));
	put_info(o, alert);
	if (json_array_append_new(list, o) != 0)
		err = ERR_NOMEM;
	return err;
}

/* ---- what a feed carries ---- */

struct reading {
	struct arena *arena;
	const struct dsig_pin *pin;
	size_t pins;
	json_t *alerts, *links;
	size_t missing;
};

static struct cap_findings
findings_in(struct arena *arena)
{
	return (struct cap_findings){.arena = arena, .max = FOREIGN_FINDINGS_MAX};
}

static bool
is_alert(const struct cap_tree *tree)
{
	return tree->root != NULL &&
	       (tree->format == CAP_FORMAT_12 || tree->format == CAP_FORMAT_11 ||
		       tree->format == CAP_FORMAT_10);
}

/* A document of its own: the only kind whose signature can be verified. */
static enum err
read_document(struct reading *r, struct bytes document, struct cap_tree *tree,
	enum cap_verdict *verdict, struct cap_findings *f)
{
	bool trusted;
	json_t *signature;
	enum err err = cap_check(verdict, tree, r->arena, document, NULL, f);

	if (err != ERR_OK || !is_alert(tree))
		return err;
	signature = signature_json(&trusted, document, r->pin, r->pins);
	return alert_json(r->alerts, r->arena, tree->root, *verdict, f, signature, trusted);
}

static enum err
read_inside(struct reading *r, const struct cap_carried *c)
{
	struct cap_findings f = findings_in(r->arena);
	enum cap_verdict verdict;
	enum err err = cap_carried_check(&verdict, r->arena, c, NULL, &f);
	json_t *signature;

	if (err != ERR_OK)
		return err;
	signature =
		is_signed(c->at)
			? signature_words("unverified", "",
				  "It was made over another document than this feed.", "")
			: signature_words("unsigned", "", "", "");
	return alert_json(r->alerts, r->arena, c->at, verdict, &f, signature, false);
}

static void
read_link(struct reading *r, const struct cap_carried *c)
{
	struct buffer key = {0};
	json_t *o = json_object();

	if (c->updated[0] != '\0')
		write_format(&key, "%s %s %s", c->uri, c->updated, c->base);
	json_object_set_new(o, "uri", clipped(bytes_of_text(c->uri), 4 * FOREIGN_NAME_MAX));
	json_object_set_new(
		o, "base", clipped(bytes_of_text(c->base), 4 * FOREIGN_NAME_MAX));
	json_object_set_new(o, "key", clipped(buffer_bytes(&key), 8 * FOREIGN_NAME_MAX));
	json_array_append_new(r->links, o);
	buffer_free(&key);
}

static enum err
read_carried(struct reading *r, const struct cap_carried *c)
{
	struct cap_findings f = findings_in(r->arena);
	struct cap_tree tree;
	enum cap_verdict verdict;
	enum err err;

	switch (c->kind) {
	case CAP_CARRIES_ALERT:
		return read_inside(r, c);
	case CAP_CARRIES_DOCUMENT:
		err = read_document(r, c->document, &tree, &verdict, &f);
		r->missing += err == ERR_OK && !is_alert(&tree);
		return err;
	case CAP_CARRIES_LINK:
		read_link(r, c);
		return ERR_OK;
	}
	return ERR_OK;
}

static enum err
read_envelope(struct reading *r, const struct cap_tree *tree, struct cap_findings *f,
	const char **error)
{
	struct cap_envelope e;
	enum err err = cap_envelope_open(&e, r->arena, tree);

	if (err != ERR_OK)
		return err;
	cap_envelope_findings(&e, f);
	if (e.lacks & CAP_LACKS_CHANNEL)
		*error = "the feed has no channel: there is nothing to read in it";
	r->missing += e.broken;
	for (size_t i = 0; i < e.count && err == ERR_OK; i++) {
		if (i >= FOREIGN_ITEMS_MAX)
			r->missing++;
		else
			err = read_carried(r, &e.at[i]);
	}
	return err;
}

static bool
is_envelope(const struct cap_tree *tree)
{
	return tree->root != NULL &&
	       (tree->format == CAP_FORMAT_ATOM || tree->format == CAP_FORMAT_RSS ||
		       tree->format == CAP_FORMAT_EDXL);
}

static enum err
read_all(json_t *o, struct reading *r, struct bytes document)
{
	struct cap_findings f = findings_in(r->arena);
	struct cap_tree tree = {.format = CAP_FORMAT_NONE};
	enum cap_verdict verdict;
	const char *error = NULL;
	enum err err = read_document(r, document, &tree, &verdict, &f);

	if (err == ERR_OK && is_envelope(&tree))
		err = read_envelope(r, &tree, &f, &error);
	else if (err == ERR_OK && !is_alert(&tree))
		error = tree.root == NULL && f.count > 0
				? f.at[0].text
				: "it is neither CAP nor Atom, RSS or EDXL-DE";
	put_text(o, "format", cap_format_name(tree.format));
	json_object_set_new(o, "error",
		error != NULL ? clipped(bytes_of_text(error), TEXT_MAX) : json_null());
	json_object_set_new(
		o, "findings", is_alert(&tree) ? json_array() : findings_json(&f));
	json_object_set(o, "alerts", r->alerts);
	json_object_set(o, "links", r->links);
	json_object_set_new(o, "missing", json_integer((json_int_t)r->missing));
	return err;
}

enum err
foreign_read(json_t **out, struct bytes document, const struct dsig_pin *pin, size_t pins)
{
	struct reading r = {
		.pin = pin, .pins = pins, .alerts = json_array(), .links = json_array()};
	json_t *o = json_object();
	enum err err = arena_new(&r.arena);

	if (err == ERR_OK)
		err = read_all(o, &r, document);
	json_decref(r.alerts);
	json_decref(r.links);
	if (err == ERR_OK)
		*out = o;
	else
		json_decref(o);
	arena_free(r.arena);
	return err;
}
