/* SPDX-License-Identifier: GPL-3.0-or-later */
/* intake.c: from a siren's hand to the disk, from the disk to the hub, and off. */
#include "public/intake_inside.h"

#include "public/receipts.h"

#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { AT_ONCE = 1024 }; /* messages in one transaction */

/* ---- what is held ---- */

struct bytes *
held_at(const struct intake *in, uint64_t number)
{
	if (number < in->first_number || number >= in->first_number + in->held_count)
		return NULL;
	return &in->held[in->held_first + (size_t)(number - in->first_number)];
}

static bool
held_room(struct intake *in)
{
	if (in->held_first > 0 && in->held_first >= in->held_count) {
		memmove(in->held, in->held + in->held_first,
			in->held_count * sizeof *in->held);
		in->held_first = 0;
	}
	if (in->held_first + in->held_count == in->held_cap) {
		size_t cap = in->held_cap ? in->held_cap * 2 : 256;
		struct bytes *at = realloc(in->held, cap * sizeof *at);

		if (at == NULL)
			return false;
		in->held = at;
		in->held_cap = cap;
	}
	return true;
}

bool
held_add(struct intake *in, const struct spool_message *m)
{
	struct buffer b = {0};

	while (in->held_count > 0 && in->first_number + in->held_count < m->number) {
		/* A number that was never held: nothing stands there. */
		if (!held_room(in))
			return false;
		in->held[in->held_first + in->held_count++] = bytes_of(NULL, 0);
	}
	write_u8(&b, LINK_SPOOL);
	spool_message_write(&b, m);
	if (b.err != ERR_OK || !held_room(in)) {
		buffer_free(&b);
		return false;
	}
	if (in->held_count == 0)
		in->first_number = m->number;
	in->held[in->held_first + in->held_count++] = buffer_bytes(&b);
	return true;
}

static void
held_drop_newest(struct intake *in)
{
	free((void *)in->held[in->held_first + --in->held_count].at);
}

void
held_drop_to(struct intake *in, uint64_t number)
{
	while (in->held_count > 0 && in->first_number <= number) {
		free((void *)in->held[in->held_first].at);
		in->held_first++;
		in->held_count--;
		in->first_number++;
	}
	if (in->held_count == 0)
		in->held_first = 0;
}

/* ---- who waits ---- */

static void
answer(struct http_exchange *x, int status, const char *extra, json_t *body)
{
	char *text = json_dumps(body, JSON_COMPACT);
	struct http_answer a = {status, "application/json", extra,
		text != NULL ? bytes_of_text(text) : bytes_of(NULL, 0)};

	http_exchange_answer(x, &a);
	free(text);
}

static void
asker_free(struct asker *a)
{
	json_decref(a->body);
	free(a);
}

/* The disk has them now, or does not want them. */
static void
answer_askers(struct intake *in, bool ok)
{
	while (in->asker != NULL && (!ok || in->asker->newest <= in->committed)) {
		struct asker *a = in->asker;

		in->asker = a->next;
		if (in->asker == NULL)
			in->last_asker = &in->asker;
		if (ok)
			answer(a->x, 200, NULL, a->body);
		else
			http_exchange_say(a->x, 507,
				"the disk of this edge takes nothing now; nothing of this "
				"is "
				"held, send it again or to another edge");
		asker_free(a);
	}
}

/* ---- the disk ---- */

static void post(struct intake *in);

void
intake_written(void *ctx, enum err err)
{
	struct intake *in = ctx;

	if (err == ERR_IO) {
		in->conf.died(in->conf.ctx,
			"the disk failed under the spool; starting again from "
			"it is the only way on");
		return;
	}
	in->well = err == ERR_OK;
	if (err == ERR_OK) {
		in->committed = in->posted;
		if (in->cursor_posted > 0)
			intake_drop_files(in, in->cursor_posted);
		in->cursor_posted = 0;
		answer_askers(in, true);
		for (size_t i = 0; i < EDGE_HUBS; i++)
			intake_pump(in, i);
		post(in);
		return;
	}
	/* As if they had never come: the newest first. */
	in->conf.log(in->conf.ctx, "the disk takes no receipts now; the sirens are told");
	in->counts.disk_refused++;
	for (uint64_t n = spool_last(in->spool); n > in->committed; n--) {
		spool_withdraw(in->spool, n);
		held_drop_newest(in);
	}
	in->posted = in->committed;
	in->cursor_due |= in->cursor_posted > 0;
	in->cursor_posted = 0;
	answer_askers(in, false);
}

