/* SPDX-License-Identifier: GPL-3.0-or-later */
/* edge_asked.c: reads an edge's public bulletin from a number on. */
#include "cli/edge_asked.h"

#include "bulletin/checkpoint.h"
#include "bulletin/entry.h"
#include "cli/say.h"
#include "cli/web.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

enum { BEHIND_MAX = 64 << 20 };

static enum err
take(void *ctx, struct bytes part)
{
	struct buffer *b = ctx;

	if (b->len + part.len > BEHIND_MAX)
		return ERR_RANGE;
	write_bytes(b, part.at, part.len);
	return b->err;
}

static enum err
checkpoint_heard(struct edge_word *w, const char *line, size_t len, const struct roster *r)
{
	struct checkpoint c;
	const struct public_key *hub;
	struct timespec now;
	enum err err = checkpoint_line_read(&c, NULL, line, len, NULL);

	if (err != ERR_OK)
		return err;
	hub = roster_hub_key(r, c.term);
	if (c.territory != r->territory || hub == NULL || !checkpoint_verify(&c, hub))
		return ERR_SIGNATURE;
	clock_gettime(CLOCK_REALTIME, &now);
	w->term = c.term;
	w->beat_ms = c.time_ms;
	w->age_ms = (int64_t)now.tv_sec * 1000 - c.time_ms;
	w->size = c.size > w->size ? c.size : w->size;
	return ERR_OK;
}

static enum err
entry_heard(struct edge_word *w, const char *line, size_t len, const struct roster *r)
{
	const struct public_key *hub;
	struct arena *arena;
	struct entry e;
	enum err err = arena_new(&arena);

	if (err != ERR_OK)
		return err;
	err = entry_line_read(&e, arena, line, len, NULL);
	hub = err == ERR_OK ? roster_hub_key(r, e.header.term) : NULL;
	if (err == ERR_OK && (e.header.territory != r->territory || hub == NULL ||
				     !entry_verify(&e.header, &e.signature, hub)))
		err = ERR_SIGNATURE;
	if (err == ERR_OK && e.header.number + 1 > w->size)
		w->size = e.header.number + 1;
	arena_free(arena);
	return err;
}

static enum err
lines_heard(struct edge_word *w, const struct buffer *all, const struct roster *r)
{
	static const char mark[] = "{\"checkpoint\"";
	const char *at = (const char *)all->at, *end = at + all->len;
	enum err err = ERR_OK;

	while (at < end && err == ERR_OK) {
		const char *stop = memchr(at, '\n', (size_t)(end - at));
		size_t len = (size_t)((stop != NULL ? stop : end) - at);

		if (len > strlen(mark) && memcmp(at, mark, strlen(mark)) == 0)
			err = checkpoint_heard(w, at, len, r);
		else if (len > 0)
			err = entry_heard(w, at, len, r);
		at += len + 1;
	}
	return err;
}

int
edge_asked(struct run *run, struct edge_word *out, const char *url, uint64_t from,
	const struct roster *roster)
{
	struct edge_word w = {.direct = true, .up = true};
	struct buffer address = {0}, all = {0};
	struct fault fault = {""};
	size_t len = strlen(url);
	enum err err;

	if (!is_url(url))
		return fail(
			run, EXIT_USAGE, "\"%s\" is no http:// or https:// address", url);
	while (len > 0 && url[len - 1] == '/')
		len--;
	snprintf(w.name, sizeof w.name, "%.*s", (int)len, url);
	write_bytes(&address, url, len);
	write_format(&address, "/bulletin?after=%llu", (unsigned long long)from);
	err = web_get(buffer_text(&address), take, &all, &fault);
	buffer_free(&address);
	if (err == ERR_OK && lines_heard(&w, &all, roster) != ERR_OK) {
		buffer_free(&all);
		return fail(run, EXIT_UNVERIFIED,
			"%s shows entries or a heartbeat that no hub of roster %u signed",
			url, roster->serial);
	}
	buffer_free(&all);
	if (err != ERR_OK)
		return fail(run, EXIT_FAILED, "%s",
			fault.text[0] != '\0' ? fault.text : err_name(err));
	*out = w;
	return EXIT_GOOD;
}
