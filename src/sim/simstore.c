/* SPDX-License-Identifier: GPL-3.0-or-later */
/* simstore.c: the hub's journal: the real store, one commit after the other, in virtual time. */
#include "sim/world.h"

#include "wire/link.h"

#include <stdlib.h>
#include <string.h>

static const char path[] = "journal.db", backup[] = "backup.db";

static void
project(void *ctx, const struct store_record *record, struct store_rows *rows)
{
	uint64_t number;

	(void)ctx;
	if (hub_record_entry(record->kind, record->bytes, &number))
		store_rows_entry(rows, number);
}

enum err
hub_store_open(struct world *w, struct sim_hub *h, struct fault *fault)
{
	struct store_options options = {
		.vfs = h->vfs_name, .project = project, .project_version = 1};

	fault_vfs_set_time(h->vfs, clock_wall(w, &h->clock));
	return store_open(&h->store, path, &options, fault);
}

static void
batch_free(struct batch *b)
{
	for (size_t i = 0; i < b->count; i++)
		free((void *)b->record[i].bytes.at);
	free(b->record);
	*b = (struct batch){0};
}

void
hub_store_drop(struct sim_hub *h)
{
	for (size_t i = 0; i < h->queued; i++)
		batch_free(&h->queue[i]);
	h->queued = 0;
	batch_free(&h->open);
}

static void
append(struct world *w, struct sim_hub *h, const struct hub_wish *wish)
{
	struct batch *b = &h->open;
	uint8_t *copy = malloc(wish->bytes.len + 1);

	if (b->count == b->cap) {
		b->cap = b->cap ? b->cap * 2 : 4;
		b->record = realloc(b->record, b->cap * sizeof *b->record);
	}
	if (b->record == NULL || copy == NULL) {
		broken(w, "the simulator is out of memory");
		return;
	}
	memcpy(copy, wish->bytes.at, wish->bytes.len);
	b->record[b->count++] = (struct store_record){.time_ms = clock_wall(w, &h->clock),
		.kind = wish->record,
		.bytes = bytes_of(copy, wish->bytes.len)};
}

static int64_t
commit_ms(struct world *w, const struct sim_hub *h)
{
	switch (h->disk) {
	case DISK_WELL:
	case DISK_FAILS:
		return w->scripted ? DISK_GOOD_MS : dice_between(w, 1, 12);
	case DISK_SLOW:
		return dice_between(w, 100, 900);
	case DISK_HANGS:
		break;
	}
	return 250;
}

static void
work(struct world *w, struct sim_hub *h)
{
	if (h->disk_busy || h->queued == 0)
		return;
	h->disk_busy = true;
	happen(w, commit_ms(w, h), HAPPEN_HUB_DISK, h->i);
}

void
hub_store_post(struct world *w, struct sim_hub *h, const struct hub_wish *wish)
{
	if (wish->kind == HUB_APPEND) {
		append(w, h, wish);
		return;
	}
	if (h->queued == h->queue_cap) {
		h->queue_cap = h->queue_cap ? h->queue_cap * 2 : 8;
		h->queue = realloc(h->queue, h->queue_cap * sizeof *h->queue);
	}
	h->open.ticket = wish->ticket;
	h->queue[h->queued++] = h->open;
	h->open = (struct batch){0};
	work(w, h);
}

/* All that waits becomes one transaction, as the store's thread does it. */
static enum err
append_all(struct sim_hub *h)
{
	struct store_record *all;
	size_t n = 0, at = 0;
	enum err err;

	for (size_t i = 0; i < h->queued; i++)
		n += h->queue[i].count;
	all = malloc((n + 1) * sizeof *all);
	if (all == NULL)
		return ERR_NOMEM;
	for (size_t i = 0; i < h->queued; i++) {
		memcpy(all + at, h->queue[i].record, h->queue[i].count * sizeof *all);
		at += h->queue[i].count;
	}
	err = n > 0 ? store_append(h->store, all, n) : ERR_OK;
	for (size_t i = 0; err == ERR_OK && i < n; i++)
		h->durable += all[i].kind == HUB_RECORD_ENTRY;
	free(all);
	return err;
}

