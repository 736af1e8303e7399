/* SPDX-License-Identifier: GPL-3.0-or-later */
/* sirens.c: what the sirens said, and since when they have been silent. Silence is a state. */
#include "hub/brain.h"

#include "base/text.h"
#include "bulletin/enrolment.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { BATTERY_LOW_MV = 11500, CLOCK_OFF_MS = 60000 };

static struct siren_row *
siren_find(const struct hub *h, uint32_t number)
{
	size_t low = 0, high = h->siren_count;

	while (low < high) {
		size_t mid = (low + high) / 2;

		if (h->siren[mid].number < number)
			low = mid + 1;
		else
			high = mid;
	}
	return low < h->siren_count && h->siren[low].number == number ? &h->siren[low]
								      : NULL;
}

static enum err
siren_put(struct hub *h, const struct siren_row *row)
{
	struct siren_row *at = siren_find(h, row->number);
	size_t i = h->siren_count;

	if (at != NULL) {
		at->zone = row->zone;
		at->key = row->key;
		at->enrolled_ms = row->enrolled_ms;
		memcpy(at->name, row->name, sizeof at->name);
		at->newest = at->came_count = 0;
		return ERR_OK;
	}
	at = realloc(h->siren, (h->siren_count + 1) * sizeof *at);
	if (at == NULL)
		return ERR_NOMEM;
	h->siren = at;
	while (i > 0 && h->siren[i - 1].number > row->number)
		i--;
	memmove(h->siren + i + 1, h->siren + i, (h->siren_count - i) * sizeof *at);
	h->siren[i] = *row;
	h->siren_count++;
	return ERR_OK;
}

static enum err
siren_read(struct siren_row *out, const json_t *o, struct fault *fault)
{
	json_int_t number = json_integer_value(json_object_get(o, "siren"));
	json_int_t zone = json_integer_value(json_object_get(o, "zone"));
	const char *name = json_string_value(json_object_get(o, "name"));
	const char *key = json_string_value(json_object_get(o, "public_key"));
	const char *time = json_string_value(json_object_get(o, "time"));
	struct buffer raw = {0};
	enum err err = key != NULL ? base64_read(&raw, key, strlen(key)) : ERR_FORMAT;

	*out = (struct siren_row){0};
	if (err != ERR_OK || raw.len != sizeof out->key.at || number < 1 ||
		number > UINT32_MAX || zone < 1 || zone > UINT16_MAX || name == NULL ||
		strlen(name) >= sizeof out->name || time == NULL ||
		time_read(&out->enrolled_ms, time, strlen(time)) != ERR_OK)
		err = fault_set(fault, ERR_FORMAT,
			"a siren needs siren (1 or more), zone (its number), name (under "
			"48 bytes), public_key (base64) and time (RFC 3339)");
	else
		memcpy(out->key.at, raw.at, sizeof out->key.at);
	buffer_free(&raw);
	if (err != ERR_OK)
		return err;
	out->number = (uint32_t)number;
	out->zone = (uint16_t)zone;
	memcpy(out->name, name, strlen(name) + 1);
	return ERR_OK;
}

static enum err
enrol_check(const struct hub *h, const struct siren_row *row, const json_t *o,
	struct fault *fault)
{
	json_int_t number = json_integer_value(json_object_get(o, "key"));
	const char *text = json_string_value(json_object_get(o, "signature"));
	const struct roster_key *k = number > 0 && number <= UINT16_MAX
					     ? roster_key(&h->roster, (uint16_t)number)
					     : NULL;
	struct buffer raw = {0};
	struct signature s = {{0}};
	struct hash digest = enrolment_digest(
		h->roster.territory, row->number, row->zone, &row->key, row->enrolled_ms);
	bool good;

