/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * config.h: belfryd's configuration file: JSON, doc/man/belfryd.8. Paths in it are relative to
 * the folder that the file is in.
 */
#ifndef CONSOLE_CONFIG_H
#define CONSOLE_CONFIG_H

#include "cap/playbook.h"
#include "hub/hub.h"
#include "loop/file.h"
#include "store/store_thread.h"

struct edge_config {
	const char *name, *address, *pin; /* the edge's link address and TLS fingerprint */
};

struct hub_config {
	struct arena *arena; /* all text lives here */
	const char *name, *journal, *key_file, *roster, *socket, *console, *sender,
		*sender_name; /* may be NULL */
	const char *patterns, *playbooks, *web, *tls_key, *tls_certificate;
	const char *identifier, *cap_key; /* of CAP messages; NULL: none */
	const char *sources; /* JSON, for others to read (source/conf.h); NULL: none */
	uint32_t term;
	bool alone;
	size_t edges;
	struct edge_config edge[HUB_EDGES];
	struct store_thread_test test;
};

/* Errors: ERR_IO, ERR_FORMAT; the sentence names file, line and column, or the field. */
CHECKED enum err hub_config_read(
	struct hub_config *out, const char *path, struct fault *fault);
void hub_config_free(struct hub_config *c);

/* A whole file that nobody but its owner may read. Errors: ERR_REFUSED (others may), those of
 * file_read(). */
CHECKED enum err private_file_read(
	struct buffer *out, const char *path, size_t max, struct fault *fault);
/* A 32-byte seed as 64 hexadecimal digits in a file of mode 0600 or stricter. Errors:
 * ERR_REFUSED (others may read it), ERR_FORMAT, ERR_IO. */
CHECKED enum err seed_file_read(uint8_t seed[32], const char *path, struct fault *fault);

/* Every *.json of the folder, in `arena`. Errors: those of playbook_read(), ERR_IO. */
CHECKED enum err playbooks_load(struct playbook **out, size_t *count, struct arena *arena,
	const char *folder, struct fault *fault);

#endif
