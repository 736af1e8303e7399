/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * intake_files.c: the spool's files. A store only grows; so the spool is a row of small ones, and
 * one is deleted as a whole when the hub has all that is in it.
 */
#include "public/intake_inside.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

enum { FILE_BYTES = 32 << 20, PATH_ROOM = 4096 + 32 };

static void
path_of(char out[PATH_ROOM], const struct intake *in, unsigned generation, const char *tail)
{
	snprintf(out, PATH_ROOM, "%s/spool-%08u.db%s", in->conf.folder, generation, tail);
}

void
intake_cursor_write(struct buffer *out, const struct intake *in)
{
	write_bytes(out, in->cursor_hub.at, sizeof in->cursor_hub.at);
	spool_cursor_write(out, &in->cursor);
}

/* ---- a new file ---- */

static void
done_with(struct intake *in, uint64_t last)
{
	if (in->old_count < OLD_FILES)
		in->old[in->old_count++] = (struct old_file){in->generation, last};
}

static enum err
head_append(struct intake *in, struct writer *w)
{
	struct buffer head = {0}, cursor = {0};
	struct store_record records[2] = {
		{.kind = SPOOL_RECORD_HEAD}, {.kind = SPOOL_RECORD_CURSOR}};
	enum err err;

	write_u64(&head, in->number);
	write_text(&head, in->conf.name);
	intake_cursor_write(&cursor, in);
	records[0].time_ms = records[1].time_ms = loop_now_ms();
	records[0].bytes = buffer_bytes(&head);
	records[1].bytes = buffer_bytes(&cursor);
	err = store_append(writer_store(w), records, in->cursor.received > 0 ? 2 : 1);
	buffer_free(&head);
	buffer_free(&cursor);
	return err;
}

/* The writer that comes is not started yet. */
static enum err
file_begin(struct writer **out, struct intake *in, unsigned generation, struct fault *fault)
{
	char path[PATH_ROOM];
	struct writer *w;
	enum err err;

	path_of(path, in, generation, "");
	err = writer_open(&w, path, NULL, fault);
	if (err != ERR_OK)
		return err;
	err = head_append(in, w);
	if (err != ERR_OK) {
		writer_free(w);
		return fault_set(fault, err, "%s: cannot be written", path);
	}
	*out = w;
	return ERR_OK;
}

void
intake_next_file(struct intake *in)
{
	struct fault fault = {""};
	struct writer *next;

	in->file_taken = 0;
	if (in->old_count == OLD_FILES)
		return;
	if (file_begin(&next, in, in->generation + 1, &fault) != ERR_OK ||
		writer_start(next, in->loop, &in->conf.test, intake_written, in) !=
			ERR_OK) {
		in->conf.log(in->conf.ctx, fault.text);
		return;
	}
	writer_free(in->writer);
	done_with(in, in->posted);
	in->writer = next;
	in->generation++;
}

static void
file_delete(const struct intake *in, unsigned generation)
{
	static const char *const tail[] = {"", "-wal", "-shm", "-lock"};
	char path[PATH_ROOM];

	for (size_t i = 0; i < sizeof tail / sizeof *tail; i++) {
		path_of(path, in, generation, tail[i]);
		if (unlink(path) != 0 && errno != ENOENT)
			in->conf.log(in->conf.ctx, "an old spool file cannot be deleted");
	}
}

void
intake_drop_files(struct intake *in, uint64_t received)
{
	size_t kept = 0;

	for (size_t i = 0; i < in->old_count; i++)
		if (in->old[i].last <= received)
			file_delete(in, in->old[i].generation);
		else
			in->old[kept++] = in->old[i];
	in->old_count = kept;
}

/* ---- at start ---- */

static enum err
read_head(struct intake *in, struct bytes bytes)
{
	struct reader r = reader_over(bytes.at, bytes.len);
	uint64_t number = read_u64(&r);
	bool same =
		r.left == strlen(in->conf.name) && memcmp(r.at, in->conf.name, r.left) == 0;

	if (r.err != ERR_OK || !same || (in->number != 0 && in->number != number))
		return ERR_CONFLICT;
	if (in->number != 0)
		return ERR_OK;
	in->number = number;
	return spool_new(&in->spool, in->conf.territory, in->conf.name, number,
		&in->conf.limits, in->dice);
}

static enum err
read_message(struct intake *in, struct bytes bytes)
{
	struct spool_message m;
	size_t used;
	enum err err = spool_message_read(&m, bytes, &used);

	if (err == ERR_OK)
		err = spool_restore(in->spool, &m);
	if (err == ERR_OK && !held_add(in, &m))
		err = ERR_NOMEM;
	in->file_taken += bytes.len;
	return err;
}

static enum err
read_cursor(struct intake *in, struct bytes bytes)
{
	struct reader r = reader_over(bytes.at, bytes.len);
	struct spool_cursor c;

	read_into(&r, in->cursor_hub.at, sizeof in->cursor_hub.at);
	if (r.err != ERR_OK ||
		spool_cursor_read(&c, (const char *)r.at, r.left, NULL) != ERR_OK)
		return ERR_FORMAT;
	in->cursor = c;
	return ERR_OK;
}

