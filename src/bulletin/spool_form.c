/* SPDX-License-Identifier: GPL-3.0-or-later */
/* spool_form.c: messages of the spool and cursors as bytes. */
#include "bulletin/lines.h"
#include "bulletin/spool.h"

#include <inttypes.h>
#include <string.h>

enum { VERSION = 1, CHECK = 8, CURSOR_TEXT_MAX = 256, CURSOR_LINE_MAX = 1024 };

static struct hash
check_of(struct bytes in)
{
	return hash_tagged("belfry-spool-1", in);
}

void
spool_message_write(struct buffer *out, const struct spool_message *m)
{
	size_t from = out->len;
	struct hash check;

	write_u8(out, VERSION);
	write_u8(out, (uint8_t)m->kind);
	write_bytes(out, m->id.at, sizeof m->id.at);
	write_bytes(out, m->source, sizeof m->source);
	write_u64(out, m->number);
	write_u64(out, (uint64_t)m->received_ms);
	write_u32(out, (uint32_t)m->body.len);
	write_bytes(out, m->body.at, m->body.len);
	if (out->err != ERR_OK)
		return;
	check = check_of(bytes_of(out->at + from, out->len - from));
	write_bytes(out, check.at, CHECK);
}

/* A fault in the fields, once all of them are there. */
static enum err
message_fault(uint8_t version, uint8_t kind, uint64_t number, uint32_t body_len)
{
	if (version != VERSION)
		return ERR_VERSION;
	if (kind < SPOOL_RECEIPT || kind > SPOOL_REPORT || number == 0)
		return ERR_FORMAT;
	return body_len > SPOOL_BODY_MAX || number > SPOOL_NUMBER_MAX ? ERR_RANGE : ERR_OK;
}

enum err
spool_message_read(struct spool_message *out, struct bytes in, size_t *used)
{
	struct reader r = reader_over(in.at, in.len);
	struct spool_message m = {0};
	uint8_t version = read_u8(&r), kind = read_u8(&r);
	uint32_t body_len;
	struct bytes check;
	struct hash want;
	enum err err;

	read_into(&r, m.id.at, sizeof m.id.at);
	read_into(&r, m.source, sizeof m.source);
	m.number = read_u64(&r);
	m.received_ms = (int64_t)read_u64(&r);
	body_len = read_u32(&r);
	if (r.err != ERR_OK)
		return r.err;
	err = message_fault(version, kind, m.number, body_len);
	if (err != ERR_OK)
		return err;
	m.kind = (enum spool_kind)kind;
	m.body = read_bytes(&r, body_len);
	check = read_bytes(&r, CHECK);
	if (r.err != ERR_OK)
		return r.err;
	want = check_of(bytes_of(in.at, in.len - r.left - CHECK));
	if (!bytes_equal(check, bytes_of(want.at, CHECK)))
		return ERR_CONFLICT;
	*out = m;
	*used = in.len - r.left;
	return ERR_OK;
}

bool
spool_edge_valid(struct bytes name)
{
	if (name.len == 0 || name.len > SPOOL_EDGE_MAX)
		return false;
	for (size_t i = 0; i < name.len; i++)
		if ((name.at[i] < 'a' || name.at[i] > 'z') &&
			(name.at[i] < '0' || name.at[i] > '9') && name.at[i] != '-')
			return false;
	return true;
}

/* ---- the cursor ---- */

void
spool_cursor_text(struct buffer *out, const struct spool_cursor *c)
{
	write_text(out, "belfry-cursor-1\nterritory ");
	write_hex32(out, c->territory);
	write_format(out, "\nterm %" PRIu32 "\nedge %s\nspool %016" PRIx64 "\n", c->term,
		c->edge, c->spool);
	write_format(out, "received %" PRIu64 "\n", c->received);
	write_time_line(out, c->time_ms);
}

void
spool_cursor_sign(struct spool_cursor *c, const struct secret_key *hub)
{
	uint8_t room[CURSOR_TEXT_MAX];
	struct buffer text = buffer_over(room, sizeof room);

	spool_cursor_text(&text, c);
	c->signature = signature_make(hub, buffer_bytes(&text));
}

bool
spool_cursor_verify(const struct spool_cursor *c, const struct public_key *hub)
{
	uint8_t room[CURSOR_TEXT_MAX];
	struct buffer text = buffer_over(room, sizeof room);

	spool_cursor_text(&text, c);
	return signature_verify(hub, buffer_bytes(&text), &c->signature);
}

void
spool_cursor_write(struct buffer *out, const struct spool_cursor *c)
{
	uint8_t room[CURSOR_TEXT_MAX];
	struct buffer text = buffer_over(room, sizeof room);

	spool_cursor_text(&text, c);
	write_text(out, "{\"cursor\":");
	write_json_text(out, buffer_bytes(&text));
	write_text(out, ",\"signature\":");
	write_json_base64(out, c->signature.at, sizeof c->signature.at);
	write_text(out, "}\n");
}

static enum err
cursor_text_read(struct spool_cursor *c, struct bytes text, struct fault *fault)
{
	struct lines l = lines_over((const char *)text.at, text.len, fault);
	uint8_t spool[8] = {0};
	struct reader r = reader_over(spool, sizeof spool);
	struct bytes edge;

	lines_exact(&l, "belfry-cursor-1", ERR_VERSION);
	c->territory = lines_u32(&l, "territory");
	c->term = (uint32_t)lines_number(&l, "term", 1, UINT32_MAX);
	edge = lines_value(&l, "edge");
	if (spool_edge_valid(edge))
		memcpy(c->edge, edge.at, edge.len);
	else
		lines_fail(&l, ERR_FORMAT, "an edge's name is 1 to 32 of a-z, 0-9 and -");
	lines_hex(&l, "spool", spool, sizeof spool);
	c->spool = read_u64(&r);
	c->received = lines_number(&l, "received", 0, SPOOL_NUMBER_MAX);
	c->time_ms = lines_time(&l, "time");
	return lines_end(&l);
}

enum err
spool_cursor_read(
	struct spool_cursor *out, const char *line, size_t len, struct fault *fault)
{
	struct spool_cursor c = {0};
	struct bytes text;
	json_t *object;
	enum err err = object_read(&object, line, len, CURSOR_LINE_MAX, fault);

	if (err != ERR_OK)
		return err;
	err = object_text(&text, object, "cursor", fault);
	if (err == ERR_OK)
		err = cursor_text_read(&c, text, fault);
	if (err == ERR_OK)
		err = object_base64(
			c.signature.at, sizeof c.signature.at, object, "signature", fault);
	json_decref(object);
	if (err == ERR_OK)
		*out = c;
	return err;
}
