/* SPDX-License-Identifier: GPL-3.0-or-later */
/* library.c: include/belfry/cap.h over the parts of this folder. */
#include <belfry/cap.h>

#include "cap/capval.h"
#include "cap/check.h"
#include "cap/dsig.h"
#include "cap/envelope.h"
#include "cap/shape.h"
#include "cap/xml_write.h"

#include <libxml/parser.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>

struct belfry_cap {
	struct arena *arena;
	struct bytes document; /* ours; none if it was built here */
	struct cap_limits limits;
	struct cap_tree tree;
	struct arena *findings_arena;
	struct cap_findings found;
	struct belfry_cap_finding *finding;
	bool changed;
	struct belfry_cap_signature signature[DSIG_MAX];
	struct dsig_report report;
};

enum belfry_cap_error
belfry_cap_init(void)
{
	xmlInitParser();
	return sodium_init() < 0 ? BELFRY_CAP_NO_MEMORY : BELFRY_CAP_OK;
}

const char *
belfry_cap_version(void)
{
	return BELFRY_VERSION;
}

/* ---- reading ---- */

static enum belfry_cap_error
error_of(enum err err)
{
	switch (err) {
	case ERR_OK:
		return BELFRY_CAP_OK;
	case ERR_FULL:
		return BELFRY_CAP_TOO_LARGE;
	case ERR_FORMAT:
		return BELFRY_CAP_NOT_XML;
	case ERR_NOMEM:
		return BELFRY_CAP_NO_MEMORY;
	case ERR_SHORT:
	case ERR_TRAILING:
	case ERR_VERSION:
	case ERR_RANGE:
	case ERR_SHAPE:
	case ERR_SIGNATURE:
	case ERR_UNKNOWN:
	case ERR_DUPLICATE:
	case ERR_CONFLICT:
	case ERR_REFUSED:
	case ERR_EXPIRED:
	case ERR_BUSY:
	case ERR_IO:
		break;
	}
	return BELFRY_CAP_REFUSED;
}

static struct belfry_cap *
message_new(void)
{
	struct belfry_cap *m = calloc(1, sizeof *m);

	if (m == NULL)
		return NULL;
	if (arena_new(&m->arena) == ERR_OK && arena_new(&m->findings_arena) == ERR_OK) {
		m->found.arena = m->findings_arena;
		return m;
	}
	belfry_cap_free(m);
	return NULL;
}

void
belfry_cap_free(struct belfry_cap *message)
{
	if (message == NULL)
		return;
	arena_free(message->arena);
	arena_free(message->findings_arena);
	free((void *)message->document.at);
	free(message);
}

enum belfry_cap_error
belfry_cap_read(struct belfry_cap **out, const void *document, size_t len,
	const struct belfry_cap_limits *limits)
{
	struct belfry_cap *m = message_new();
	uint8_t *copy = m != NULL ? malloc(len + 1) : NULL;

	*out = NULL;
	if (copy == NULL) {
		belfry_cap_free(m);
		return BELFRY_CAP_NO_MEMORY;
	}
	if (len > 0)
		memcpy(copy, document, len);
	m->document = bytes_of(copy, len);
	if (limits != NULL)
		m->limits =
			(struct cap_limits){limits->bytes, limits->depth, limits->nodes};
	*out = m;
	return error_of(
		cap_tree_read(&m->tree, m->arena, m->document, &m->limits, &m->found));
}

enum belfry_cap_format
belfry_cap_format(const struct belfry_cap *message)
{
	static const enum belfry_cap_format format[] = {[CAP_FORMAT_12] = BELFRY_CAP_12,
		[CAP_FORMAT_11] = BELFRY_CAP_11,
		[CAP_FORMAT_10] = BELFRY_CAP_10,
		[CAP_FORMAT_ATOM] = BELFRY_CAP_ATOM,
		[CAP_FORMAT_RSS] = BELFRY_CAP_RSS,
		[CAP_FORMAT_EDXL] = BELFRY_CAP_EDXL_DE,
		[CAP_FORMAT_OTHER] = BELFRY_CAP_OTHER,
		[CAP_FORMAT_NONE] = BELFRY_CAP_NONE};

	return format[message->tree.format];
}

/* The public type is the inner one by another name. */
static const struct cap_node *
inner(const struct belfry_cap_node *node)
{
	return (const struct cap_node *)node;
}

