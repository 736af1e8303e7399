/* SPDX-License-Identifier: GPL-3.0-or-later */
/* revoking.c: posts what is signed; a revocation collects its two signatures in a small file. */
#include "cli/revoking.h"

#include "base/text.h"
#include "cli/files.h"
#include "cli/review.h"
#include "cli/say.h"

#include <string.h>
#include <time.h>
#include <unistd.h>

enum { FILE_MAX = 4096 };

static int
entered(const struct run *run, json_t *answer)
{
	long long number = json_number(answer, "number");

	if (!run->json)
		say("It is entry %lld of the bulletin.\n", number);
	(void)say_json(run, answer);
	return EXIT_GOOD;
}

int
document_submit(struct run *run, const char *kind, const char *path)
{
	struct document d;
	struct arena *arena;
	struct buffer text = {0};
	json_t *post, *answer;
	int code;

	if (arena_new(&arena) != ERR_OK)
		return fail(run, EXIT_FAILED, "out of memory");
	code = document_of_file(run, &d, arena, path);
	if (code == EXIT_GOOD && d.approval_count < 2)
		code = fail(run, EXIT_REFUSED,
			"it has %zu signatures; two administrators must sign it: belfry %s "
			"sign "
			"%s",
			d.approval_count, kind, path);
	if (code == EXIT_GOOD) {
		document_write(&text, &d);
		post = json_loadb(buffer_text(&text), text.len, 0, NULL);
		json_object_set_new(post, "kind", json_string(kind));
		code = hub_ask(run, &answer, "POST", "/api/v1/documents", post);
		json_decref(post);
		if (code == EXIT_GOOD)
			code = entered(run, answer);
	}
	buffer_free(&text);
	arena_free(arena);
	return code;
}

static enum err
revocation_of_file(struct revocation *out, const char *path, struct fault *fault)
{
	struct buffer text = {0}, raw = {0};
	enum err err = input_read(&text, path, FILE_MAX, fault);

	while (err == ERR_OK && text.len > 0 && text.at[text.len - 1] == '\n')
		text.len--;
	if (err == ERR_OK)
		err = base64_read(&raw, (const char *)text.at, text.len);
	if (err == ERR_OK)
		err = revocation_read(out, buffer_bytes(&raw));
	if (err != ERR_OK && (fault->text[0] == '\0'))
		fault_write(fault, "%s: not a revocation", path);
	buffer_free(&text);
	buffer_free(&raw);
	return err;
}

static void
approve(struct revocation *v, const struct key *key)
{
	struct hash digest = revocation_digest(v);

	v->approval[v->approval_count].key = key->number;
	v->approval[v->approval_count++].signature =
		signature_make(&key->secret, bytes_of(digest.at, sizeof digest.at));
}

static int
post(struct run *run, const struct revocation *v)
{
	struct buffer raw = {0}, b64 = {0};
	json_t *o, *answer;
	int code;

	revocation_write(&raw, v);
	base64_write(&b64, buffer_bytes(&raw));
	o = json_pack("{s:s}", "revocation", buffer_text(&b64));
	code = hub_ask(run, &answer, "POST", "/api/v1/revocations", o);
	json_decref(o);
	buffer_free(&raw);
	buffer_free(&b64);
	return code == EXIT_GOOD ? entered(run, answer) : code;
}

static int
leave(struct run *run, const struct revocation *v, const char *path)
{
	struct buffer raw = {0}, b64 = {0};
	struct fault fault = {""};
	enum err err;

	revocation_write(&raw, v);
	base64_write(&b64, buffer_bytes(&raw));
	write_text(&b64, "\n");
	err = output_write(path, buffer_bytes(&b64), &fault);
	buffer_free(&raw);
	buffer_free(&b64);
	if (err != ERR_OK)
		return fail_err(run, err, &fault);
	if (!say_json(run, json_pack("{s:i}", "signatures", (int)v->approval_count))) {
		say("Signed by one administrator. The second one signs, and it takes "
		    "effect: belfry "
		    "roster revoke %u --file ",
			v->key);
		say_text(path);
		say("\n");
	}
	return EXIT_GOOD;
}

