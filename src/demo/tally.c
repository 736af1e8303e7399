/* SPDX-License-Identifier: GPL-3.0-or-later */
/* tally.c: relay closings against orders. */
#include "demo/tally.h"

#include "base/text.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum err
tally_new(struct tally *out, const char *log, size_t boxes, struct fault *fault)
{
	struct tally t = {.boxes = boxes, .log = open(log, O_RDONLY | O_CLOEXEC)};

	if (t.log < 0)
		return fault_set(fault, ERR_IO, "%s: %s", log, strerror(errno));
	t.box = calloc(boxes + 1, sizeof *t.box);
	if (t.box == NULL) {
		close(t.log);
		return ERR_NOMEM;
	}
	*out = t;
	return ERR_OK;
}

void
tally_free(struct tally *t)
{
	if (t->box == NULL)
		return;
	for (size_t i = 0; i <= t->boxes; i++)
		free(t->box[i].owed);
	free(t->box);
	free(t->latency_ns);
	buffer_free(&t->rest);
	close(t->log);
	*t = (struct tally){0};
}

enum err
tally_owe(struct tally *t, size_t box, bool alarm, int64_t now_ns)
{
	struct box_tally *b = &t->box[box];

	if (b->owed_count == b->owed_cap) {
		size_t cap = b->owed_cap ? b->owed_cap * 2 : 8;
		struct owed *at = realloc(b->owed, cap * sizeof *at);

		if (at == NULL)
			return ERR_NOMEM;
		b->owed = at;
		b->owed_cap = cap;
	}
	b->owed[b->owed_count++] = (struct owed){now_ns, alarm};
	return ERR_OK;
}

static void
latency_add(struct tally *t, int64_t ns)
{
	if (t->latencies == t->latency_cap) {
		size_t cap = t->latency_cap ? t->latency_cap * 2 : 1024;
		int64_t *at = realloc(t->latency_ns, cap * sizeof *at);

		if (at == NULL)
			return;
		t->latency_ns = at;
		t->latency_cap = cap;
	}
	t->latency_ns[t->latencies++] = ns;
}

static void
closed(struct tally *t, struct box_tally *b, int64_t at_ns)
{
	const struct owed *o = &b->owed[b->paid];

	b->closed_ns = at_ns;
	if (b->paid < b->owed_count && o->ordered_ns <= at_ns) {
		if (o->alarm) {
			b->alarms++;
			latency_add(t, at_ns - o->ordered_ns);
		} else {
			b->all_clears++;
		}
		b->paid++;
	} else if (b->paid > 0) {
		b->doubled++;
	} else {
		b->unsigned_++;
	}
}

/* "monotonic_ns realtime_ms box on|off" */
static enum err
line_take(struct tally *t, const char *line)
{
	long long ns, ms;
	unsigned long box;
	char word[8];

	if (sscanf(line, "%lld %lld %lu %7s", &ns, &ms, &box, word) != 4 || box == 0 ||
		box > t->boxes)
		return ERR_FORMAT;
	if (strcmp(word, "on") == 0)
		closed(t, &t->box[box], ns);
	return ERR_OK;
}

enum err
tally_read(struct tally *t, struct fault *fault)
{
	char part[65536], *end;
	ssize_t n;
	size_t used = 0;

	while ((n = read(t->log, part, sizeof part)) > 0)
		write_bytes(&t->rest, part, (size_t)n);
	if (n < 0)
		return fault_set(fault, ERR_IO, "the cabinets' log: %s", strerror(errno));
	while (used < t->rest.len &&
		(end = memchr(t->rest.at + used, '\n', t->rest.len - used)) != NULL) {
		*end = '\0';
		if (line_take(t, (char *)t->rest.at + used) != ERR_OK)
			return fault_set(fault, ERR_FORMAT,
				"the cabinets' log has a bad line: %.80s",
				(char *)t->rest.at + used);
		used = (size_t)(end + 1 - (char *)t->rest.at);
	}
	buffer_consume(&t->rest, used);
	return t->rest.err;
}

bool
tally_rests(const struct tally *t, size_t box, int64_t rest_ms, int64_t now_ns)
{
	const struct box_tally *b = &t->box[box];

	return b->paid == b->owed_count && now_ns - b->closed_ns >= rest_ms * 1000000;
}

size_t
tally_open(const struct tally *t)
{
	size_t n = 0;

	for (size_t i = 1; i <= t->boxes; i++)
		n += t->box[i].owed_count - t->box[i].paid;
	return n;
}

static int
by_size(const void *a, const void *b)
{
	int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;

	return x < y ? -1 : x > y;
}

struct tally_sums
tally_sums(struct tally *t)
{
	struct tally_sums s = {0};

	for (size_t i = 1; i <= t->boxes; i++) {
		const struct box_tally *b = &t->box[i];

		s.sounded += b->alarms;
		s.all_clears += b->all_clears;
		s.missed += b->owed_count - b->paid;
		s.doubled += b->doubled;
		s.unsigned_ += b->unsigned_;
	}
	if (t->latencies == 0)
		return s;
	qsort(t->latency_ns, t->latencies, sizeof *t->latency_ns, by_size);
	s.p50_ms = (double)t->latency_ns[t->latencies / 2] / 1e6;
	s.p99_ms = (double)t->latency_ns[t->latencies * 99 / 100] / 1e6;
	s.last_ms = (double)t->latency_ns[t->latencies - 1] / 1e6;
	return s;
}
