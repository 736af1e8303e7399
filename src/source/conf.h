/* SPDX-License-Identifier: GPL-3.0-or-later */
/* conf.h: whose alerts are asked for, and whose are taken: the field "sources" of belfryd.json
 * (doc/man/belfryd.8, doc/formats/source.md). */
#ifndef SOURCE_CONF_H
#define SOURCE_CONF_H

#include "alert/foreign.h"
#include "alert/foreign_list.h"
#include "base/arena.h"

enum { SOURCES_MAX = 64, SOURCE_PINS_MAX = 32, SOURCE_HOSTS_MAX = 16 };

struct source_conf {
	const char *name;
	const char *url;      /* NULL: it posts */
	struct hash post_key; /* SHA-256 of the key that it posts with; zero: it does not */
	int every_s, timeout_s; /* between two polls; for one request */
	int64_t silent_ms;	/* UNKNOWN after so long without a good answer; 0: never */
	const char *ca_file;	/* NULL: the system's */
	const char **host;	/* besides the URL's own, hosts that links may lead to */
	size_t hosts;
	struct dsig_pin *pin;
	size_t pins;
	struct foreign_rule rule; /* what of it is republished */
};

struct sources_conf {
	struct source_conf *at; /* in the arena */
	size_t count;
};

/*
 * `text`: the JSON of the field, NULL: no sources. `path`: the configuration file, for faults and
 * as what other files are relative to. Everything lives in the arena. Errors, with what and where:
 * ERR_FORMAT, ERR_RANGE, ERR_DUPLICATE (a name), ERR_IO, ERR_NOMEM.
 */
CHECKED enum err sources_conf_read(struct sources_conf *out, struct arena *arena,
	const char *text, const char *path, struct fault *fault);

#endif
