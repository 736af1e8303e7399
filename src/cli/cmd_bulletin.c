/* SPDX-License-Identifier: GPL-3.0-or-later */
/* cmd_bulletin.c: `belfry bulletin`: what any reader can get and check alone. */
#include "cli/commands.h"

#include "base/text.h"
#include "bulletin/verify.h"
#include "cli/bulletin_keys.h"
#include "cli/say.h"
#include "cli/web.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { SOURCES = 2 };

/* "http://edge" or "http://edge/bulletin?after=3": the address of the bulletin itself. */
static void
address_of(struct buffer *out, const char *url, const char *after)
{
	size_t len = strlen(url);

	while (len > 0 && url[len - 1] == '/')
		len--;
	write_bytes(out, url, len);
	if (strstr(url, "/bulletin") == NULL)
		write_text(out, "/bulletin");
	if (after != NULL)
		write_format(out, "?after=%s", after);
}

static enum err
to_file(void *ctx, struct bytes part)
{
	return fwrite(part.at, 1, part.len, ctx) == part.len ? ERR_OK : ERR_IO;
}

static int
fetch(const struct run *run, FILE *into, const char *url, const char *after)
{
	struct buffer address = {0};
	struct fault fault = {""};
	enum err err;

	address_of(&address, url, after);
	err = web_get(buffer_text(&address), to_file, into, &fault);
	buffer_free(&address);
	if (err == ERR_OK)
		return EXIT_GOOD;
	return fail(run, err == ERR_UNKNOWN ? EXIT_NOT_FOUND : EXIT_FAILED, "%s",
		fault.text[0] ? fault.text : "cannot write what came");
}

static int
bulletin_get(struct run *run)
{
	const char *after = run_option(run, "after"), *url = run->argument[0];
	uint64_t number;

	if (!is_url(url))
		return fail(
			run, EXIT_USAGE, "\"%s\" is no http:// or https:// address", url);
	if (after != NULL &&
		number_read(&number, after, strlen(after), UINT64_MAX) != ERR_OK)
		return fail(run, EXIT_USAGE, "--after N must be an entry's number");
	return fetch(run, stdout, url, after);
}

/* A file as it is; an address as a file without a name. */
static int
source_open(const struct run *run, FILE **out, const char *name)
{
	int code;

	*out = is_url(name) ? tmpfile() : fopen(name, "re");
	if (*out == NULL)
		return fail(run, EXIT_FAILED, "%s: %s", name, strerror(errno));
	if (!is_url(name))
		return EXIT_GOOD;
	code = fetch(run, *out, name, NULL);
	rewind(*out);
	return code;
}

static enum err
feed(struct verifier *v, FILE *const *source, int count)
{
	char *line = NULL;
	size_t cap = 0;
	ssize_t n;
	enum err err = ERR_OK;

	for (int i = 0; i < count && err == ERR_OK; i++) {
		rewind(source[i]);
		while (err == ERR_OK && (n = getline(&line, &cap, source[i])) >= 0)
			err = verifier_line(v, i, line, (size_t)n);
	}
	free(line);
	return err == ERR_OK ? verifier_end(v) : err;
}

static json_t *
finding_json(const struct finding *f)
{
	return json_pack("{s:s,s:i,s:I,s:I,s:I,s:s,s:s?}", "kind", finding_word(f->kind),
		"source", f->source + 1, "line", (json_int_t)f->line, "number",
		(json_int_t)f->number, "count", (json_int_t)f->count, "words",
		f->words != NULL ? f->words : "", "proof", f->proof);
}

static int
report_json(const struct run *run, const struct verifier *v, int count, const char *trust)
{
	json_t *list = json_array(), *sources = json_array();
	char hex[65];

	for (size_t i = 0; i < verifier_findings(v); i++)
		json_array_append_new(list, finding_json(verifier_finding(v, i)));
	for (int i = 0; i < count; i++) {
		uint64_t size;
		struct hash root = verifier_root(v, i, &size);

		hex_write(hex, root.at, sizeof root.at);
		json_array_append_new(
			sources, json_pack("{s:s,s:I,s:I,s:s}", "source", run->argument[i],
					 "entries", (json_int_t)verifier_entries(v, i),
					 "size", (json_int_t)size, "root", hex));
	}
	(void)say_json(run, json_pack("{s:b,s:s,s:o,s:o}", "clean", verifier_clean(v),
				    "trust", trust, "sources", sources, "findings", list));
	return verifier_clean(v) ? EXIT_GOOD : EXIT_UNVERIFIED;
}

