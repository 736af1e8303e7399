/* SPDX-License-Identifier: GPL-3.0-or-later */
/* inside.h: what the files of the sources share with each other and with nobody else. */
#ifndef SOURCE_INSIDE_H
#define SOURCE_INSIDE_H

#include "source/readers.h"
#include "source/sources.h"
#include "source/web.h"

enum { SOURCE_WHY = 300 };

/* One round of polling: from the feed to the last of its links. */
struct round {
	json_t *links; /* what the feed named */
	size_t next;   /* of these */
	size_t under_way, missing;
	char why[SOURCE_WHY]; /* the first thing that went wrong */
	char etag[WEB_TAG_MAX], modified[WEB_TAG_MAX], url[WEB_URL_MAX];
	int64_t until_ms; /* monotonic */
	bool over;
};

struct step;

struct source {
	struct sources *of;
	const struct source_conf *conf;
	struct foreign *f;
	struct loop_timer due;
	struct web_get *get; /* of the feed */
	struct round round;
	struct step *steps; /* links that are being followed; poll.c */
	char etag[WEB_TAG_MAX], modified[WEB_TAG_MAX]; /* of the last complete answer */
	unsigned failures;			       /* in a row */
	uint64_t polls, reads;
};

struct posting;

struct sources {
	struct loop *loop;
	struct web *web;
	struct readers *readers;
	struct source *at;
	size_t count;
	struct posting *postings;
	struct buffer listed; /* what was told last */
	int64_t listed_ms;    /* when; monotonic; 0: something changed since */
	struct loop_timer look;
	sources_publish *publish;
	void *publish_ctx;
	char *published;      /* the newest list; NULL: none yet */
	int64_t published_ms; /* monotonic */
};

/* poll.c */
void poll_start(struct source *s); /* the first round, soon */
void poll_end(struct source *s);

/* post.c */
void post_request(
	struct sources *all, struct http_exchange *x, const struct http_request *req);
void postings_end(struct sources *all);

/* {"error": why} */
void source_refuse(struct http_exchange *x, int status, const char *why);

#endif