/* A cursor is used when all messages are read: it may have been written before some of them. */
static enum err
read_one(void *ctx, const struct store_record *record)
{
	struct intake *in = ctx;

	if (record->kind == SPOOL_RECORD_HEAD)
		return read_head(in, record->bytes);
	if (in->spool == NULL)
		return ERR_CONFLICT;
	if (record->kind == SPOOL_RECORD_MESSAGE)
		return read_message(in, record->bytes);
	return record->kind == SPOOL_RECORD_CURSOR ? read_cursor(in, record->bytes)
						   : ERR_OK;
}

static enum err
file_read(struct intake *in, unsigned generation, struct fault *fault)
{
	char path[PATH_ROOM];
	struct writer *w;
	enum err err;

	path_of(path, in, generation, "");
	err = writer_open(&w, path, NULL, fault);
	if (err != ERR_OK)
		return err;
	if (in->writer != NULL) {
		writer_free(in->writer);
		done_with(in, spool_last(in->spool));
	}
	in->writer = w;
	in->generation = generation;
	in->file_taken = 0;
	err = store_each(writer_store(w), 0, read_one, in);
	/* Killed between making the file and its head. */
	if (err == ERR_OK && store_count(writer_store(w)) == 0 && in->spool != NULL)
		err = head_append(in, w);
	if (err != ERR_OK)
		return fault_set(fault, err, "%s: not a spool of edge %s (%s)", path,
			in->conf.name, err_name(err));
	return ERR_OK;
}

static int
spool_name(const struct dirent *d)
{
	unsigned generation;
	char end;

	return sscanf(d->d_name, "spool-%8u.db%c", &generation, &end) == 1;
}

static enum err
files_read(struct intake *in, struct fault *fault)
{
	struct dirent **name;
	int n = scandir(in->conf.folder, &name, spool_name, alphasort);
	enum err err = ERR_OK;

	if (n < 0)
		return fault_set(fault, ERR_IO, "%s: %s", in->conf.folder, strerror(errno));
	for (int i = 0; i < n; i++) {
		if (err == ERR_OK)
			err = file_read(in,
				(unsigned)strtoul(name[i]->d_name + 6, NULL, 10), fault);
		free(name[i]);
	}
	free(name);
	return err;
}

/* No file, or an empty one: a spool with a new number. */
static enum err
spool_begin(struct intake *in, struct fault *fault)
{
	enum err err;

	if (getrandom(&in->number, sizeof in->number, 0) != sizeof in->number)
		return fault_set(fault, ERR_IO, "the system gives no random bytes");
	in->number |= 1;
	err = spool_new(&in->spool, in->conf.territory, in->conf.name, in->number,
		&in->conf.limits, in->dice);
	if (err != ERR_OK)
		return fault_set(fault, err,
			"the limits of receipts: each is 1 or more, body up to %d",
			SPOOL_BODY_MAX);
	if (in->writer != NULL)
		return head_append(in, in->writer);
	in->generation = 1;
	return file_begin(&in->writer, in, 1, fault);
}

static enum err
begin(struct intake *in, struct fault *fault)
{
	uint64_t to;
	enum err err;

	if (mkdir(in->conf.folder, 0700) != 0 && errno != EEXIST)
		return fault_set(fault, ERR_IO, "%s: %s", in->conf.folder, strerror(errno));
	if (getrandom(in->dice, sizeof in->dice, 0) != sizeof in->dice)
		return fault_set(fault, ERR_IO, "the system gives no random bytes");
	err = files_read(in, fault);
	if (err == ERR_OK && in->spool == NULL)
		err = spool_begin(in, fault);
	if (err != ERR_OK)
		return err;
	if (in->cursor.received > 0 &&
		spool_receive(in->spool, &in->cursor, &in->cursor_hub, &to) == ERR_OK) {
		held_drop_to(in, to);
		intake_drop_files(in, to);
	}
	in->posted = in->committed = spool_last(in->spool);
	return writer_start(in->writer, in->loop, &in->conf.test, intake_written, in);
}

enum err
intake_open(struct intake **out, struct loop *loop, const struct intake_conf *conf,
	struct fault *fault)
{
	struct intake *in = calloc(1, sizeof *in);
	enum err err;

	if (in == NULL)
		return ERR_NOMEM;
	in->loop = loop;
	in->conf = *conf;
	snprintf(in->folder, sizeof in->folder, "%s", conf->folder);
	snprintf(in->name, sizeof in->name, "%s", conf->name);
	in->conf.folder = in->folder;
	in->conf.name = in->name;
	if (in->conf.file_bytes == 0)
		in->conf.file_bytes = FILE_BYTES;
	in->last_asker = &in->asker;
	in->well = true;
	err = begin(in, fault);
	if (err != ERR_OK) {
		intake_free(in);
		return err;
	}
	*out = in;
	return ERR_OK;
}

void
intake_free(struct intake *in)
{
	if (in == NULL)
		return;
	writer_free(in->writer);
	while (in->asker != NULL) {
		struct asker *a = in->asker;

		in->asker = a->next;
		http_exchange_say(a->x, 503, "this edge is ending; send it again");
		json_decref(a->body);
		free(a);
	}
	held_drop_to(in, UINT64_MAX);
	free(in->held);
	spool_free(in->spool);
	free(in);
}
