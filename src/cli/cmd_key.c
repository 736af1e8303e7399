/* SPDX-License-Identifier: GPL-3.0-or-later */
/* cmd_key.c: `belfry key`: make a key file, and show its public half. */
#include "cli/commands.h"

#include "base/text.h"
#include "cli/key.h"
#include "cli/say.h"

#include <errno.h>
#include <fcntl.h>
#include <sodium.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static int
show(const struct run *run, const struct public_key *public, const char *person, int number)
{
	struct buffer b64 = {0};
	char brief[9];

	base64_write(&b64, bytes_of(public->at, sizeof public->at));
	public_key_short(brief, public);
	if (!say_json(
		    run, json_pack("{s:s,s:i,s:s,s:s}", "person", person, "number", number,
				 "public_key", buffer_text(&b64), "short", brief))) {
		say_field("Person", person);
		say("  Number     %d\n  Public key %s\n  Short      %s (compare it "
		    "aloud)\n",
			number, buffer_text(&b64), brief);
	}
	buffer_free(&b64);
	return EXIT_GOOD;
}

/* A hub's key: 64 hexadecimal digits, as belfryd reads it. */
static int
new_hub(const struct run *run, const char *path, const struct secret_key *secret)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	char seed[65];
	bool good;

	if (fd < 0)
		return fail(run, EXIT_FAILED, "%s: %s", path, strerror(errno));
	hex_write(seed, secret->seed, sizeof secret->seed);
	good = dprintf(fd, "%s\n", seed) == 65 && fsync(fd) == 0;
	good &= close(fd) == 0;
	sodium_memzero(seed, sizeof seed);
	if (!good)
		return fail(run, EXIT_FAILED, "%s: %s", path, strerror(errno));
	return show(run, &secret->public, "hub", 0);
}

static int
key_new(struct run *run)
{
	const char *person = run_option(run, "person"), *text = run_option(run, "number");
	struct key key = {.person = ""};
	struct fault fault = {""};
	uint8_t seed[32];
	uint64_t number = 0;
	enum err err;

	randombytes_buf(seed, sizeof seed);
	key.secret = secret_key_from_seed(seed);
	sodium_memzero(seed, sizeof seed);
	if (run_has(run, "for-hub"))
		return new_hub(run, run->argument[0], &key.secret);
	if (person == NULL || person[0] == '\0' || strlen(person) >= sizeof key.person)
		return fail(run, EXIT_USAGE, "--person NAME is needed, up to 47 bytes");
	if (text == NULL ||
		number_read(&number, text, strlen(text), UINT16_MAX) != ERR_OK ||
		number == 0)
		return fail(run, EXIT_USAGE, "--number N is needed, from 1 to 65535");
	memcpy(key.person, person, strlen(person) + 1);
	key.number = (uint16_t)number;
	err = key_write(run->argument[0], &key, &fault);
	if (err != ERR_OK)
		return fail(run, EXIT_FAILED, "%s", fault.text);
	return show(run, &key.secret.public, key.person, key.number);
}

static int
key_show(struct run *run)
{
	struct fault fault = {""};
	struct key key;
	enum err err;

	if (run->arguments == 0) {
		int code = key_of_run(run, &key);

		return code != EXIT_GOOD
			       ? code
			       : show(run, &key.secret.public, key.person, key.number);
	}
	err = key_read(&key, run->argument[0], &fault);
	if (err != ERR_OK)
		return fail_err(run, err, &fault);
	return show(run, &key.secret.public, key.person, key.number);
}

int
command_key(int argc, char **argv)
{
	static const struct option_line new_options[] = {
		{"person", "NAME",
			"whose key it is; two keys of one person are one operator"},
		{"number", "N", "the key's number in the roster, never used again"},
		{"for-hub", NULL, "make a hub's key instead, as belfryd reads it"},
		{NULL, NULL, NULL},
	};
	static const struct cli_verb verbs[] = {
		{"new", "FILE", "Make a key file and print its public half", 0, 1, 1,
			new_options, key_new},
		{"show", "[FILE]", "Print the public half of a key file", USES_KEY, 0, 1,
			NULL, key_show},
		{NULL, NULL, NULL, 0, 0, 0, NULL, NULL},
	};

	return command_verbs("key", "Key files of persons", verbs, argc, argv);
}
