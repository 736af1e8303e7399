/* SPDX-License-Identifier: GPL-3.0-or-later */
/* speaker.c: the one child of a box. */
#include "box/speaker.h"

#include <signal.h>
#include <stdio.h>

static void
ended(void *ctx, pid_t pid, int status)
{
	struct speaker *s = ctx;

	if (s->child == pid)
		s->child = 0;
	if (status != 0)
		fprintf(stderr, "belfry-siren: the sound ended with status %d\n", status);
}

void
speaker_quiet(struct speaker *s)
{
	if (s->child == 0)
		return;
	loop_child_forget(s->loop, s->child);
	kill(s->child, SIGTERM);
	s->child = 0;
}

void
speaker_play(
	struct speaker *s, const struct pattern *p, uint32_t seconds, int64_t elapsed_ms)
{
	char number[8], length[16];
	const char *argv[] = {"/proc/self/exe", "--play", number, "--seconds", length,
		"--patterns", s->conf->patterns, "--sound", s->conf->sound_text, NULL};
	const struct loop_spawn how = {
		.argv = argv, .in_fd = -1, .out_fd = -1, .err_fd = -1};
	int64_t left_ms = pattern_total_ms(p, seconds) - elapsed_ms;
	struct fault why;

	speaker_quiet(s);
	if (s->conf->sound.way == SOUND_NONE || left_ms <= 0)
		return;
	if (elapsed_ms > 0)
		seconds = (uint32_t)((left_ms + 999) / 1000);
	snprintf(number, sizeof number, "%u", p->number);
	snprintf(length, sizeof length, "%u", (unsigned)seconds);
	if (loop_spawn(s->loop, &s->child, &how, ended, s, &why) != ERR_OK) {
		s->child = 0;
		fprintf(stderr, "belfry-siren: no sound: %s\n", why.text);
	}
}
