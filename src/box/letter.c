/* SPDX-License-Identifier: GPL-3.0-or-later */
/* letter.c: the order of a box's receipts, and their form on the wire. */
#include "box/letter.h"

#include "base/text.h"
#include "bulletin/receipt.h"

#include <stdlib.h>
#include <string.h>

struct letter *
letter_new(uint32_t box, uint64_t number, struct bytes bytes)
{
	struct letter *l =
		bytes.len <= UINT16_MAX ? calloc(1, sizeof *l + bytes.len) : NULL;
	struct receipt r;
	struct hash id;

	if (l == NULL)
		return NULL;
	id = hash_of(bytes);
	memcpy(l->id, id.at, sizeof l->id);
	memcpy(l->at, bytes.at, bytes.len);
	l->len = (uint16_t)bytes.len;
	l->box = box;
	l->number = number;
	l->edge = -1;
	l->is_status = receipt_read(&r, bytes) == ERR_OK && r.event == RECEIPT_STATUS;
	return l;
}

static void
drop(struct mailbox *m, struct letter *before, struct letter *l)
{
	if (before == NULL)
		m->first = l->next;
	else
		before->next = l->next;
	if (m->last == l)
		m->last = before;
	m->count--;
	free(l);
}

/* The first that may go: an old status, or any if there is no room. */
static bool
drop_one(struct mailbox *m, bool statuses_only)
{
	struct letter *before = NULL;

	for (struct letter *l = m->first; l != NULL; before = l, l = l->next)
		if (l->state != LETTER_FLYING && (l->is_status || !statuses_only)) {
			drop(m, before, l);
			return true;
		}
	return false;
}

void
mailbox_add(struct mailbox *m, struct letter *l)
{
	struct letter **at = &m->first;

	while (l->is_status && drop_one(m, true))
		;
	while (m->count >= MAILBOX_MAX && drop_one(m, false))
		;
	if (m->last != NULL && m->last->number < l->number)
		at = &m->last->next;
	while (*at != NULL && (*at)->number < l->number)
		at = &(*at)->next;
	l->next = *at;
	*at = l;
	if (l->next == NULL)
		m->last = l;
	m->count++;
}

uint64_t
mailbox_take_received(struct mailbox *m)
{
	uint64_t number = 0;

	while (m->first != NULL && m->first->state == LETTER_RECEIVED) {
		number = m->first->number;
		drop(m, NULL, m->first);
	}
	return number;
}

void
mailbox_free(struct mailbox *m)
{
	while (m->first != NULL)
		drop(m, NULL, m->first);
}

void
letter_write(struct buffer *out, const struct letter *l)
{
	write_bytes(out, l->id, sizeof l->id);
	write_u16(out, l->len);
	write_bytes(out, l->at, l->len);
}

uint64_t
spool_id_read(const json_t *text)
{
	uint8_t id[8] = {0};
	struct reader r = reader_over(id, sizeof id);

	if (!json_is_string(text) || json_string_length(text) != 2 * sizeof id ||
		hex_read(id, sizeof id, json_string_value(text)) != ERR_OK)
		return 0;
	return read_u64(&r);
}

enum err
held_read(uint64_t *out, size_t count, uint64_t *spool, struct bytes answer)
{
	json_t *o = json_loadb(
		(const char *)answer.at, answer.len, JSON_REJECT_DUPLICATES, NULL);
	json_t *list = json_object_get(o, "held");
	bool good = json_is_array(list) && json_array_size(list) == count;

	for (size_t i = 0; good && i < count; i++) {
		json_t *v = json_array_get(list, i);

		good = json_is_integer(v) && json_integer_value(v) >= 0;
		out[i] = good ? (uint64_t)json_integer_value(v) : 0;
	}
	*spool = good ? spool_id_read(json_object_get(o, "spool")) : 0;
	json_decref(o);
	return good ? ERR_OK : ERR_FORMAT;
}