void
hub_node_disk(struct world *w, struct sim_hub *h)
{
	uint64_t ticket[64];
	size_t n = 0;
	enum err err;
	uint32_t life = h->life;

	h->disk_busy = false;
	if (h->paused || h->disk == DISK_HANGS) {
		work(w, h);
		return;
	}
	if (h->disk == DISK_FAILS) {
		static const enum fault_kind kinds[] = {
			FAULT_FULL, FAULT_WRITE, FAULT_SYNC};

		fault_vfs_fail_next(
			h->vfs, kinds[dice(w) % 3], (unsigned)dice_between(w, 0, 3));
	}
	fault_vfs_set_time(h->vfs, clock_wall(w, &h->clock));
	err = append_all(h);
	judge_hub_stored(w, h);
	if (err != ERR_OK)
		trace(w, h->vfs_name + 4, "commit failed: %s", err_name(err));
	for (size_t i = 0; i < h->queued; i++) {
		if (n < sizeof ticket / sizeof *ticket)
			ticket[n++] = h->queue[i].ticket;
		batch_free(&h->queue[i]);
	}
	h->queued = 0;
	for (size_t i = 0; i < n && h->life == life; i++)
		hub_node_step(w, h,
			&(struct hub_event){.kind = HUB_STORED,
				.stored = {.ticket = ticket[i], .ok = err == ERR_OK}});
}

struct feeding {
	struct world *w;
	struct sim_hub *h;
	int edge;
};

static enum err
feed_one(void *ctx, uint64_t number, const struct store_record *record)
{
	struct feeding *f = ctx;
	struct buffer frame = {0};

	(void)number;
	link_write(&frame, LINK_ENTRY, record->bytes);
	judge_hub_sends(f->w, f->h, buffer_bytes(&frame));
	stream_send(f->w, stream_hub(f->w, f->h->i, f->edge), 0, buffer_bytes(&frame));
	buffer_free(&frame);
	return ERR_OK;
}

void
hub_store_feed(struct world *w, struct sim_hub *h, int edge, uint64_t from)
{
	struct feeding f = {w, h, edge};

	if (store_entries(h->store, from, 100000, feed_one, &f) != ERR_OK)
		trace(w, h->vfs_name + 4, "cannot read its journal");
}

/* As an administrator does it: with the hub's own tool, between two commits. */
void
hub_node_backup(struct world *w, struct sim_hub *h)
{
	if (h->disk_busy || fault_vfs_copy(h->vfs, path, backup) != ERR_OK ||
		fault_vfs_copy(h->vfs, "journal.db-wal", "backup.db-wal") != ERR_OK)
		return;
	h->has_backup = true;
	trace(w, h->vfs_name + 4, "backup made at %llu entries",
		(unsigned long long)h->durable);
}

void
hub_node_restore(struct world *w, struct sim_hub *h)
{
	if (h->up || !h->has_backup || fault_vfs_copy(h->vfs, backup, path) != ERR_OK ||
		fault_vfs_copy(h->vfs, "backup.db-wal", "journal.db-wal") != ERR_OK)
		return;
	w->stats.backups++;
	h->restored = true;
	trace(w, h->vfs_name + 4, "backup put in place of the journal");
	judge_backup_restored(w);
}

static enum err
follow_one(void *ctx, const struct store_record *r)
{
	return store_append(ctx, r, 1);
}

/* The standby follows the journal: here, all at once, from a copy of the other's. What the copy
 * lacks, the edges have. */
bool
hub_node_follow(struct world *w, struct sim_hub *to, struct sim_hub *from)
{
	struct store_options reading = {.vfs = from->vfs_name, .read_only = true};
	struct fault fault = {""};
	struct store *store = NULL;

	hub_node_backup(w, from);
	if (to->up || !from->has_backup || hub_store_open(w, to, &fault) != ERR_OK)
		return false;
	if (store_count(to->store) == 0) {
		if (store_open(&store, backup, &reading, &fault) != ERR_OK ||
			store_each(store, 0, follow_one, to->store) != ERR_OK)
			broken(w, "the standby cannot follow the journal: %s", fault.text);
		store_close(store);
	}
	store_close(to->store);
	to->store = NULL;
	judge_backup_restored(w);
	return true;
}
