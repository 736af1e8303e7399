/* SPDX-License-Identifier: GPL-3.0-or-later */
/* pages.c: requests to the operators' console; what they may and what they get. */
#include "console/pages.h"

#include "base/text.h"
#include "console/pages_inside.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

enum { FILE_MAX = 1 << 20, MINUTES_MAX = 1092 };

static const char *const page_files[PAGES] = {
	[PAGE_BOARD] = "index.html",
	[PAGE_PROPOSE] = "propose.html",
	[PAGE_DRAFT] = "draft.html",
	[PAGE_ALERT] = "alert.html",
	[PAGE_FOREIGN] = "foreign.html",
	[PAGE_PROBLEM] = "problem.html",
};

static const char headers[] =
	"Cache-Control: no-store\r\n"
	"Content-Security-Policy: default-src 'none'; style-src 'self'; base-uri 'none'; "
	"form-action 'self'; frame-ancestors 'none'\r\n"
	"X-Content-Type-Options: nosniff\r\n"
	"X-Frame-Options: DENY\r\n"
	"Referrer-Policy: no-referrer\r\n"
	"Cross-Origin-Opener-Policy: same-origin\r\n"
	"Cross-Origin-Resource-Policy: same-origin\r\n";

static enum err
page_load(struct pages *p, enum page page, const char *folder, struct fault *fault)
{
	struct buffer path = {0}, text = {0};
	struct fault inner = {""};
	enum err err;

	write_format(&path, "%s/console/%s", folder, page_files[page]);
	err = file_read(&text, buffer_text(&path), FILE_MAX, fault);
	if (err == ERR_OK) {
		err = template_new(&p->page[page], buffer_text(&text), text.len, &inner);
		if (err != ERR_OK)
			err = fault_set(
				fault, err, "%s: %s", buffer_text(&path), inner.text);
	}
	buffer_free(&path);
	buffer_free(&text);
	return err;
}

enum err
pages_new(struct pages **out, const char *folder, struct fault *fault)
{
	struct pages *p = calloc(1, sizeof *p);
	struct buffer style = {0};
	uint8_t dice[16];
	enum err err = p != NULL ? ERR_OK : ERR_NOMEM;

	if (err == ERR_OK && getrandom(dice, sizeof dice, 0) != sizeof dice)
		err = fault_set(fault, ERR_IO, "the system gives no random bytes");
	for (enum page i = 0; i < PAGES && err == ERR_OK; i++)
		err = page_load(p, i, folder, fault);
	if (err == ERR_OK) {
		hex_write(p->token, dice, sizeof dice);
		write_format(&style, "%s/console/style.css", folder);
		err = file_read(&p->style, buffer_text(&style), FILE_MAX, fault);
	}
	buffer_free(&style);
	if (err != ERR_OK) {
		pages_free(p);
		return err;
	}
	*out = p;
	return ERR_OK;
}

void
pages_free(struct pages *p)
{
	if (p == NULL)
		return;
	for (enum page i = 0; i < PAGES; i++)
		template_free(p->page[i]);
	buffer_free(&p->style);
	zones_free(p->zones);
	heard_free(&p->heard);
	free(p);
}

/* A page that cannot be filled says so in plain words, never with half of its facts. */
static void
show(struct pages *p, struct http_exchange *x, int status, enum page page, json_t *context)
{
	struct fault fault = {""};
	struct buffer html = {0};
	enum err err = template_fill(&html, p->page[page], context, &fault);

	if (err == ERR_OK)
		http_exchange_answer(
			x, &(struct http_answer){status, "text/html; charset=utf-8",
				   headers, buffer_bytes(&html)});
	else
		http_exchange_say(x, 500,
			"The page %s cannot be shown: %s. Use the command line: belfry "
			"alert "
			"list, belfry watch",
			page_files[page], fault.text);
	buffer_free(&html);
}

static void
show_problem(struct pages *p, struct http_exchange *x, int status, json_t *context,
	const char *title, const char *text)
{
	json_object_set_new(context, "title", json_string(title));
	json_object_set_new(context, "text", json_string(text));
	show(p, x, status, PAGE_PROBLEM, context);
}

/*
 * A name that somebody else's DNS may answer for, pointed at this address, would let his page
 * read ours; a number or "localhost" cannot be.
 */
bool
pages_host_is_good(const struct http_request *req)
{
	struct bytes host = http_request_field(req, "host");
	uint8_t address[16];
	char name[64];
	size_t len = 0;

	if (host.len == 0 || host.len >= sizeof name)
		return false;
	if (host.at[0] == '[') {
		while (len < host.len && host.at[len] != ']')
			len++;
		snprintf(
			name, sizeof name, "%.*s", (int)len - 1, (const char *)host.at + 1);
		return len < host.len && inet_pton(AF_INET6, name, address) == 1;
	}
	while (len < host.len && host.at[len] != ':')
		len++;
	snprintf(name, sizeof name, "%.*s", (int)len, (const char *)host.at);
	return strcmp(name, "localhost") == 0 || inet_pton(AF_INET, name, address) == 1;
}