	if (h->zones == NULL || zones_by_number(h->zones, row->zone) == NULL)
		return fault_set(
			fault, ERR_UNKNOWN, "zone %u is not known here", row->zone);
	good = text != NULL && base64_read(&raw, text, strlen(text)) == ERR_OK &&
	       raw.len == sizeof s.at && k != NULL && (k->roles & ROLE_ADMINISTRATOR) &&
	       !revoked_has(&h->revoked, k->number);
	if (good)
		memcpy(s.at, raw.at, sizeof s.at);
	good = good && signature_verify(&k->key, bytes_of(digest.at, sizeof digest.at), &s);
	buffer_free(&raw);
	return good ? ERR_OK
		    : fault_set(fault, ERR_SIGNATURE,
			      "the enrolment is not signed by an administrator of the "
			      "roster");
}

/* Who plays an old enrolment again would give a box back the key that was taken from it. */
static enum err
enrol_order(const struct hub *h, const struct siren_row *row, struct fault *fault)
{
	const struct siren_row *was = siren_find(h, row->number);

	if (row->enrolled_ms > h->now_ms + CLOCK_OFF_MS)
		return fault_set(fault, ERR_EXPIRED,
			"the enrolment is dated ahead of this hub's clock: set the clocks "
			"of "
			"both right");
	if (was != NULL && row->enrolled_ms <= was->enrolled_ms)
		return fault_set(fault, ERR_CONFLICT,
			"siren %u was enrolled later than this was signed; sign it anew",
			row->number);
	return ERR_OK;
}

static bool
enrolled_so(const struct hub *h, const struct siren_row *row)
{
	const struct siren_row *was = siren_find(h, row->number);

	return was != NULL && was->enrolled_ms == row->enrolled_ms &&
	       was->zone == row->zone && public_key_equal(&was->key, &row->key);
}

void
enrol(struct hub *h, struct hub_todo *todo, uint64_t client, const json_t *body)
{
	struct fault fault = {""};
	struct siren_row row;
	enum err err = siren_read(&row, body, &fault);
	char *text;

	if (err == ERR_OK)
		err = enrol_check(h, &row, body, &fault);
	if (err == ERR_OK && enrolled_so(h, &row)) {
		answer(h, todo, client, 200,
			json_pack("{s:I}", "siren", (json_int_t)row.number));
		return;
	}
	if (err == ERR_OK)
		err = enrol_order(h, &row, &fault);
	if (err == ERR_OK)
		err = siren_put(h, &row);
	if (err != ERR_OK) {
		answer_error(h, todo, client, err, &fault);
		return;
	}
	text = json_dumps(body, JSON_COMPACT);
	if (text != NULL)
		journal(h, todo, HUB_RECORD_SIREN, bytes_of_text(text));
	free(text);
	answer(h, todo, client, 200, json_pack("{s:I}", "siren", (json_int_t)row.number));
}

enum err
siren_row_restore(struct hub *h, struct bytes bytes)
{
	json_t *o = json_loadb((const char *)bytes.at, bytes.len, 0, NULL);
	struct siren_row row;
	enum err err = o != NULL ? siren_read(&row, o, NULL) : ERR_FORMAT;

	if (err == ERR_OK)
		err = siren_put(h, &row);
	json_decref(o);
	return err;
}

/* Has this number come before? Two edges may bring it, and one that was cut off brings it hours
 * later; a repeat is one record. What is older than all that is remembered counts as a repeat. */
static bool
is_new(struct siren_row *row, uint64_t number)
{
	size_t at = row->came_count;

	while (at > 0 && row->came[at - 1] > number)
		at--;
	if (at > 0 && row->came[at - 1] == number)
		return false;
	if (row->came_count == RECEIPT_NUMBERS) {
		if (at == 0)
			return false;
		memmove(row->came, row->came + 1, --at * sizeof *row->came);
		row->came_count--;
	} else {
		memmove(row->came + at + 1, row->came + at,
			(row->came_count - at) * sizeof *row->came);
	}
	row->came[at] = number;
	row->newest = row->came[row->came_count++];
	return true;
}

