/* SPDX-License-Identifier: GPL-3.0-or-later */
/* checkpoint.c: C2SP tlog-checkpoint and signed-note, as far as the bulletin uses them. */
#include "bulletin/checkpoint.h"

#include "bulletin/lines.h"

#include "base/text.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

enum {
	NAME = 16,	/* "belfry/" and 8 digits and the NUL */
	TEXT_MAX = 192, /* the five lines */
	SIGNATURES_MAX = 16
};

/* An em dash (U+2014) and a blank begin each signature line. */
static const char dash[] = "\xe2\x80\x94 ";

static void
name_write(char out[NAME], uint32_t territory)
{
	snprintf(out, NAME, "belfry/%08lx", (unsigned long)territory);
}

void
checkpoint_text(struct buffer *out, const struct checkpoint *c)
{
	write_text(out, "belfry/");
	write_hex32(out, c->territory);
	write_format(out, "\n%" PRIu64, c->size);
	write_base64_line(out, "\n", &c->root);
	write_format(out, "term %" PRIu32 "\n", c->term);
	write_time_line(out, c->time_ms);
}

void
checkpoint_key_id(uint8_t out[4], uint32_t territory, const struct public_key *hub)
{
	uint8_t in[NAME - 1 + 2 + sizeof hub->at];
	char name[NAME];
	struct hash h;

	name_write(name, territory);
	memcpy(in, name, NAME - 1);
	in[NAME - 1] = 0x0a;
	in[NAME] = 0x01; /* Ed25519 */
	memcpy(in + NAME + 1, hub->at, sizeof hub->at);
	h = hash_of(bytes_of(in, sizeof in));
	memcpy(out, h.at, 4);
}

void
checkpoint_sign(struct checkpoint *c, const struct secret_key *hub)
{
	uint8_t room[TEXT_MAX];
	struct buffer text = buffer_over(room, sizeof room);

	checkpoint_text(&text, c);
	c->signature = signature_make(hub, buffer_bytes(&text));
	checkpoint_key_id(c->key_id, c->territory, &hub->public);
}

bool
checkpoint_verify(const struct checkpoint *c, const struct public_key *hub)
{
	uint8_t room[TEXT_MAX], key_id[4];
	struct buffer text = buffer_over(room, sizeof room);

	checkpoint_key_id(key_id, c->territory, hub);
	if (memcmp(key_id, c->key_id, sizeof key_id) != 0)
		return false;
	checkpoint_text(&text, c);
	return signature_verify(hub, buffer_bytes(&text), &c->signature);
}

void
checkpoint_write(struct buffer *out, const struct checkpoint *c)
{
	uint8_t both[sizeof c->key_id + sizeof c->signature.at];

	memcpy(both, c->key_id, sizeof c->key_id);
	memcpy(both + sizeof c->key_id, c->signature.at, sizeof c->signature.at);
	checkpoint_text(out, c);
	write_text(out, "\n");
	write_text(out, dash);
	write_text(out, "belfry/");
	write_hex32(out, c->territory);
	write_text(out, " ");
	base64_write(out, bytes_of(both, sizeof both));
	write_text(out, "\n");
}

/* The hub's own line: dash, name, blank, base64 of key id and signature. */
static void
signature_line_read(struct checkpoint *c, struct lines *l)
{
	enum { BEFORE = sizeof dash - 1 + NAME - 1 + 1 };
	uint8_t both[sizeof c->key_id + sizeof c->signature.at];
	char before[BEFORE + 1], name[NAME];
	struct bytes line = lines_value(l, "");
	enum err err = ERR_FORMAT;

	name_write(name, c->territory);
	snprintf(before, sizeof before, "%s%s ", dash, name);
	if (line.len > BEFORE && memcmp(line.at, before, BEFORE) == 0)
		err = base64_exact(
			both, sizeof both, bytes_of(line.at + BEFORE, line.len - BEFORE));
	if (err != ERR_OK) {
		lines_fail(l, err, "not the hub's signature line");
		return;
	}
	memcpy(c->key_id, both, sizeof c->key_id);
	memcpy(c->signature.at, both + sizeof c->key_id, sizeof c->signature.at);
}

static void
witness_line_read(struct lines *l)
{
	struct bytes line = lines_value(l, "");

	if (line.len < sizeof dash || memcmp(line.at, dash, sizeof dash - 1) != 0)
		lines_fail(l, ERR_FORMAT, "not a signature line");
}

static void
text_read(struct checkpoint *c, struct lines *l)
{
	struct hash empty = hash_of(bytes_of(NULL, 0));
	struct bytes origin = lines_value(l, "");
	uint8_t territory[4] = {0};
	struct reader r = reader_over(territory, sizeof territory);

	if (origin.len != NAME - 1 || memcmp(origin.at, "belfry/", 7) != 0 ||
		lower_hex_read(territory, 4, bytes_of(origin.at + 7, 8)) != ERR_OK)
		lines_fail(l, ERR_FORMAT, "the origin is not belfry/ and 8 digits");
	c->territory = read_u32(&r);
	c->size = lines_number(l, "", 0, TREE_SIZE_MAX);
	c->root = lines_hash(l, "");
	if (c->size == 0 && !hash_equal(&c->root, &empty))
		lines_fail(l, ERR_RANGE, "of no entries this is not the root");
	c->term = (uint32_t)lines_number(l, "term", 1, UINT32_MAX);
	c->time_ms = lines_time(l, "time");
}

enum err
checkpoint_read(struct checkpoint *out, const char *text, size_t len, struct fault *fault)
{
	struct lines l = lines_over(text, len, fault);
	struct checkpoint c = {0};
	unsigned signatures = 1;
	enum err err;

	if (len > CHECKPOINT_MAX)
		return fault_set(fault, ERR_RANGE, "longer than %d bytes", CHECKPOINT_MAX);
	text_read(&c, &l);
	lines_exact(&l, "", ERR_FORMAT);
	signature_line_read(&c, &l);
	for (; l.err == ERR_OK && l.left > 0 && signatures < SIGNATURES_MAX; signatures++)
		witness_line_read(&l);
	err = lines_end(&l);
	if (err == ERR_OK)
		*out = c;
	return err;
}

void
checkpoint_line_write(struct buffer *out, const struct checkpoint *c,
	const struct hash *edge, size_t edge_count)
{
	uint8_t room[512];
	struct buffer note = buffer_over(room, sizeof room);

	checkpoint_write(&note, c);
	write_text(out, "{\"checkpoint\":");
	write_json_text(out, buffer_bytes(&note));
	if (edge_count > 0) {
		write_text(out, ",\"edge\":");
		write_json_hashes(out, edge, edge_count);
	}
	write_text(out, "}\n");
}

enum err
checkpoint_line_read(struct checkpoint *out, struct proof *edge, const char *line,
	size_t len, struct fault *fault)
{
	struct checkpoint c;
	struct proof hashes = {0};
	struct bytes text;
	json_t *object;
	enum err err = object_read(&object, line, len, CHECKPOINT_LINE_MAX, fault);

	if (err != ERR_OK)
		return err;
	err = object_text(&text, object, "checkpoint", fault);
	if (err == ERR_OK)
		err = checkpoint_read(&c, (const char *)text.at, text.len, fault);
	if (err == ERR_OK && json_object_get(object, "edge") != NULL)
		err = object_hashes(&hashes, object, "edge", fault);
	json_decref(object);
	if (err != ERR_OK)
		return err;
	*out = c;
	if (edge != NULL)
		*edge = hashes;
	return ERR_OK;
}