static void
say_finding(const struct run *run, const struct finding *f)
{
	say("%s%s%s ", hue(f->kind == FINDING_SUPERSEDED ? HUE_YELLOW : HUE_RED),
		finding_word(f->kind), hue(HUE_NONE));
	say_text(run->argument[f->source]);
	if (f->line > 0)
		say(" line %zu", f->line);
	say(": ");
	say_text(f->words != NULL ? f->words : "");
	say("\n");
	if (f->proof != NULL) {
		say("proof: ");
		say_text(f->proof);
		say("\n");
	}
}

static int
report(const struct run *run, const struct verifier *v, int count, const char *trust)
{
	char hex[65];

	if (run->json)
		return report_json(run, v, count, trust);
	for (size_t i = 0; i < verifier_findings(v); i++)
		say_finding(run, verifier_finding(v, i));
	for (int i = 0; i < count; i++) {
		uint64_t size;
		struct hash root = verifier_root(v, i, &size);

		hex_write(hex, root.at, sizeof root.at);
		say_text(run->argument[i]);
		say(": %llu entries, root over %llu of them %s\n",
			(unsigned long long)verifier_entries(v, i),
			(unsigned long long)size, hex);
	}
	say("Trust: %s\n", trust);
	say("%s\n", verifier_clean(v)
			    ? "Good: nothing is changed, missing, out of order or forked."
			    : "NOT GOOD: see above.");
	return verifier_clean(v) ? EXIT_GOOD : EXIT_UNVERIFIED;
}

static int
verify_sources(struct run *run, FILE *const *source, int count)
{
	struct bulletin_keys keys;
	struct verifier *v = NULL;
	enum err err;
	int code = bulletin_keys_find(run, &keys, source[0]);

	if (code != EXIT_GOOD)
		return code;
	err = verifier_new(&v, keys.territory, &keys.reign[0]);
	for (size_t i = 1; i < keys.reigns && err == ERR_OK; i++)
		err = verifier_take_over(v, &keys.reign[i], keys.last_number[i]);
	if (err == ERR_OK)
		err = feed(v, source, count);
	code = err == ERR_OK ? report(run, v, count, keys.trust) : fail_err(run, err, NULL);
	verifier_free(v);
	return code;
}

static int
bulletin_verify(struct run *run)
{
	FILE *source[SOURCES] = {NULL, NULL};
	int code = EXIT_GOOD;

	for (int i = 0; i < run->arguments && code == EXIT_GOOD; i++)
		code = source_open(run, &source[i], run->argument[i]);
	if (code == EXIT_GOOD)
		code = verify_sources(run, source, run->arguments);
	for (int i = 0; i < SOURCES; i++)
		if (source[i] != NULL)
			fclose(source[i]);
	return code;
}

int
command_bulletin(int argc, char **argv)
{
	static const struct option_line get[] = {
		{"after", "N", "from entry N on"},
		{NULL, NULL, NULL},
	};
	static const struct option_line verify[] = {
		{"key-of", "BASE64",
			"the hub's public key of the first term, instead of a roster"},
		{NULL, NULL, NULL},
	};
	static const struct cli_verb verbs[] = {
		{"get", "URL", "Print an edge's bulletin, a line an entry", 0, 1, 1, get,
			bulletin_get},
		{"verify", "URL|FILE [URL2]",
			"Find entries changed, missing, reordered or forked; two are "
			"compared",
			USES_TRUST, 1, 2, verify, bulletin_verify},
		{NULL, NULL, NULL, 0, 0, 0, NULL, NULL},
	};

	return command_verbs("bulletin", "The public bulletin", verbs, argc, argv);
}
