/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * config.h: belfry-edge's configuration file: JSON, doc/man/belfry-edge.8. Paths in it are relative
 * to the folder that the file is in.
 */
#ifndef PUBLIC_CONFIG_H
#define PUBLIC_CONFIG_H

#include "base/arena.h"
#include "bulletin/spool.h"
#include "edge/edge.h"
#include "loop/file.h"
#include "store/store_thread.h"

enum { EDGE_LISTENS = 8 };

struct edge_config {
	struct arena *arena; /* all text lives here */
	const char *name, *territory_name, *url;
	const char *listen[EDGE_LISTENS];
	size_t listens;
	const char *link, *tls_key, *tls_certificate;
	const char *pin[EDGE_HUBS];
	size_t pins;
	const char *roster, *state, *web;
	int64_t connections, queue_bytes, spool_file_bytes;
	struct spool_limits limits;
	struct store_thread_test test;
};

/* Errors: ERR_IO, ERR_FORMAT, ERR_RANGE; the sentence names file, line and column. */
CHECKED enum err edge_config_read(
	struct edge_config *out, const char *path, struct fault *fault);
void edge_config_free(struct edge_config *c);

#endif
