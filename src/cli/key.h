/* SPDX-License-Identifier: GPL-3.0-or-later */
/* key.h: a person's key file (doc/formats/key.md). It never leaves this machine. */
#ifndef CLI_KEY_H
#define CLI_KEY_H

#include "base/hash.h"
#include "cli/command.h"

enum { KEY_PERSON = 48 };

struct key {
	char person[KEY_PERSON];
	uint16_t number;
	struct secret_key secret;
};

/* Errors: ERR_IO, ERR_REFUSED (others may read it: the sentence says how to mend), ERR_FORMAT. */
CHECKED enum err key_read(struct key *out, const char *path, struct fault *fault);
/* Makes the file, mode 0600; never writes over one. Errors: ERR_DUPLICATE (there), ERR_IO. */
CHECKED enum err key_write(const char *path, const struct key *key, struct fault *fault);
/* The key of --key or BELFRY_KEY; says what is wrong. Gives an exit code. */
CHECKED int key_of_run(const struct run *run, struct key *out);
/* base64 of a signature over a digest, as JSON; the caller's. */
json_t *key_sign(const struct key *key, const struct hash *digest);

#endif
