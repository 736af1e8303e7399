/* SPDX-License-Identifier: GPL-3.0-or-later */
/* speaker.h: plays a pattern in a child process, which is this program started again with
 * --play: sound blocks, and must never hold up the relay. */
#ifndef BOX_SPEAKER_H
#define BOX_SPEAKER_H

#include "box/conf.h"
#include "loop/loop.h"

/* In its owner's memory; start from {0} with loop and conf. */
struct speaker {
	struct loop *loop;
	const struct box_conf *conf; /* borrowed */
	pid_t child;		     /* 0: none */
};

/* Play what is left of `p` after `elapsed_ms`, from its beginning (a wail sounds the same). What
 * played before falls silent. Without a speaker nothing happens. */
void speaker_play(
	struct speaker *s, const struct pattern *p, uint32_t seconds, int64_t elapsed_ms);
void speaker_quiet(struct speaker *s);

#endif
