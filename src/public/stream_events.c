/* SPDX-License-Identifier: GPL-3.0-or-later */
/* stream_events.c: entries, orders and heartbeats as server-sent events. */
#include "public/stream_events.h"

#include "base/text.h"
#include "public/stream.h"
#include "wire/sse.h"

#include <inttypes.h>
#include <stdio.h>

static bool
sirens_read(const char *kind)
{
	switch (entry_kind_of(kind)) {
	case ENTRY_ROSTER:
	case ENTRY_REVOCATION:
	case ENTRY_MANDATE:
	case ENTRY_ORDER:
	case ENTRY_TAKEOVER:
		return true;
	case ENTRY_ZONES:
	case ENTRY_ALERT:
	case ENTRY_UPDATE:
	case ENTRY_CORRECTION:
	case ENTRY_END:
	case ENTRY_SIRENS:
	case ENTRY_OTHER:
		break;
	}
	return false;
}

bool
event_entry_is_lean(const struct entry *entry)
{
	return !sirens_read(entry->header.kind);
}

static void
event_write(struct buffer *out, const char *name, const char *id, struct buffer *line)
{
	struct sse_event ev = {.event = bytes_of_text(name),
		.id = bytes_of_text(id),
		.data = buffer_bytes(line)};

	/* A line's own end is not part of the event. */
	if (ev.data.len > 0 && ev.data.at[ev.data.len - 1] == '\n')
		ev.data.len--;
	if (line->err != ERR_OK)
		out->err = line->err;
	sse_write(out, &ev);
	buffer_free(line);
}

void
event_entry(struct buffer *out, const struct entry *entry, bool lean, bool with_id)
{
	struct entry shown = *entry;
	struct buffer line = {0};
	char id[24] = "";

	if (lean && event_entry_is_lean(entry))
		shown.has_data = false;
	if (with_id)
		snprintf(id, sizeof id, "%" PRIu64, entry->header.number);
	entry_line_write(&line, &shown);
	event_write(out, "entry", id, &line);
}

void
event_order(struct buffer *out, struct bytes order, const struct hash *content)
{
	char hash[65];
	struct buffer line = {0};

	hex_write(hash, content->at, sizeof content->at);
	write_text(&line, "{\"order\":\"");
	base64_write(&line, order);
	write_format(&line, "\",\"content_hash\":\"%s\",\"on_disk\":false}", hash);
	event_write(out, "order", "", &line);
}

void
stream_checkpoint_line(
	struct buffer *out, const struct follower *f, const struct checkpoint *c)
{
	struct tree tree = nodes_tree(follower_nodes(f), c->size);
	struct hash edge[TREE_PROOF_MAX];
	size_t n = tree_edge(edge, &tree);

	checkpoint_line_write(out, c, edge, n);
}

void
event_checkpoint(struct buffer *out, const struct follower *f, const struct checkpoint *c,
	bool with_id)
{
	struct buffer line = {0};
	char id[24] = "";

	if (with_id && c->size > 0)
		snprintf(id, sizeof id, "%" PRIu64, c->size - 1);
	stream_checkpoint_line(&line, f, c);
	event_write(out, "checkpoint", id, &line);
}

void
event_time(struct buffer *out, const struct checkpoint *c)
{
	struct buffer line = {0};

	checkpoint_line_write(&line, c, NULL, 0);
	event_write(out, "checkpoint", "", &line);
}

struct frame *
event_frame(struct buffer *b)
{
	struct frame *f = b->err == ERR_OK ? frame_new(buffer_bytes(b)) : NULL;

	buffer_free(b);
	*b = (struct buffer){0};
	return f;
}
