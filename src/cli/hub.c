/* SPDX-License-Identifier: GPL-3.0-or-later */
/* hub.c: one connection to the hub for one command. */
#include "cli/hub.h"

#include "cli/say.h"
#include "cli/via.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum { ID_LEAST = 4, ID_WHOLE = 16 };

static int
hub_open(struct run *run)
{
	const char *path = run_option(run, "hub"), *url = run_option(run, "via");
	struct fault fault = {""};
	enum err err = ERR_OK;

	if (run->api != NULL)
		return EXIT_GOOD;
	if (path != NULL && url != NULL)
		return fail(run, EXIT_USAGE, "--hub and --via exclude each other");
	if (path == NULL)
		path = getenv("BELFRY_HUB");
	if (path == NULL || path[0] == '\0')
		path = "/run/belfry/hub.sock";
	if (url != NULL)
		err = via_new(&run->via, url, &fault);
	if (err != ERR_OK)
		return fail(run, err == ERR_FORMAT ? EXIT_USAGE : EXIT_NO_HUB, "%s",
			fault.text);
	err = api_new(&run->api, run->via != NULL ? via_socket(run->via) : path);
	return err == ERR_OK ? EXIT_GOOD : fail_err(run, err, &fault);
}

void
hub_close(struct run *run)
{
	api_free(run->api);
	via_free(run->via);
	run->api = NULL;
	run->via = NULL;
}

static enum exit_code
code_of(enum err err)
{
	switch (err) {
	case ERR_OK:
		return EXIT_GOOD;
	case ERR_IO:
		return EXIT_NO_HUB;
	case ERR_UNKNOWN:
		return EXIT_NOT_FOUND;
	case ERR_REFUSED:
	case ERR_CONFLICT:
		return EXIT_REFUSED;
	case ERR_NOMEM:
	case ERR_SHORT:
	case ERR_TRAILING:
	case ERR_FORMAT:
	case ERR_VERSION:
	case ERR_RANGE:
	case ERR_SHAPE:
	case ERR_SIGNATURE:
	case ERR_DUPLICATE:
	case ERR_EXPIRED:
	case ERR_FULL:
	case ERR_BUSY:
		break;
	}
	return EXIT_FAILED;
}

int
hub_ask(struct run *run, json_t **out, const char *method, const char *path,
	const json_t *body)
{
	struct fault fault = {""};
	int code = hub_open(run);
	enum err err;

	if (code != EXIT_GOOD)
		return code;
	err = api_call(run->api, out, method, path, body, &fault);
	return err == ERR_OK ? EXIT_GOOD : fail(run, code_of(err), "%s", fault.text);
}

int
hub_ask_perhaps(struct run *run, json_t **out, const char *path)
{
	struct fault fault = {""};
	int code = hub_open(run);
	enum err err;

	*out = NULL;
	if (code != EXIT_GOOD)
		return code;
	err = api_call(run->api, out, "GET", path, NULL, &fault);
	if (err == ERR_UNKNOWN)
		return EXIT_GOOD;
	return err == ERR_OK ? EXIT_GOOD : fail(run, code_of(err), "%s", fault.text);
}

/* By its first digits, or by its last ones: ids of one day begin alike, and pages and people use
 * the last four. */
static bool
id_fits(const char *id, const char *given)
{
	size_t len = strlen(given);

	return strlen(id) == ID_WHOLE &&
	       (strncmp(id, given, len) == 0 ||
		       strcasecmp(id + ID_WHOLE - len, given) == 0);
}

/* Look for it in one list; `out` keeps the first, `*found` counts different ones. */
static int
id_look(struct run *run, char out[17], const char *given, const char *list,
	const char *field, int *found)
{
	char path[64];
	json_t *all;
	int code;

	snprintf(path, sizeof path, "/api/v1/%s", list);
	code = hub_ask(run, &all, "GET", path, NULL);
	if (code != EXIT_GOOD)
		return code;
	for (size_t i = 0; i < json_array_size(all); i++) {
		const char *id = json_text(json_array_get(all, i), field);

		if (!id_fits(id, given) || strcmp(id, out) == 0)
			continue;
		if ((*found)++ == 0)
			memcpy(out, id, ID_WHOLE + 1);
	}
	json_decref(all);
	return EXIT_GOOD;
}

int
hub_id(struct run *run, char out[17], const char *given, enum id_of of)
{
	int found = 0, code = EXIT_GOOD;

	out[0] = '\0';
	if (strlen(given) < ID_LEAST || strlen(given) > ID_WHOLE ||
		strspn(given, "0123456789abcdefABCDEF") != strlen(given))
		return fail(run, EXIT_USAGE,
			"\"%s\" is no id: it has 16 digits of 0-9 a-f; the first or last 4 "
			"or more "
			"will do where no other id has them",
			given);
	if (of != ID_OF_ALERT)
		code = id_look(run, out, given, "proposals", "proposal", &found);
	if (code == EXIT_GOOD && of != ID_OF_PROPOSAL)
		code = id_look(run, out, given, "alerts", "alert", &found);
	if (code != EXIT_GOOD)
		return code;
	if (found == 0)
		return fail(run, EXIT_NOT_FOUND,
			"the hub knows no %s %s; see them with: belfry alert list",
			of == ID_OF_PROPOSAL ? "proposal" : "alert", given);
	if (found > 1)
		return fail(run, EXIT_NOT_FOUND,
			"%d ids have the digits %s; give more of them", found, given);
	return EXIT_GOOD;
}

int
hub_last_waiting(struct run *run, char out[17])
{
	json_t *all;
	int code = hub_ask(run, &all, "GET", "/api/v1/proposals", NULL);

	if (code != EXIT_GOOD)
		return code;
	code = EXIT_NOT_FOUND;
	for (size_t i = 0; i < json_array_size(all) && code != EXIT_GOOD; i++) {
		const json_t *p = json_array_get(all, i);
		const char *id = json_text(p, "proposal");

		if (strcmp(json_text(p, "state"), "proposed") != 0 ||
			strlen(id) != ID_WHOLE)
			continue;
		memcpy(out, id, ID_WHOLE + 1);
		code = EXIT_GOOD;
	}
	json_decref(all);
	return code == EXIT_GOOD ? code
				 : fail(run, code, "no proposal waits for a signature");
}
