/* SPDX-License-Identifier: GPL-3.0-or-later */
/* listing.c: GET /bulletin: entry lines in pages. */
#include "public/stream_inside.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

enum { BULLETIN_BYTES = 4 << 20 }; /* of one page, but for its last entry */

struct listing {
	struct buffer out;
	uint64_t next;
	bool lean;
};

static enum err
list_one(void *ctx, const struct entry *entry)
{
	struct listing *l = ctx;
	struct entry shown = *entry;

	if (l->lean && event_entry_is_lean(entry))
		shown.has_data = false;
	entry_line_write(&l->out, &shown);
	l->next = entry->header.number + 1;
	if (l->out.err != ERR_OK)
		return l->out.err;
	return l->out.len < BULLETIN_BYTES ? ERR_OK : ERR_BUSY;
}

void
stream_bulletin(struct stream *s, struct http_exchange *x, const struct http_request *req)
{
	const struct checkpoint *c = edge_heartbeat(s->e);
	struct listing l = {0};
	char extra[256], class[16] = "";
	enum err err = http_param_number(&l.next, req->query, "after", TREE_SIZE_MAX);
	uint64_t size = follower_size(edge_follower(s->e));

	if (err != ERR_OK && err != ERR_UNKNOWN) {
		http_exchange_say(x, 400,
			"/bulletin?after=N: N is the first entry number that you want");
		return;
	}
	l.lean = http_param(class, sizeof class, req->query, "class") == ERR_OK &&
		 strcmp(class, "siren") == 0;
	err = l.next < size ? journal_entries(s->j, l.next, SIZE_MAX, list_one, &l)
			    : ERR_OK;
	/* Pages put together are one answer: the checkpoint stands at the end of the last. */
	if (c != NULL && l.next >= size)
		stream_checkpoint_line(&l.out, edge_follower(s->e), c);
	snprintf(extra, sizeof extra,
		"Access-Control-Allow-Origin: *\r\nX-Content-Type-Options: nosniff\r\n"
		"Access-Control-Expose-Headers: Link\r\nCache-Control: no-store\r\n");
	if (l.next < size)
		snprintf(extra + strlen(extra), sizeof extra - strlen(extra),
			"Link: </bulletin?after=%" PRIu64 "%s>; rel=\"next\"\r\n", l.next,
			l.lean ? "&class=siren" : "");
	if ((err != ERR_OK && err != ERR_BUSY) || l.out.err != ERR_OK)
		http_exchange_say(x, 503, "the journal cannot be read: %s", err_name(err));
	else
		http_exchange_answer(x, &(struct http_answer){200, "application/x-ndjson",
						extra, buffer_bytes(&l.out)});
	buffer_free(&l.out);
}
