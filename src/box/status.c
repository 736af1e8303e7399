/* SPDX-License-Identifier: GPL-3.0-or-later */
/* status.c: counts, and a small file that is replaced whole. */
#include "box/status.h"

#include "box/must.h"

#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <unistd.h>

size_t
process_memory(void)
{
	FILE *f = fopen("/proc/self/statm", "re");
	size_t pages = 0;

	if (f == NULL)
		return 0;
	if (fscanf(f, "%*u %zu", &pages) != 1)
		pages = 0;
	fclose(f);
	return pages * (size_t)sysconf(_SC_PAGESIZE);
}

struct sums {
	uint64_t sounded, refused[VERDICT_COUNT];
	size_t sounding, sure, unordered, live;
};

static struct sums
sum_up(const struct station *st)
{
	struct sums s = {0};
	int64_t now = loop_monotonic_ms();

	for (size_t i = 0; i < st->enrolment->count; i++) {
		struct siren_view v = siren_view(st->box[i].brain, now);

		s.sounded += v.sounded;
		s.sounding += v.sounding != 0;
		s.sure += v.clock_sure;
		s.unordered += v.unordered;
		s.live += v.live;
		for (int k = 0; k < VERDICT_COUNT; k++)
			s.refused[k] += v.refused[k];
	}
	return s;
}

static void
write_edges(struct buffer *out, const struct station *st)
{
	write_text(out, "\"edges\":{");
	for (size_t i = 0; i < st->conf->edges; i++)
		write_format(out, "%s\"%s\":%zu", i > 0 ? "," : "", st->conf->edge[i],
			st->up[i]);
	write_text(out, "}");
}

static void
write_refused(struct buffer *out, const struct sums *s)
{
	const char *comma = "";

	write_text(out, "\"refused\":{");
	for (int k = 0; k < VERDICT_COUNT; k++)
		if (s->refused[k] > 0) {
			write_format(out, "%s\"%s\":%" PRIu64, comma, verdict_name(k),
				s->refused[k]);
			comma = ",";
		}
	write_text(out, "}");
}

void
status_write(struct buffer *out, const struct station *st)
{
	struct sums s = sum_up(st);
	struct post_counts p = post_counts(st->post);

	write_format(out, "{\"time_ms\":%" PRId64 ",\"boxes\":%zu,\"listening\":%zu,",
		loop_now_ms(), st->enrolment->count, st->listening);
	write_edges(out, st);
	write_format(out,
		",\"sounding\":%zu,\"relays\":%zu,\"closings\":%" PRIu64
		",\"sounded\":%" PRIu64 ",\"live\":%zu,\"clock_sure\":%zu"
		",\"unordered\":%zu,",
		s.sounding, st->relays, st->closings, s.sounded, s.live, s.sure,
		s.unordered);
	write_refused(out, &s);
	write_format(out,
		",\"receipts\":{\"waiting\":%zu,\"flying\":%zu,\"held\":%zu,\"posts\":"
		"%" PRIu64 ",\"failed\":%" PRIu64 "},\"disk\":\"%s\",\"cabinets\":\"%s\""
		",\"memory\":%zu}\n",
		p.waiting, p.flying, p.held, p.posts, p.failed, err_name(st->disk_state),
		st->hand_lost ? "lost" : "there", process_memory());
}

static void
put_file(const char *path, const struct buffer *text)
{
	char fresh[PATH_MAX];
	FILE *f;
	bool good;

	snprintf(fresh, sizeof fresh, "%s.new", path);
	f = fopen(fresh, "we");
	if (f == NULL)
		return;
	good = fwrite(text->at, 1, text->len, f) == text->len;
	if (fclose(f) == 0 && good)
		(void)!rename(fresh, path);
}

static void
refresh(void *ctx)
{
	struct station *st = ctx;
	struct buffer text = {0};

	status_write(&text, st);
	if (text.err == ERR_OK)
		put_file(st->conf->status, &text);
	buffer_free(&text);
	timer_must(st->loop, &st->status_timer, STATUS_MS, refresh, st);
}

void
status_start(struct station *st)
{
	if (st->conf->status != NULL)
		refresh(st);
}