static const struct belfry_cap_node *
outer(const struct cap_node *node)
{
	return (const struct belfry_cap_node *)node;
}

const struct belfry_cap_node *
belfry_cap_root(const struct belfry_cap *message)
{
	return outer(message->tree.root);
}

const struct belfry_cap_node *
belfry_cap_first(const struct belfry_cap_node *node)
{
	return outer(inner(node)->first);
}

const struct belfry_cap_node *
belfry_cap_next(const struct belfry_cap_node *node)
{
	return outer(inner(node)->next);
}

const struct belfry_cap_node *
belfry_cap_child(const struct belfry_cap_node *node, const char *name)
{
	static const enum cap_space spaces[] = {CAP_SPACE_12, CAP_SPACE_11, CAP_SPACE_10};
	const struct cap_node *found = NULL;

	for (size_t i = 0; i < 3 && found == NULL; i++)
		found = cap_child(inner(node), spaces[i], name);
	return outer(found);
}

const struct belfry_cap_node *
belfry_cap_again(const struct belfry_cap_node *node)
{
	return outer(cap_again(inner(node)));
}

const char *
belfry_cap_name(const struct belfry_cap_node *node)
{
	return inner(node)->name;
}

const char *
belfry_cap_text(const struct belfry_cap_node *node)
{
	return inner(node)->text;
}

const char *
belfry_cap_get(const struct belfry_cap_node *node, const char *name)
{
	const struct belfry_cap_node *child = belfry_cap_child(node, name);

	return child != NULL ? belfry_cap_text(child) : NULL;
}

uint32_t
belfry_cap_line(const struct belfry_cap_node *node)
{
	return inner(node)->line;
}

uint32_t
belfry_cap_column(const struct belfry_cap_node *node)
{
	return inner(node)->column;
}

/* ---- envelopes ---- */

enum belfry_cap_error
belfry_cap_open(
	const struct belfry_cap_carried **out, size_t *count, struct belfry_cap *message)
{
	struct belfry_cap_carried *to;
	struct cap_envelope e;
	enum err err = message->tree.root != NULL
			       ? cap_envelope_open(&e, message->arena, &message->tree)
			       : ERR_UNKNOWN;

	*out = NULL;
	*count = 0;
	if (err != ERR_OK || e.count == 0)
		return error_of(err);
	to = arena_alloc(message->arena, e.count * sizeof *to);
	if (to == NULL)
		return BELFRY_CAP_NO_MEMORY;
	for (size_t i = 0; i < e.count; i++) {
		const struct cap_carried *c = &e.at[i];

		to[i] = (struct belfry_cap_carried){
			.alert = c->kind == CAP_CARRIES_ALERT ? outer(c->at) : NULL,
			.document = c->kind == CAP_CARRIES_DOCUMENT ? c->document.at : NULL,
			.len = c->kind == CAP_CARRIES_DOCUMENT ? c->document.len : 0,
			.uri = c->kind == CAP_CARRIES_LINK ? c->uri : "",
			.title = c->title};
	}
	*out = to;
	*count = e.count;
	return BELFRY_CAP_OK;
}

/* ---- checking ---- */

/* What is judged are bytes: a message that was built is written first. */
static enum err
bytes_now(struct buffer *out, const struct belfry_cap *m)
{
	if (!m->changed && m->document.at != NULL)
		write_bytes(out, m->document.at, m->document.len);
	else
		return xml_write(out, &m->tree);
	return out->err;
}

enum belfry_cap_error
belfry_cap_check(enum belfry_cap_verdict *out, struct belfry_cap *message,
	unsigned profiles, const char *(*translate)(void *ctx, const char *sentence),
	void *ctx)
{
	struct cap_check_options options = {message->limits, profiles};
	struct buffer bytes = {0};
	enum cap_verdict verdict = CAP_INVALID;
	struct cap_tree tree;
	struct arena *fresh;
	enum err err = bytes_now(&bytes, message);

	if (err == ERR_OK)
		err = arena_new(&fresh);
	if (err == ERR_OK) {
		arena_free(message->findings_arena);
		message->findings_arena = fresh;
		message->finding = NULL;
		message->found = (struct cap_findings){
			.arena = fresh, .translate = translate, .translate_ctx = ctx};
		err = cap_check(&verdict, &tree, fresh, buffer_bytes(&bytes), &options,
			&message->found);
	}
	buffer_free(&bytes);
	*out = (enum belfry_cap_verdict)verdict;
	return error_of(err);
}