static struct store_record
record_of(const struct bytes *frame)
{
	/* Without the link's first byte. */
	return (struct store_record){.time_ms = loop_now_ms(),
		.kind = SPOOL_RECORD_MESSAGE,
		.bytes = bytes_of(frame->at + 1, frame->len - 1)};
}

static void
post(struct intake *in)
{
	struct store_record records[AT_ONCE + 1];
	uint64_t number = in->posted + 1;
	struct buffer cursor = {0};
	size_t n = 0;

	if (writer_is_busy(in->writer))
		return;
	if (in->file_taken > in->conf.file_bytes)
		intake_next_file(in);
	for (; n < AT_ONCE && number <= spool_last(in->spool); number++) {
		const struct bytes *frame = held_at(in, number);

		if (frame == NULL || frame->len == 0)
			continue;
		records[n++] = record_of(frame);
		in->file_taken += frame->len;
	}
	in->posted = number - 1;
	if (in->cursor_due && (n > 0 || in->old_count > 0)) {
		intake_cursor_write(&cursor, in);
		records[n++] = (struct store_record){.time_ms = loop_now_ms(),
			.kind = SPOOL_RECORD_CURSOR,
			.bytes = buffer_bytes(&cursor)};
		in->cursor_posted = in->cursor.received;
		in->cursor_due = false;
	}
	if (n > 0 && writer_post(in->writer, records, n) != ERR_OK)
		intake_written(in, ERR_NOMEM);
	buffer_free(&cursor);
}

/* ---- receipts ---- */

/*
 * Who is counted: the sender's address, hashed so that it is nowhere written down. Behind a
 * loopback address stands a proxy or a fleet of this machine, which counts for itself: there it is
 * the siren's number.
 */
static void
source_of(uint8_t out[32], const struct intake *in, const char *peer, uint32_t siren)
{
	struct buffer b = {0};
	bool local = strcmp(peer, "unix") == 0 || strncmp(peer, "127.", 4) == 0 ||
		     strcmp(peer, "::1") == 0;
	struct hash h;

	write_bytes(&b, in->dice, sizeof in->dice);
	write_text(&b, peer);
	write_u32(&b, local ? siren : 0);
	h = hash_tagged("belfry-source-1", buffer_bytes(&b));
	memcpy(out, h.at, sizeof h.at);
	buffer_free(&b);
}

static void
refuse(struct asker *a, size_t record, const char *words)
{
	json_t *list = json_object_get(a->body, "refused");

	json_array_append_new(
		list, json_pack("{s:I,s:s}", "record", (json_int_t)record, "why", words));
	json_array_append_new(json_object_get(a->body, "held"), json_integer(0));
}

static void
offer(struct intake *in, struct asker *a, size_t i, const struct receipt_record *r,
	const char *peer)
{
	struct spool_message m = {.id = r->id,
		.kind = SPOOL_RECEIPT,
		.received_ms = loop_now_ms(),
		.body = r->bytes};
	struct spool_verdict v = {.words = "out of memory"};

	source_of(m.source, in, peer, r->siren);
	if (!r->good || spool_offer(in->spool, &m, &v) != ERR_OK) {
		in->counts.malformed++;
		a->status = 400;
		refuse(a, i, r->good ? v.words : "not a receipt of this territory");
		return;
	}
	m.number = v.number;
	switch (v.answer) {
	case SPOOL_TAKE:
		if (!held_add(in, &m)) {
			spool_withdraw(in->spool, m.number);
			a->status = 507;
			refuse(a, i, "out of memory");
			return;
		}
		in->counts.taken++;
		break;
	case SPOOL_REPEAT:
	case SPOOL_RECEIVED:
		in->counts.repeats++;
		break;
	case SPOOL_FULL:
		in->counts.full++;
		a->status = 507;
		a->retry_s = v.retry_s;
		refuse(a, i, v.words);
		return;
	case SPOOL_TOO_MANY:
		in->counts.too_many++;
		a->status = 429;
		a->retry_s = v.retry_s;
		refuse(a, i, v.words);
		return;
	case SPOOL_TOO_LARGE:
		in->counts.malformed++;
		a->status = 413;
		refuse(a, i, v.words);
		return;
	}
	a->any = true;
	if (v.number > a->newest)
		a->newest = v.number;
	json_array_append_new(
		json_object_get(a->body, "held"), json_integer((json_int_t)v.number));
}

