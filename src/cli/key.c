/* SPDX-License-Identifier: GPL-3.0-or-later */
/* key.c: key files: JSON, readable by their person alone. */
#include "cli/key.h"

#include "base/text.h"
#include "cli/files.h"
#include "cli/say.h"

#include <errno.h>
#include <fcntl.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { KEY_FILE_MAX = 4096 };

static enum err
mode_check(const char *path, struct fault *fault)
{
	struct stat st;

	if (stat(path, &st) != 0)
		return fault_set(fault, ERR_IO, "key file %s: %s", path, strerror(errno));
	if (!S_ISREG(st.st_mode))
		return fault_set(fault, ERR_FORMAT, "key file %s: not a file", path);
	if (st.st_mode & 077)
		return fault_set(fault, ERR_REFUSED,
			"key file %s: others may read this key (mode %03o); mend it with: "
			"chmod "
			"600 %s, and think about who has read it",
			path, (unsigned)st.st_mode & 0777, path);
	return ERR_OK;
}

static enum err
fields_read(struct key *out, const json_t *o, const char *path, struct fault *fault)
{
	const char *person = json_text(o, "person");
	json_int_t number = json_number(o, "number");
	uint8_t seed[32];

	if (strcmp(json_text(o, "format"), "belfry-key-1") != 0)
		return fault_set(fault, ERR_VERSION,
			"key file %s: its format is not belfry-key-1", path);
	if (person[0] == '\0' || strlen(person) >= sizeof out->person || number < 1 ||
		number > UINT16_MAX || hex_read(seed, 32, json_text(o, "seed")) != ERR_OK)
		return fault_set(fault, ERR_FORMAT,
			"key file %s: needs person (up to 47 bytes), number (1 to 65535) "
			"and "
			"seed (64 hexadecimal digits)",
			path);
	snprintf(out->person, sizeof out->person, "%s", person);
	out->number = (uint16_t)number;
	out->secret = secret_key_from_seed(seed);
	sodium_memzero(seed, sizeof seed);
	return ERR_OK;
}

enum err
key_read(struct key *out, const char *path, struct fault *fault)
{
	struct buffer text = {0};
	json_error_t where;
	json_t *o = NULL;
	enum err err = mode_check(path, fault);

	if (err == ERR_OK)
		err = input_read(&text, path, KEY_FILE_MAX, fault);
	if (err == ERR_OK) {
		o = json_loadb(
			buffer_text(&text), text.len, JSON_REJECT_DUPLICATES, &where);
		err = o != NULL ? fields_read(out, o, path, fault)
				: fault_set(fault, ERR_FORMAT,
					  "key file %s, line %d, column %d: %s", path,
					  where.line, where.column, where.text);
	}
	json_decref(o);
	if (text.at != NULL)
		sodium_memzero(text.at, text.len);
	buffer_free(&text);
	return err;
}

enum err
key_write(const char *path, const struct key *key, struct fault *fault)
{
	char seed[65], *text;
	json_t *o;
	int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	bool good;

	if (fd < 0)
		return errno == EEXIST
			       ? fault_set(fault, ERR_DUPLICATE,
					 "%s is there already; a key is never written over",
					 path)
			       : fault_set(fault, ERR_IO, "%s: %s", path, strerror(errno));
	hex_write(seed, key->secret.seed, sizeof key->secret.seed);
	o = json_pack("{s:s,s:s,s:i,s:s}", "format", "belfry-key-1", "person", key->person,
		"number", key->number, "seed", seed);
	text = json_dumps(o, JSON_INDENT(1));
	json_decref(o);
	good = text != NULL && dprintf(fd, "%s\n", text) == (int)strlen(text) + 1 &&
	       fsync(fd) == 0;
	good &= close(fd) == 0;
	free(text);
	sodium_memzero(seed, sizeof seed);
	if (good)
		return ERR_OK;
	unlink(path);
	return fault_set(fault, ERR_IO, "%s: %s", path, strerror(errno));
}

int
key_of_run(const struct run *run, struct key *out)
{
	const char *path = run_option(run, "key");
	struct fault fault = {""};
	enum err err;

	if (path == NULL)
		path = getenv("BELFRY_KEY");
	if (path == NULL || path[0] == '\0')
		return fail(run, EXIT_USAGE,
			"whose key signs? Give --key FILE, or set BELFRY_KEY");
	err = key_read(out, path, &fault);
	return err == ERR_OK ? EXIT_GOOD : fail_err(run, err, &fault);
}

json_t *
key_sign(const struct key *key, const struct hash *digest)
{
	struct signature s =
		signature_make(&key->secret, bytes_of(digest->at, sizeof digest->at));
	struct buffer b = {0};
	json_t *out;

	base64_write(&b, bytes_of(s.at, sizeof s.at));
	out = json_string(buffer_text(&b));
	buffer_free(&b);
	return out;
}