size_t
belfry_cap_findings(const struct belfry_cap *message, const struct belfry_cap_finding **out)
{
	struct belfry_cap *m = (struct belfry_cap *)message;
	size_t n = m->found.count;

	if (m->finding == NULL && n > 0) {
		m->finding = arena_alloc(m->findings_arena, n * sizeof *m->finding);
		for (size_t i = 0; i < n && m->finding != NULL; i++) {
			const struct cap_finding *f = &m->found.at[i];

			m->finding[i] =
				(struct belfry_cap_finding){(enum belfry_cap_level)f->level,
					f->rule, f->line, f->column, f->xpath, f->text};
		}
	}
	*out = m->finding;
	return m->finding != NULL ? n : 0;
}

/* ---- building ---- */

static struct cap_node *
node_new(struct belfry_cap *m, const char *name, const char *text)
{
	struct cap_node *n = arena_alloc(m->arena, sizeof *n);

	if (n == NULL)
		return NULL;
	n->name = arena_text(m->arena, name, strlen(name));
	n->text = text != NULL ? arena_text(m->arena, text, strlen(text)) : "";
	n->text_len = text != NULL ? (uint32_t)strlen(text) : 0;
	n->space = CAP_SPACE_12;
	return n->name != NULL && n->text != NULL ? n : NULL;
}

enum belfry_cap_error
belfry_cap_new(struct belfry_cap **out)
{
	struct belfry_cap *m = message_new();

	*out = NULL;
	if (m == NULL)
		return BELFRY_CAP_NO_MEMORY;
	m->tree.root = node_new(m, "alert", NULL);
	if (m->tree.root == NULL) {
		belfry_cap_free(m);
		return BELFRY_CAP_NO_MEMORY;
	}
	m->tree.format = CAP_FORMAT_12;
	m->changed = true;
	*out = m;
	return BELFRY_CAP_OK;
}

/* Which shape the element has; NULL: it holds no elements. */
static const struct shape *
shape_of(const struct cap_node *node)
{
	const struct shape *parent;

	if (node->parent == NULL)
		return strcmp(node->name, "alert") == 0 ? &shape_alert : NULL;
	parent = shape_of(node->parent);
	for (size_t i = 0; parent != NULL && i < parent->fields; i++)
		if (strcmp(parent->field[i].name, node->name) == 0)
			return parent->field[i].shape;
	return NULL;
}

/* The place of a name in its parent's order, or the number of fields. */
static size_t
order_of(const struct shape *shape, const char *name)
{
	size_t i = 0;

	while (i < shape->fields && strcmp(shape->field[i].name, name) != 0)
		i++;
	return i;
}

static void
insert(struct cap_node *parent, struct cap_node *n, const struct shape *shape)
{
	size_t order = order_of(shape, n->name);
	struct cap_node *before = NULL;

	for (struct cap_node *c = parent->first;
		c != NULL && order_of(shape, c->name) <= order; c = c->next)
		before = c;
	n->parent = parent;
	n->next = before != NULL ? before->next : parent->first;
	if (before != NULL)
		before->next = n;
	else
		parent->first = n;
	if (n->next == NULL)
		parent->last = n;
	parent->children++;
}

struct belfry_cap_node *
belfry_cap_add(struct belfry_cap *message, const struct belfry_cap_node *parent,
	const char *name, const char *text)
{
	struct cap_node *into = (struct cap_node *)inner(parent);
	const struct shape *shape = shape_of(into);
	size_t i = shape != NULL ? order_of(shape, name) : 0;
	struct cap_node *n;

	if (message->tree.format != CAP_FORMAT_12 || shape == NULL || i == shape->fields ||
		(text == NULL) != (shape->field[i].shape != NULL) ||
		(text != NULL && !capval_is_text(text)) ||
		(shape->field[i].kind == SHAPE_TEXT &&
			cap_child(into, CAP_SPACE_12, name) != NULL))
		return NULL;
	n = node_new(message, name, text);
	if (n == NULL)
		return NULL;
	insert(into, n, shape);
	message->changed = true;
	return (struct belfry_cap_node *)n;
}

/* ---- bytes ---- */

