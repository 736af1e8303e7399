/* SPDX-License-Identifier: GPL-3.0-or-later */
/* entry.c: headers as text, entries as lines. */
#include "bulletin/entry.h"

#include "base/text.h"
#include "bulletin/lines.h"

#include <inttypes.h>
#include <string.h>

static const char *const kind_word[] = {
	[ENTRY_OTHER] = "",
	[ENTRY_ROSTER] = "roster",
	[ENTRY_REVOCATION] = "revocation",
	[ENTRY_MANDATE] = "mandate",
	[ENTRY_ZONES] = "zones",
	[ENTRY_ALERT] = "alert",
	[ENTRY_UPDATE] = "update",
	[ENTRY_CORRECTION] = "correction",
	[ENTRY_END] = "end",
	[ENTRY_ORDER] = "order",
	[ENTRY_TAKEOVER] = "takeover",
	[ENTRY_SIRENS] = "sirens",
};

enum entry_kind
entry_kind_of(const char *word)
{
	for (size_t i = ENTRY_OTHER + 1; i < sizeof kind_word / sizeof *kind_word; i++)
		if (strcmp(word, kind_word[i]) == 0)
			return (enum entry_kind)i;
	return ENTRY_OTHER;
}

const char *
entry_kind_word(enum entry_kind kind)
{
	return kind_word[kind];
}

static bool
kind_bytes_valid(struct bytes word)
{
	if (word.len == 0 || word.len > ENTRY_KIND_MAX || word.at[0] == '-')
		return false;
	for (size_t i = 0; i < word.len; i++)
		if ((word.at[i] < 'a' || word.at[i] > 'z') && word.at[i] != '-')
			return false;
	return true;
}

bool
entry_kind_valid(const char *word)
{
	return kind_bytes_valid(bytes_of_text(word));
}

enum err
entry_header_make(struct entry_header *out, uint32_t territory, uint32_t term,
	const struct tree *tree, const char *kind, int64_t time_ms, struct bytes data)
{
	struct entry_header h = {.territory = territory, .term = term, .time_ms = time_ms};

	if (!entry_kind_valid(kind))
		return ERR_FORMAT;
	if (term == 0 || time_ms < LINES_TIME_MIN || time_ms > LINES_TIME_MAX ||
		data.len > ENTRY_DATA_MAX || tree->size >= TREE_SIZE_MAX)
		return ERR_RANGE;
	h.number = tree->size;
	h.root = tree_root(tree);
	memcpy(h.kind, kind, strlen(kind));
	h.data_hash = hash_of(data);
	h.data_len = (uint32_t)data.len;
	*out = h;
	return ERR_OK;
}

void
entry_header_write(struct buffer *out, const struct entry_header *header)
{
	char hex[2 * sizeof header->data_hash.at + 1];

	hex_write(hex, header->data_hash.at, sizeof header->data_hash.at);
	write_text(out, "belfry-entry-1\nterritory ");
	write_hex32(out, header->territory);
	write_format(out, "\nterm %" PRIu32 "\nnumber %" PRIu64 "\n", header->term,
		header->number);
	write_base64_line(out, "root ", &header->root);
	write_format(out, "kind %s\n", header->kind);
	write_time_line(out, header->time_ms);
	write_format(out, "data %s %" PRIu32 "\n", hex, header->data_len);
}

/* "<64 digits> <length>" */
static void
data_line_read(struct entry_header *out, struct lines *l)
{
	enum { DIGITS = 2 * sizeof out->data_hash.at };
	struct bytes value = lines_value(l, "data");
	uint64_t len = 0;
	enum err err;

	if (value.len <= DIGITS || value.at[DIGITS] != ' ' ||
		lower_hex_read(out->data_hash.at, sizeof out->data_hash.at,
			bytes_of(value.at, DIGITS)) != ERR_OK) {
		lines_fail(l, ERR_FORMAT, "not a SHA-256 in lower case and a length");
		return;
	}
	err = number_read(&len, (const char *)value.at + DIGITS + 1, value.len - DIGITS - 1,
		ENTRY_DATA_MAX);
	if (err != ERR_OK)
		lines_fail(l, err, "the length is not a number within its limits");
	out->data_len = (uint32_t)len;
}

enum err
entry_header_read(
	struct entry_header *out, const char *text, size_t len, struct fault *fault)
{
	struct lines l = lines_over(text, len, fault);
	struct entry_header h = {0};
	struct hash empty = hash_of(bytes_of(NULL, 0));
	struct bytes kind;
	enum err err;