/* Nothing was taken: the status says why, at once. */
static void
say_refused(struct asker *a)
{
	char extra[64] = "";

	if (a->status == 0)
		a->status = 400;
	if (a->retry_s > 0)
		snprintf(extra, sizeof extra, "Retry-After: %d\r\n", a->retry_s);
	answer(a->x, a->status, extra[0] ? extra : NULL, a->body);
	asker_free(a);
}

static struct asker *
asker_new(const struct intake *in, struct http_exchange *x)
{
	struct asker *a = calloc(1, sizeof *a);
	char number[17];

	id_write(number, in->number);
	if (a != NULL) {
		a->x = x;
		a->body = json_pack("{s:[],s:s,s:[]}", "held", "spool", number, "refused");
	}
	if (a != NULL && a->body == NULL) {
		free(a);
		a = NULL;
	}
	return a;
}

void
intake_receipts(struct intake *in, struct http_exchange *x, const struct http_request *req)
{
	struct reader r = reader_over(req->body.at, req->body.len);
	struct asker *a = asker_new(in, x);
	struct receipt_record record;
	char peer[HTTP_PEER_TEXT];
	size_t i = 0;

	if (a == NULL) {
		http_exchange_say(x, 503, "out of memory");
		return;
	}
	http_exchange_peer(x, peer);
	while (i < RECEIPTS_AT_ONCE && receipt_record_next(&record, &r, in->conf.territory))
		offer(in, a, i++, &record, peer);
	if (r.left > 0 || r.err != ERR_OK) {
		in->counts.malformed++;
		a->status = i == RECEIPTS_AT_ONCE ? 413 : 400;
		refuse(a, i,
			i == RECEIPTS_AT_ONCE
				? "too many records at once"
				: "cut short: 16 bytes id, u16 length, receipt");
	}
	if (!a->any) {
		say_refused(a);
		return;
	}
	*in->last_asker = a;
	in->last_asker = &a->next;
	post(in);
	answer_askers(in, true);
}

/* ---- up to the hub ---- */

void
intake_hub_up(struct intake *in, size_t hub)
{
	in->hub[hub].up = true;
	in->hub[hub].sent = spool_received_to(in->spool);
	intake_pump(in, hub);
}

void
intake_hub_down(struct intake *in, size_t hub)
{
	in->hub[hub].up = false;
}

void
intake_pump(struct intake *in, size_t hub)
{
	while (in->hub[hub].up && in->hub[hub].sent < in->committed) {
		const struct bytes *frame = held_at(in, in->hub[hub].sent + 1);

		if (frame != NULL && frame->len > 0) {
			if (in->conf.send(in->conf.ctx, hub, *frame) != ERR_OK)
				return;
			in->counts.sent++;
		}
		in->hub[hub].sent++;
	}
}

bool
intake_cursor(struct intake *in, const struct spool_cursor *c, const struct public_key *hub)
{
	uint64_t to, before = spool_received_to(in->spool);

	/* Before the disk has a message nobody can have received it. */
	if (c->received > in->committed && c->received <= spool_last(in->spool))
		return false;
	if (spool_receive(in->spool, c, hub, &to) != ERR_OK || to <= before)
		return false;
	held_drop_to(in, to);
	if (to > in->committed)
		in->committed = in->posted = to;
	in->cursor = *c;
	in->cursor_hub = *hub;
	in->cursor_due = true;
	post(in);
	return true;
}

uint64_t
intake_number(const struct intake *in)
{
	return in->number;
}

bool
intake_is_well(const struct intake *in)
{
	return in->well;
}

struct intake_counts
intake_counts(const struct intake *in)
{
	struct intake_counts c = in->counts;

	c.last = spool_last(in->spool);
	c.committed = in->committed;
	c.received = spool_received_to(in->spool);
	c.held = spool_held(in->spool, SPOOL_RECEIPT, &c.held_bytes);
	c.files = in->old_count + 1;
	return c;
}