static enum belfry_cap_error
hand_out(char **out, size_t *len, struct buffer *b, enum err err)
{
	*out = NULL;
	*len = 0;
	if (err == ERR_OK && b->err == ERR_OK) {
		*out = malloc(b->len + 1);
		if (*out != NULL) {
			memcpy(*out, buffer_text(b), b->len + 1);
			*len = b->len;
		} else {
			err = ERR_NOMEM;
		}
	}
	buffer_free(b);
	return error_of(err != ERR_OK ? err : b->err);
}

enum belfry_cap_error
belfry_cap_write(char **out, size_t *len, const struct belfry_cap *message)
{
	const struct cap_node *root = message->tree.root;
	struct buffer b = {0};
	enum err err = ERR_REFUSED;

	if (!message->changed && message->document.at != NULL)
		err = bytes_now(&b, message);
	else if (message->tree.format == CAP_FORMAT_12 &&
		 cap_child(root, CAP_SPACE_DSIG, "Signature") == NULL)
		err = bytes_now(&b, message);
	return hand_out(out, len, &b, err);
}

void
belfry_cap_bytes_free(char *bytes)
{
	free(bytes);
}

/* ---- signatures ---- */

static enum belfry_cap_error
pins_of(struct dsig_pin *to, const struct belfry_cap_pin *pins, size_t count)
{
	static const enum dsig_pin_kind kind[] = {
		DSIG_PIN_KEY, DSIG_PIN_CERTIFICATE, DSIG_PIN_CA};

	for (size_t i = 0; i < count; i++)
		to[i] = (struct dsig_pin){.kind = kind[pins[i].kind],
			.der = bytes_of(pins[i].der, pins[i].len),
			.sender = pins[i].sender,
			.weak = pins[i].weak};
	return BELFRY_CAP_OK;
}

static void
signature_of(struct belfry_cap_signature *to, const struct dsig_signature *s)
{
	static const enum belfry_cap_signed state[] = {[DSIG_GOOD] = BELFRY_CAP_SIGNED_WELL,
		[DSIG_BAD] = BELFRY_CAP_SIGNED_BADLY,
		[DSIG_UNVERIFIED] = BELFRY_CAP_SIGNED_UNREADABLY};

	*to = (struct belfry_cap_signature){.state = state[s->result],
		.trusted = dsig_is_trusted(s),
		.weak = s->weak,
		.why = s->result == DSIG_GOOD ? "" : dsig_why_text(s->why),
		.trust = dsig_trust_name(s->trust),
		.subject = s->subject,
		.line = s->line};
}

enum belfry_cap_error
belfry_cap_verify(const struct belfry_cap_signature **out, size_t *count,
	struct belfry_cap *message, const struct belfry_cap_pin *pins, size_t pin_count)
{
	struct dsig_pin *pin = calloc(pin_count + 1, sizeof *pin);
	struct buffer bytes = {0};
	enum err err = pin != NULL ? bytes_now(&bytes, message) : ERR_NOMEM;

	*out = message->signature;
	*count = 0;
	if (err == ERR_OK) {
		pins_of(pin, pins, pin_count);
		err = dsig_verify(&message->report, buffer_bytes(&bytes), pin, pin_count);
	}
	for (size_t i = 0; err == ERR_OK && i < message->report.count; i++)
		signature_of(&message->signature[(*count)++], &message->report.at[i]);
	buffer_free(&bytes);
	free(pin);
	return error_of(err);
}

enum belfry_cap_error
belfry_cap_sign(char **out, size_t *len, const struct belfry_cap *message, const void *pem,
	size_t pem_len)
{
	struct buffer bytes = {0}, signed_bytes = {0};
	struct dsig_key *key = NULL;
	struct fault fault;
	enum err err = dsig_key_read(&key, bytes_of(pem, pem_len), &fault);

	*out = NULL;
	*len = 0;
	if (err != ERR_OK)
		return err == ERR_NOMEM ? BELFRY_CAP_NO_MEMORY : BELFRY_CAP_KEY;
	err = bytes_now(&bytes, message);
	if (err == ERR_OK)
		err = dsig_sign(&signed_bytes, buffer_bytes(&bytes), key, &fault);
	dsig_key_free(key);
	buffer_free(&bytes);
	return hand_out(out, len, &signed_bytes, err);
}