static void
keep_receipt(struct hub *h, const struct receipt *r, int64_t time_ms)
{
	struct journal_receipt *at;

	if (h->receipts == NULL)
		h->receipts = calloc(RECEIPTS_KEPT, sizeof *h->receipts);
	if (h->receipts == NULL)
		return;
	at = &h->receipts[h->receipt_seq % RECEIPTS_KEPT];
	at->seq = ++h->receipt_seq;
	at->receipt = *r;
	at->receipt.order_bytes = bytes_of(NULL, 0);
	at->time_ms = time_ms;
}

/* `age_ms`: how old it was when it came. Old news is no sign of life. */
static void
row_hear(struct hub *h, struct siren_row *row, const struct receipt *r, int64_t age_ms)
{
	if (r->event == RECEIPT_FAILED)
		row->failed = true;
	else if (r->event == RECEIPT_SOUNDING || r->event == RECEIPT_SOUNDED)
		row->failed = false;
	if (r->number < row->newest)
		return;
	row->last = *r;
	row->last.order_bytes = bytes_of(NULL, 0);
	row->heard_ms = h->now_ms - age_ms;
	row->alive_ms = h->mono_ms - age_ms;
	row->clock_off_ms = r->time_ms - h->now_ms;
}

void
learn_order(struct hub *h, struct hub_todo *todo, struct bytes bytes, const char *from)
{
	struct order *o = calloc(1, sizeof *o);

	if (o != NULL && order_read(o, bytes) == ERR_OK &&
		!book_knows(h->book, o->body[0].id) && o->body[0].class != ORDER_TEST &&
		o->body[0].class != ORDER_TAKEOVER &&
		!book_is_past(h->book, o->body[0].id, h->now_ms) &&
		judge_everywhere(h, o) == VERDICT_GOOD) {
		publish(h, todo, "order", bytes);
		hub_log(todo, "learnt an order back from %s", from);
	}
	free(o);
}

/* By the siren's clock if it is sure of it, and by the edge's. */
static int64_t
age_of(const struct hub *h, const struct receipt *r, int64_t held_ms)
{
	int64_t age = h->now_ms - held_ms;

	if (r->clock_sure && h->now_ms - r->time_ms > age)
		age = h->now_ms - r->time_ms;
	return age > 0 ? age : 0;
}

void
receipt_hear(struct hub *h, struct hub_todo *todo, struct bytes bytes, int64_t held_ms)
{
	struct siren_row *row;
	struct receipt r;
	struct buffer record = {0};

	if (receipt_read(&r, bytes) != ERR_OK || r.territory != h->roster.territory ||
		(row = siren_find(h, r.siren)) == NULL ||
		!receipt_verify(bytes, &row->key)) {
		h->bad_receipts++;
		return;
	}
	if (!is_new(row, r.number))
		return;
	row_hear(h, row, &r, age_of(h, &r, held_ms));
	if (r.event == RECEIPT_STATUS)
		return;
	keep_receipt(h, &r, h->now_ms);
	write_bytes(&record, bytes.at, bytes.len);
	journal(h, todo, HUB_RECORD_RECEIPT, buffer_bytes(&record));
	buffer_free(&record);
	if (r.order_bytes.len > 0)
		learn_order(h, todo, r.order_bytes, "a siren's receipt");
}

/* What it said before this hub started says nothing of now: alive_ms stays 0. */
void
receipt_restore(struct hub *h, int64_t time_ms, struct bytes bytes)
{
	struct siren_row *row;
	struct receipt r;

	if (receipt_read(&r, bytes) != ERR_OK || (row = siren_find(h, r.siren)) == NULL ||
		!is_new(row, r.number))
		return;
	h->now_ms = time_ms;
	row_hear(h, row, &r, 0);
	row->alive_ms = 0;
	keep_receipt(h, &r, time_ms);
}

static const char *
state_of(const struct hub *h, const struct siren_row *row)
{
	uint16_t in = row->last.inputs;

	if (row->alive_ms == 0 || h->mono_ms - row->alive_ms > HUB_SILENT_MS)
		return "unknown";
	if (in & INPUT_UNORDERED)
		return "unordered";
	if (row->failed || (in & (INPUT_LOCKED | INPUT_DISK_BAD | INPUT_CABINET_DOOR)) ||
		row->last.battery_mv < BATTERY_LOW_MV)
		return "fault";
	return (in & INPUT_RELAY) && (in & INPUT_CURRENT) ? "sounding" : "ready";
}

