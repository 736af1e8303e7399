/* SPDX-License-Identifier: GPL-3.0-or-later */
/* live_read.c: what the chain needs to know of a document; the rest is others' business. */
#include "base/text.h"
#include "cap/live.h"

#include <string.h>

static const struct cap_node *
child(const struct cap_node *parent, const char *name)
{
	return cap_child(parent, parent->space, name);
}

static struct bytes
text_of(const struct cap_node *parent, const char *name)
{
	const struct cap_node *n = child(parent, name);

	return n != NULL ? cap_trimmed(n) : bytes_of(NULL, 0);
}

/* CAP's form, or RFC 3339 at large: senders that write Z can be followed, too. */
static bool
read_time(int64_t *out_ms, struct bytes text)
{
	return text.len > 0 &&
	       (capval_time_of(out_ms, text) == ERR_OK ||
		       time_read(out_ms, (const char *)text.at, text.len) == ERR_OK);
}

/* Which of `word` it is; `count`: none. */
static size_t
word_of(struct bytes text, const char *const *word, size_t count)
{
	size_t i = 0;

	while (i < count && !bytes_equal(text, bytes_of_text(word[i])))
		i++;
	return i;
}

/* ---- references ---- */

static bool
is_blank(uint8_t c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

/* The next word between blanks; *from moves behind it. */
static struct bytes
next_word(struct bytes text, size_t *from)
{
	size_t begin;

	while (*from < text.len && is_blank(text.at[*from]))
		(*from)++;
	begin = *from;
	while (*from < text.len && !is_blank(text.at[*from]))
		(*from)++;
	return bytes_of(text.at + begin, *from - begin);
}

static bool
read_triplet(struct cap_reference *out, struct bytes word)
{
	const uint8_t *one = memchr(word.at, ',', word.len), *end = word.at + word.len;
	const uint8_t *two =
		one != NULL ? memchr(one + 1, ',', (size_t)(end - one - 1)) : NULL;

	if (two == NULL || one == word.at || two == one + 1)
		return false;
	out->sender = bytes_of(word.at, (size_t)(one - word.at));
	out->identifier = bytes_of(one + 1, (size_t)(two - one - 1));
	out->sent = bytes_of(two + 1, (size_t)(end - two - 1));
	return read_time(&out->sent_ms, out->sent);
}

static enum err
read_references(struct cap_live_message *m, struct arena *arena, struct bytes text,
	struct fault *fault)
{
	struct cap_reference *reference;
	size_t count = 0;

	for (size_t from = 0; next_word(text, &from).len > 0;)
		count++;
	reference = arena_alloc(arena, (count + 1) * sizeof *reference);
	if (reference == NULL)
		return ERR_NOMEM;
	for (size_t i = 0, from = 0; i < count; i++) {
		struct bytes word = next_word(text, &from);

		if (!read_triplet(&reference[i], word))
			return fault_set(fault, ERR_FORMAT,
				"its references hold \"%.*s\", which is no "
				"sender,identifier,sent (rule 20)",
				(int)(word.len < 100 ? word.len : 100),
				(const char *)word.at);
	}
	m->reference = reference;
	m->references = count;
	return ERR_OK;
}

/* ---- the message ---- */

/* It holds as long as the info that holds longest; one that does not say holds until it is ended. */
static int64_t
expiry_of(const struct cap_node *alert)
{
	const struct cap_node *info = child(alert, "info");
	int64_t latest = info != NULL ? INT64_MIN : CAP_LIVE_NEVER, at;

	for (; info != NULL; info = cap_again(info)) {
		if (!read_time(&at, text_of(info, "expires")))
			return CAP_LIVE_NEVER;
		latest = at > latest ? at : latest;
	}
	return latest;
}

static enum err
missing(struct fault *fault, const char *name)
{
	return fault_set(fault, ERR_FORMAT,
		"it has no %s that can be read, so it cannot be told from others (rule 4)",
		name);
}

enum err
cap_live_read(struct cap_live_message *out, struct arena *arena,
	const struct cap_node *alert, struct bytes document, struct fault *fault)
{
	static const char *const kind[] = {"Alert", "Update", "Cancel", "Ack", "Error"};
	static const char *const status[] = {
		"Actual", "Exercise", "System", "Test", "Draft"};
	struct cap_live_message m = {0};
	enum err err;

	m.sender = text_of(alert, "sender");
	m.identifier = text_of(alert, "identifier");
	m.incidents = text_of(alert, "incidents");
	m.scope = text_of(alert, "scope");
	m.kind = (enum cap_live_kind)word_of(text_of(alert, "msgType"), kind, 5);
	m.status = (enum cap_live_status)word_of(text_of(alert, "status"), status, 5);
	if (m.sender.len == 0)
		return missing(fault, "sender");
	if (m.identifier.len == 0)
		return missing(fault, "identifier");
	if (!read_time(&m.sent_ms, text_of(alert, "sent")))
		return missing(fault, "sent");
	if (m.kind > CAP_KIND_ERROR)
		return missing(fault, "msgType");
	err = read_references(&m, arena, text_of(alert, "references"), fault);
	if (err != ERR_OK)
		return err;
	m.expires_ms = expiry_of(alert);
	m.hash = hash_of(document);
	*out = m;
	return ERR_OK;
}