/* Start one, or go on with the one that another administrator left. */
static int
prepare(struct run *run, struct revocation *v, uint16_t number, const char *path)
{
	struct fault fault = {""};
	struct trust trust;
	int code;

	if (path != NULL && access(path, F_OK) == 0) {
		enum err err = revocation_of_file(v, path, &fault);

		if (err != ERR_OK)
			return fail(run, EXIT_FAILED, "%s", fault.text);
		return v->key == number && v->approval_count == 1
			       ? EXIT_GOOD
			       : fail(run, EXIT_REFUSED,
					 "%s revokes key %u and has %u signatures", path,
					 v->key, v->approval_count);
	}
	code = trust_open(run, &trust);
	if (code != EXIT_GOOD)
		return code;
	*v = (struct revocation){.territory = trust.roster.territory,
		.key = number,
		.time_s = (uint32_t)time(NULL)};
	if (roster_key(&trust.roster, number) == NULL)
		code = fail(run, EXIT_NOT_FOUND, "roster %u has no key %u",
			trust.roster.serial, number);
	trust_free(&trust);
	return code;
}

int
key_revoke(struct run *run)
{
	const char *path = run_option(run, "file"), *text = run->argument[0];
	struct revocation v;
	struct key key;
	uint64_t number;
	int code;

	if (number_read(&number, text, strlen(text), UINT16_MAX) != ERR_OK || number == 0)
		return fail(run, EXIT_USAGE, "\"%s\" is not a key's number", text);
	code = key_of_run(run, &key);
	if (code == EXIT_GOOD && path == NULL && key.number != number)
		code = fail(run, EXIT_USAGE,
			"another's key is revoked by two administrators: give --file FILE, "
			"and "
			"that file to the second one");
	if (code == EXIT_GOOD)
		code = prepare(run, &v, (uint16_t)number, path);
	if (code == EXIT_GOOD && !run->json)
		say("Key %u becomes void, for ever.\n", (unsigned)number);
	if (code == EXIT_GOOD)
		code = review_agree(run, "Sign the revocation? Type yes:");
	if (code != EXIT_GOOD)
		return code;
	approve(&v, &key);
	return v.approval_count == 2 || key.number == number ? post(run, &v)
							     : leave(run, &v, path);
}

static int
suspension_post(struct run *run, const struct suspension *s)
{
	struct buffer raw = {0}, b64 = {0};
	json_t *o, *answer;
	int code;

	suspension_write(&raw, s);
	base64_write(&b64, buffer_bytes(&raw));
	o = json_pack("{s:s}", "suspension", buffer_text(&b64));
	code = hub_ask(run, &answer, "POST", "/api/v1/suspensions", o);
	json_decref(o);
	buffer_free(&raw);
	buffer_free(&b64);
	return code == EXIT_GOOD ? entered(run, answer) : code;
}

static bool
has_mandate(const struct roster *r, uint64_t number)
{
	for (int i = 0; i < r->mandate_count; i++)
		if (r->mandate[i].number == number)
			return true;
	return false;
}

int
mandate_suspend(struct run *run)
{
	const char *text = run->argument[0];
	struct suspension s = {0};
	struct trust trust;
	struct hash digest;
	struct key key;
	uint64_t number;
	int code;

	if (number_read(&number, text, strlen(text), UINT16_MAX) != ERR_OK || number == 0)
		return fail(run, EXIT_USAGE, "\"%s\" is not a mandate's number", text);
	code = key_of_run(run, &key);
	if (code == EXIT_GOOD)
		code = trust_open(run, &trust);
	if (code != EXIT_GOOD)
		return code;
	s.territory = trust.roster.territory;
	if (!has_mandate(&trust.roster, number))
		code = fail(run, EXIT_NOT_FOUND, "roster %u has no mandate %s",
			trust.roster.serial, text);
	trust_free(&trust);
	if (code == EXIT_GOOD && !run->json)
		say("Mandate %s orders nothing for an hour.\n", text);
	if (code == EXIT_GOOD)
		code = review_agree(run, "Sign the suspension? Type yes:");
	if (code != EXIT_GOOD)
		return code;
	s.mandate = (uint16_t)number;
	s.key = key.number;
	s.time_s = (uint32_t)time(NULL);
	digest = suspension_digest(&s);
	s.signature = signature_make(&key.secret, bytes_of(digest.at, sizeof digest.at));
	return suspension_post(run, &s);
}