/* What the form says, as the brain wants to be asked; NULL if it is no form of ours. */
static json_t *
form_read(struct pages *p, struct bytes form, bool *token_is_good)
{
	json_t *ask = json_pack("{s:s,s:[]}", "verb", "alert", "zones");
	struct buffer name = {0}, value = {0};
	enum err err = ERR_OK;

	*token_is_good = false;
	while (http_param_next(&form, &name, &value, &err)) {
		const char *field = buffer_text(&name), *text = buffer_text(&value);
		uint64_t minutes;

		if (strcmp(field, "token") == 0)
			*token_is_good = strcmp(text, p->token) == 0;
		else if (strcmp(field, "playbook") == 0)
			json_object_set_new(ask, "playbook", json_string(text));
		else if (strcmp(field, "zone") == 0)
			json_array_append_new(
				json_object_get(ask, "zones"), json_string(text));
		else if (strcmp(field, "minutes") == 0 &&
			 number_read(&minutes, text, value.len, MINUTES_MAX) == ERR_OK)
			json_object_set_new(
				ask, "minutes", json_integer((json_int_t)minutes));
	}
	buffer_free(&name);
	buffer_free(&value);
	if (err == ERR_OK)
		return ask;
	json_decref(ask);
	return NULL;
}

static const char *
missing(const json_t *ask)
{
	if (json_array_size(json_object_get(ask, "zones")) == 0)
		return "Choose at least one zone.";
	if (text_of_json(ask, "playbook")[0] == '\0')
		return "Choose a playbook.";
	if (json_integer_value(json_object_get(ask, "minutes")) < 1)
		return "Minutes must be a whole number from 1 to 1092.";
	return NULL;
}

/* The brain makes the draft; nothing is kept, and nothing is signed here. */
static void
make_draft(struct pages *p, struct daemon *d, struct http_exchange *x, json_t *context,
	const json_t *ask)
{
	const char *problem = missing(ask);
	json_t *draft = NULL;
	int status = 200;

	if (problem == NULL) {
		char *body = json_dumps(ask, JSON_COMPACT);
		struct bytes text = daemon_ask(d, "POST", "/api/v1/drafts",
			bytes_of_text(body != NULL ? body : "{}"), &status);

		draft = json_loadb((const char *)text.at, text.len, 0, NULL);
		free(body);
		if (status != 200)
			problem = text_of_json(draft, "error");
	}
	if (problem == NULL) {
		draft_fill(p, d, context, ask, draft);
		show(p, x, 200, PAGE_DRAFT, context);
	} else {
		propose_fill(p, d, context, ask, problem);
		show(p, x, status == 200 ? 400 : status, PAGE_PROPOSE, context);
	}
	json_decref(draft);
}

static void
post_propose(struct pages *p, struct daemon *d, struct http_exchange *x,
	const struct http_request *req, json_t *context)
{
	bool token_is_good;
	json_t *ask = form_read(p, req->body, &token_is_good);

	if (ask == NULL)
		show_problem(p, x, 400, context, "Not a form",
			"The request holds no form that can be read. Go back and try "
			"again.");
	else if (!token_is_good)
		show_problem(p, x, 403, context, "Not from this page",
			"The form does not come from a page of this console, or the hub "
			"was "
			"started again since. Open Propose again.");
	else
		make_draft(p, d, x, context, ask);
	json_decref(ask);
}

static void
answer(struct pages *p, struct daemon *d, struct http_exchange *x,
	const struct http_request *req, json_t *context)
{
	struct bytes id = {NULL, 0};
	char text[17] = "";

	if (http_path_is(req, "/propose") && req->method == HTTP_POST) {
		post_propose(p, d, x, req, context);
	} else if (req->method != HTTP_GET && req->method != HTTP_HEAD) {
		show_problem(p, x, 405, context, "Not here", "This page only takes GET.");
	} else if (http_path_is(req, "/")) {
		if (board_fill(p, d, context))
			show(p, x, 200, PAGE_BOARD, context);
		else
			http_exchange_say(
				x, 503, "no memory for the board; see: belfry watch");
	} else if (http_path_is(req, "/foreign")) {
		if (foreign_fill(d, context))
			show(p, x, 200, PAGE_FOREIGN, context);
		else
			http_exchange_say(x, 503,
				"others' alerts cannot be shown now: that does not mean "
				"that there are none");
	} else if (http_path_is(req, "/propose")) {
		propose_fill(p, d, context, NULL, "");
		show(p, x, 200, PAGE_PROPOSE, context);
	} else {
		if (http_path_match(req, "/alert/*", &id, 1) && id.len == 16)
			memcpy(text, id.at, 16);
		if (strspn(text, "0123456789abcdef") == 16 &&
			alert_fill(p, d, text, context))
			show(p, x, 200, PAGE_ALERT, context);
		else
			show_problem(p, x, 404, context, "Nothing here",
				"The hub knows no alert or page of this name.");
	}
}

void
pages_answer(struct pages *p, struct daemon *d, struct http_exchange *x,
	const struct http_request *req)
{
	json_t *context;

	if (!pages_host_is_good(req)) {
		http_exchange_say(x, 403,
			"Open this console by its number or as localhost: other names "
			"could "
			"be "
			"somebody else's.");
		return;
	}
	if (http_path_is(req, "/style.css")) {
		http_exchange_answer(
			x, &(struct http_answer){200, "text/css; charset=utf-8", headers,
				   buffer_bytes(&p->style)});
		return;
	}
	context = pages_common(p, d);
	answer(p, d, x, req, context);
	json_decref(context);
}