static json_t *
row_json(const struct hub *h, const struct siren_row *row)
{
	uint16_t in = row->last.inputs;
	bool heard = row->heard_ms != 0;
	char order[17];

	id_write(order, row->last.order);
	return json_pack(
		"{s:I,s:s,s:i,s:s,s:o,s:s,s:s?,s:b,s:b,s:i,s:b,s:b,s:b,s:b,s:I,s:I}",
		"siren", (json_int_t)row->number, "name", row->name, "zone", row->zone,
		"state", state_of(h, row), "age_s",
		heard ? json_integer((h->now_ms - row->heard_ms) / 1000) : json_null(),
		"event", heard ? receipt_event_name(row->last.event) : "never heard",
		"order", row->last.order != 0 ? order : NULL, "current",
		(in & INPUT_CURRENT) != 0, "mains", (in & INPUT_MAINS) != 0, "battery_mv",
		row->last.battery_mv, "door",
		(in & (INPUT_CABINET_DOOR | INPUT_BATTERY_DOOR)) != 0, "locked",
		(in & INPUT_LOCKED) != 0, "disk_bad", (in & INPUT_DISK_BAD) != 0,
		"clock_sure", heard && row->last.clock_sure, "clock_off_ms",
		(json_int_t)row->clock_off_ms, "size", (json_int_t)row->last.size);
}

static void
counts_of(const struct hub *h, int count[5])
{
	static const char *const names[] = {
		"ready", "sounding", "fault", "unknown", "unordered"};

	memset(count, 0, 5 * sizeof *count);
	for (size_t i = 0; i < h->siren_count; i++)
		for (int k = 0; k < 5; k++)
			count[k] += strcmp(state_of(h, &h->siren[i]), names[k]) == 0;
}

json_t *
edges_json(const struct hub *h)
{
	json_t *edges = json_array();

	for (size_t i = 0; i < h->conf.edges; i++) {
		const struct edge_row *e = &h->edge[i];

		json_array_append_new(edges,
			json_pack("{s:s,s:s,s:I,s:o,s:b,s:I,s:o}", "name", h->edge_name[i],
				"state", e->up ? "up" : "unknown", "size",
				(json_int_t)e->size, "age_s",
				e->heard_ms ? json_integer((h->now_ms - e->heard_ms) / 1000)
					    : json_null(),
				"asked", e->asked, "heartbeat_term",
				(json_int_t)e->heartbeat_term, "heartbeat",
				e->heartbeat_ms ? time_json(e->heartbeat_ms)
						: json_null()));
	}
	return edges;
}

json_t *
board_json(const struct hub *h)
{
	json_t *sirens = json_array();
	int n[5];

	counts_of(h, n);
	for (size_t i = 0; i < h->siren_count; i++)
		json_array_append_new(sirens, row_json(h, &h->siren[i]));
	return json_pack("{s:o,s:o,s:{s:i,s:i,s:i,s:i,s:i},s:I}", "sirens", sirens, "edges",
		edges_json(h), "counts", "ready", n[0], "sounding", n[1], "fault", n[2],
		"unknown", n[3], "unordered", n[4], "bad_receipts",
		(json_int_t)h->bad_receipts);
}

/* The public learns counts, not places: which box is dead would help whoever aims. */
void
summary(struct hub *h, struct hub_todo *todo)
{
	char text[sizeof h->summary];
	int n[5];

	counts_of(h, n);
	snprintf(text, sizeof text,
		"{\"ready\":%d,\"sounding\":%d,\"fault\":%d,\"unknown\":%d,\"unordered\":%"
		"d}",
		n[0], n[1], n[2], n[3], n[4]);
	if (h->siren_count == 0 || !h->settled || strcmp(text, h->summary) == 0)
		return;
	memcpy(h->summary, text, sizeof text);
	publish(h, todo, "sirens", bytes_of_text(text));
}
