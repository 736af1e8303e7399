/* SPDX-License-Identifier: GPL-3.0-or-later */
/* intake_inside.h: what intake.c and intake_files.c share. */
#ifndef PUBLIC_INTAKE_INSIDE_H
#define PUBLIC_INTAKE_INSIDE_H

#include "public/intake.h"
#include "public/writer.h"

#include <jansson.h>

/* Kinds of records in a spool file (doc/formats/edge.md). */
enum spool_record {
	SPOOL_RECORD_HEAD =
		1, /* first of each file: the spool's number, u64, and the edge's name */
	SPOOL_RECORD_MESSAGE, /* bulletin/spool.h */
	SPOOL_RECORD_CURSOR,  /* the hub's 32-byte key, and a cursor line that it signed */
};

/* An exchange that waits for the disk. */
struct asker {
	struct asker *next;
	struct http_exchange *x;
	uint64_t newest; /* number that must be on the disk */
	json_t *body;
	bool any; /* something is held */
	int status, retry_s;
};

enum { OLD_FILES = 64 };
struct old_file {
	unsigned generation;
	uint64_t last; /* number of its last message */
};

struct intake {
	struct loop *loop;
	struct intake_conf conf; /* names in it are the two below */
	char folder[4096], name[SPOOL_EDGE_MAX + 1];
	uint8_t dice[16];
	uint64_t number; /* of the spool */
	struct spool *spool;
	struct writer *writer;
	unsigned generation; /* of the file that is written */
	uint64_t file_taken; /* bytes */
	struct old_file old[OLD_FILES];
	size_t old_count;
	/* Frames of LINK_SPOOL: number first_number at held[held_first], and so on. */
	struct bytes *held;
	size_t held_first, held_count, held_cap;
	uint64_t first_number;
	uint64_t posted, committed; /* numbers up to here */
	struct asker *asker, **last_asker;
	struct {
		bool up;
		uint64_t sent;
	} hub[EDGE_HUBS];
	struct spool_cursor cursor;   /* the newest; received 0: none yet */
	struct public_key cursor_hub; /* who signed it */
	bool cursor_due;	      /* not on the disk yet */
	uint64_t cursor_posted; /* on its way to the disk: received to here; 0: none */
	bool well;
	struct intake_counts counts;
};

struct bytes *held_at(const struct intake *in, uint64_t number);
bool held_add(struct intake *in, const struct spool_message *m);
void held_drop_to(struct intake *in, uint64_t number);

writer_done intake_written;

/* intake_files.c */
void intake_cursor_write(struct buffer *out, const struct intake *in);
/* Begin a new file; the old ones stay until the hub has what is in them. */
void intake_next_file(struct intake *in);
void intake_drop_files(struct intake *in, uint64_t received);

#endif
