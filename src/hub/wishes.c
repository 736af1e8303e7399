/* SPDX-License-Identifier: GPL-3.0-or-later */
/* wishes.c: what the hub wants done, and what waits for its commit. */
#include "hub/brain.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct hub_wish no_wish = {0};

struct hub_wish *
hub_wish_add(struct hub_todo *todo, enum hub_wish_kind kind)
{
	if (todo->count == todo->cap) {
		size_t cap = todo->cap ? todo->cap * 2 : 16;
		struct hub_wish *at = realloc(todo->at, cap * sizeof *at);

		if (at == NULL) {
			todo->lost = no_wish;
			return &todo->lost;
		}
		todo->at = at;
		todo->cap = cap;
	}
	todo->at[todo->count] = no_wish;
	todo->at[todo->count].kind = kind;
	return &todo->at[todo->count++];
}

void
hub_todo_clear(struct hub_todo *todo)
{
	todo->count = 0;
	arena_free(todo->arena);
	todo->arena = NULL;
}

void
hub_todo_free(struct hub_todo *todo)
{
	free(todo->at);
	arena_free(todo->arena);
	*todo = (struct hub_todo){0};
}

struct bytes
hub_keep(struct hub_todo *todo, struct bytes bytes)
{
	char *copy;

	if (todo->arena == NULL && arena_new(&todo->arena) != ERR_OK)
		return bytes_of(NULL, 0);
	copy = arena_text(todo->arena, (const char *)bytes.at, bytes.len);
	return bytes_of(copy, copy != NULL ? bytes.len : 0);
}

struct bytes
bytes_copy(struct bytes b)
{
	uint8_t *copy = malloc(b.len + 1);

	if (copy == NULL)
		return bytes_of(NULL, 0);
	if (b.len > 0)
		memcpy(copy, b.at, b.len);
	copy[b.len] = 0;
	return bytes_of(copy, b.len);
}

void
hub_log(struct hub_todo *todo, const char *format, ...)
{
	char line[512];
	struct bytes copy;
	va_list ap;

	va_start(ap, format);
	vsnprintf(line, sizeof line, format, ap);
	va_end(ap);
	copy = hub_keep(todo, bytes_of_text(line));
	hub_wish_add(todo, HUB_LOG)->bytes = copy;
}

static struct pending *
pending_open(struct hub *h)
{
	if (h->open != NULL)
		return h->open;
	h->open = calloc(1, sizeof *h->open);
	if (h->open == NULL)
		return NULL;
	h->open->ticket = ++h->ticket;
	h->open->deadline_ms = h->mono_ms + HUB_DISK_MS;
	h->open->edge = HUB_EDGES;
	return h->open;
}

void
journal(struct hub *h, struct hub_todo *todo, enum hub_record record, struct bytes bytes)
{
	struct pending *p = pending_open(h);
	struct bytes copy = hub_keep(todo, bytes);
	struct hub_wish *w;

	if (p == NULL || copy.at == NULL) {
		/* What cannot be written must not take effect: start again from the journal. */
		hub_wish_add(todo, HUB_DIE)->bytes = bytes_of_text("out of memory");
		return;
	}
	w = hub_wish_add(todo, HUB_APPEND);
	w->record = (uint16_t)record;
	w->ticket = p->ticket;
	w->bytes = copy;
}

void
journal_close(struct hub *h, struct hub_todo *todo)
{
	if (h->open == NULL)
		return;
	hub_wish_add(todo, HUB_COMMIT)->ticket = h->open->ticket;
	h->open->size = nodes_size(h->nodes);
	if (h->last != NULL)
		h->last->next = h->open;
	else
		h->first = h->open;
	h->last = h->open;
	h->open = NULL;
}

void
send_one(struct hub_todo *todo, size_t edge, struct bytes frame)
{
	struct bytes copy = hub_keep(todo, frame);
	struct hub_wish *w = hub_wish_add(todo, HUB_SEND);

	w->edge = edge;
	w->bytes = copy;
}

void
send_edges(struct hub *h, struct hub_todo *todo, struct bytes frame)
{
	struct bytes copy = hub_keep(todo, frame);

	for (size_t i = 0; i < h->conf.edges; i++)
		if (h->edge[i].up) {
			struct hub_wish *w = hub_wish_add(todo, HUB_SEND);

			w->edge = i;
			w->bytes = copy;
		}
}

static void
reply(struct hub_todo *todo, uint64_t client, int status, struct bytes body)
{
	struct bytes copy = hub_keep(todo, body);
	struct hub_wish *w = hub_wish_add(todo, HUB_REPLY);

	w->client = client;
	w->status = status;
	w->bytes = copy;
}

void
answer(struct hub *h, struct hub_todo *todo, uint64_t client, int status, json_t *body)
{
	char *text = json_dumps(body, JSON_COMPACT);
	struct bytes bytes = bytes_of_text(text != NULL ? text : "{}");

	if (h->open != NULL) {
		h->open->client = client;
		h->open->status = status;
		h->open->reply = bytes_copy(bytes);
	} else {
		reply(todo, client, status, bytes);
	}
	free(text);
	json_decref(body);
}

static int
status_of(enum err err)
{
	switch (err) {
	case ERR_OK:
		return 200;
	case ERR_UNKNOWN:
		return 404;
	case ERR_REFUSED:
	case ERR_SIGNATURE:
	case ERR_EXPIRED:
		return 403;
	case ERR_DUPLICATE:
	case ERR_CONFLICT:
		return 409;
	case ERR_BUSY:
	case ERR_FULL:
	case ERR_IO:
	case ERR_NOMEM:
		return 503;
	case ERR_SHORT:
	case ERR_TRAILING:
	case ERR_FORMAT:
	case ERR_VERSION:
	case ERR_RANGE:
	case ERR_SHAPE:
		break;
	}
	return 400;
}

void
answer_error(struct hub *h, struct hub_todo *todo, uint64_t client, enum err err,
	const struct fault *fault)
{
	const char *words = fault->text[0] != '\0' ? fault->text : err_name(err);

	answer(h, todo, client, status_of(err),
		json_pack("{s:s,s:s}", "error", words, "kind", err_name(err)));
}