	lines_exact(&l, "belfry-entry-1", ERR_VERSION);
	h.territory = lines_u32(&l, "territory");
	h.term = (uint32_t)lines_number(&l, "term", 1, UINT32_MAX);
	h.number = lines_number(&l, "number", 0, TREE_SIZE_MAX - 1);
	h.root = lines_hash(&l, "root");
	if (h.number == 0 && !hash_equal(&h.root, &empty))
		lines_fail(&l, ERR_RANGE, "before the first entry the tree is empty");
	kind = lines_value(&l, "kind");
	if (kind_bytes_valid(kind))
		memcpy(h.kind, kind.at, kind.len);
	else
		lines_fail(&l, ERR_FORMAT, "a kind is 1 to 32 of a-z and -");
	h.time_ms = lines_time(&l, "time");
	data_line_read(&h, &l);
	err = lines_end(&l);
	if (err == ERR_OK)
		*out = h;
	return err;
}

struct hash
entry_leaf(const struct entry_header *header)
{
	uint8_t room[ENTRY_HEADER_MAX];
	struct buffer text = buffer_over(room, sizeof room);
	struct hash leaf;

	entry_header_write(&text, header);
	leaf = tree_leaf(buffer_bytes(&text));
	return leaf;
}

struct signature
entry_sign(const struct entry_header *header, const struct secret_key *hub)
{
	uint8_t room[ENTRY_HEADER_MAX];
	struct buffer text = buffer_over(room, sizeof room);
	struct signature s;

	entry_header_write(&text, header);
	s = signature_make(hub, buffer_bytes(&text));
	return s;
}

bool
entry_verify(const struct entry_header *header, const struct signature *signature,
	const struct public_key *hub)
{
	uint8_t room[ENTRY_HEADER_MAX];
	struct buffer text = buffer_over(room, sizeof room);
	bool ok;

	entry_header_write(&text, header);
	ok = signature_verify(hub, buffer_bytes(&text), signature);
	return ok;
}

void
entry_line_write(struct buffer *out, const struct entry *entry)
{
	uint8_t room[ENTRY_HEADER_MAX];
	struct buffer text = buffer_over(room, sizeof room);

	entry_header_write(&text, &entry->header);
	write_text(out, "{\"entry\":");
	write_json_text(out, buffer_bytes(&text));
	write_text(out, ",\"signature\":");
	write_json_base64(out, entry->signature.at, sizeof entry->signature.at);
	if (entry->has_data) {
		write_text(out, ",\"data\":");
		write_json_base64(out, entry->data.at, entry->data.len);
	}
	write_text(out, "}\n");
}

static enum err
data_read(struct entry *out, struct arena *arena, const json_t *object, struct fault *fault)
{
	struct buffer raw = {0};
	struct bytes text;
	struct hash hash;
	char *copy;
	enum err err = object_text(&text, object, "data", fault);

	if (err != ERR_OK)
		return err;
	err = base64_read(&raw, (const char *)text.at, text.len);
	if (err != ERR_OK) {
		buffer_free(&raw);
		return fault_set(fault, err, "\"data\" is not base64");
	}
	hash = hash_of(buffer_bytes(&raw));
	if (raw.len != out->header.data_len || !hash_equal(&hash, &out->header.data_hash)) {
		buffer_free(&raw);
		return fault_set(fault, ERR_CONFLICT,
			"the data of entry %" PRIu64 " is not what its header names",
			out->header.number);
	}
	copy = arena_text(arena, buffer_text(&raw), raw.len);
	out->data = bytes_of(copy, raw.len);
	out->has_data = true;
	buffer_free(&raw);
	return copy != NULL ? ERR_OK : ERR_NOMEM;
}

enum err
entry_line_read(struct entry *out, struct arena *arena, const char *line, size_t len,
	struct fault *fault)
{
	struct entry entry = {0};
	struct bytes text;
	json_t *object;
	enum err err = object_read(&object, line, len, ENTRY_LINE_MAX, fault);

	if (err != ERR_OK)
		return err;
	err = object_text(&text, object, "entry", fault);
	if (err == ERR_OK)
		err = entry_header_read(
			&entry.header, (const char *)text.at, text.len, fault);
	if (err == ERR_OK)
		err = object_base64(entry.signature.at, sizeof entry.signature.at, object,
			"signature", fault);
	if (err == ERR_OK && json_object_get(object, "data") != NULL)
		err = data_read(&entry, arena, object, fault);
	json_decref(object);
	if (err == ERR_OK || err == ERR_CONFLICT)
		*out = entry;
	return err;
}
