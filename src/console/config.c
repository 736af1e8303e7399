/* SPDX-License-Identifier: GPL-3.0-or-later */
/* config.c: the files that a hub starts from. */
#include "console/config.h"

#include "alert/identifier.h"

#include "base/text.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { CONFIG_MAX = 1 << 20 };

enum err
private_file_read(struct buffer *out, const char *path, size_t max, struct fault *fault)
{
	struct stat st;

	if (stat(path, &st) != 0)
		return fault_set(fault, ERR_IO, "%s: %s", path, strerror(errno));
	if (st.st_mode & 077)
		return fault_set(fault, ERR_REFUSED,
			"%s: others may read this key (mode %03o); mend it with: chmod 600 "
			"%s",
			path, (unsigned)st.st_mode & 0777, path);
	return file_read(out, path, max, fault);
}

enum err
seed_file_read(uint8_t seed[32], const char *path, struct fault *fault)
{
	struct buffer text = {0};
	enum err err = private_file_read(&text, path, 256, fault);

	while (err == ERR_OK && text.len > 0 && text.at[text.len - 1] == '\n')
		text.at[--text.len] = 0;
	if (err == ERR_OK && hex_read(seed, 32, buffer_text(&text)) != ERR_OK)
		err = fault_set(
			fault, ERR_FORMAT, "%s: not a key of 64 hexadecimal digits", path);
	buffer_free(&text);
	return err;
}

/* A path of the configuration, made absolute by the file's own folder. */
static const char *
path_of(struct arena *arena, const char *config, const char *path)
{
	const char *slash = strrchr(config, '/');
	struct buffer b = {0};
	const char *out;

	if (path == NULL || path[0] == '/' || slash == NULL)
		return path == NULL ? NULL : arena_text(arena, path, strlen(path));
	write_bytes(&b, config, (size_t)(slash - config) + 1);
	write_text(&b, path);
	out = arena_text(arena, buffer_text(&b), b.len);
	buffer_free(&b);
	return out;
}

static const char *
text_of(struct arena *arena, const char *text)
{
	return text == NULL ? NULL : arena_text(arena, text, strlen(text));
}

/* A field that others read, as JSON again; NULL without it. */
static const char *
json_text(struct arena *arena, const json_t *o)
{
	char *text = o != NULL ? json_dumps(o, JSON_COMPACT | JSON_ENCODE_ANY) : NULL;
	const char *out = text_of(arena, text);

	free(text);
	return out;
}

static enum err
edges_of(struct hub_config *c, const json_t *list, const char *path, struct fault *fault)
{
	c->edges = json_array_size(list);
	if (c->edges > HUB_EDGES)
		return fault_set(
			fault, ERR_RANGE, "%s: more than %d edges", path, HUB_EDGES);
	for (size_t i = 0; i < c->edges; i++) {
		const char *name, *address, *pin;
		json_error_t where;

		if (json_unpack_ex(json_array_get(list, i), &where, 0, "{s:s,s:s,s:s!}",
			    "name", &name, "address", &address, "pin", &pin) != 0 ||
			strlen(name) > 32)
			return fault_set(fault, ERR_FORMAT,
				"%s: edges %zu: needs name (up to 32 bytes), address and "
				"pin: %s",
				path, i + 1, where.text);
		c->edge[i] = (struct edge_config){text_of(c->arena, name),
			text_of(c->arena, address), text_of(c->arena, pin)};
	}
	return ERR_OK;
}

static enum err
fields_of(struct hub_config *c, json_t *o, const char *path, struct fault *fault)
{
	const char *name, *journal, *key, *roster, *socket, *sender, *patterns, *playbooks,
		*web;
	const char *console = NULL, *tls_key = NULL, *certificate = NULL,
		   *sender_name = NULL, *identifier = NULL, *cap_key = NULL;
	int term, alone = 0, hang = 0, hang_after = 0, fail = 0;
	json_t *edges = NULL, *sources = NULL;
	json_error_t where;

	if (json_unpack_ex(o, &where, 0,
		    "{s:s,s:i,s:s,s:s,s:s,s:s,s:s,s:s,s:s,s:s,s?s,s?s,s?s,s?s,s?s,s?s,s?b,"
		    "s?o,s?o,"
		    "s?{s?i,s?i,s?i!}!}",
		    "name", &name, "term", &term, "journal", &journal, "key", &key,
		    "roster", &roster, "socket", &socket, "sender", &sender, "patterns",
		    &patterns, "playbooks", &playbooks, "web", &web, "console", &console,
		    "sender_name", &sender_name, "identifier", &identifier, "cap_key",
		    &cap_key, "tls_key", &tls_key, "tls_certificate", &certificate, "alone",
		    &alone, "edges", &edges, "sources", &sources, "test", "store_hang_ms",
		    &hang, "store_hang_after", &hang_after, "store_fail_after", &fail) != 0)
		return fault_set(
			fault, ERR_FORMAT, "%s: %s (see belfryd(8))", path, where.text);
	if (strlen(name) > 32 || term < 1)
		return fault_set(fault, ERR_RANGE,
			"%s: name has up to 32 bytes, term is 1 or more", path);
	if (identifier != NULL && !identifier_prefix_is_good(identifier))
		return fault_set(fault, ERR_FORMAT,
			"%s: identifier \"%.90s\" is neither an OID (2.49.0.1.51.0) nor a "
			"URN (urn:oid:2.49.0.1.51.0, urn:example:alerts)",
			path, identifier);
	c->identifier = text_of(c->arena, identifier);
	c->cap_key = path_of(c->arena, path, cap_key);
	c->name = text_of(c->arena, name);
	c->term = (uint32_t)term;
	c->journal = path_of(c->arena, path, journal);
	c->key_file = path_of(c->arena, path, key);
	c->roster = path_of(c->arena, path, roster);
	c->socket = path_of(c->arena, path, socket);
	c->console = text_of(c->arena, console);
	c->sender = text_of(c->arena, sender);
	c->sender_name = text_of(c->arena, sender_name);
	c->patterns = path_of(c->arena, path, patterns);
	c->playbooks = path_of(c->arena, path, playbooks);
	c->web = path_of(c->arena, path, web);
	c->tls_key = path_of(c->arena, path, tls_key);
	c->tls_certificate = path_of(c->arena, path, certificate);
	c->alone = alone;
	c->test = (struct store_thread_test){
		(uint32_t)hang, (uint32_t)hang_after, (uint32_t)fail};
	if (edges != NULL && (c->tls_key == NULL || c->tls_certificate == NULL))
		return fault_set(fault, ERR_FORMAT,
			"%s: edges need tls_key and tls_certificate", path);
	c->sources = json_text(c->arena, sources);
	return edges != NULL ? edges_of(c, edges, path, fault) : ERR_OK;
}

enum err
hub_config_read(struct hub_config *out, const char *path, struct fault *fault)
{
	struct hub_config c = {0};
	struct buffer text = {0};
	json_error_t where;
	json_t *o = NULL;
	enum err err = arena_new(&c.arena);

	if (err == ERR_OK)
		err = file_read(&text, path, CONFIG_MAX, fault);
	if (err == ERR_OK) {
		o = json_loadb(
			buffer_text(&text), text.len, JSON_REJECT_DUPLICATES, &where);
		err = o != NULL ? fields_of(&c, o, path, fault)
				: fault_set(fault, ERR_FORMAT, "%s, line %d, column %d: %s",
					  path, where.line, where.column, where.text);
	}
	json_decref(o);
	buffer_free(&text);
	if (err != ERR_OK)
		arena_free(c.arena);
	else
		*out = c;
	return err;
}

void
hub_config_free(struct hub_config *c)
{
	arena_free(c->arena);
	*c = (struct hub_config){0};
}

static int
json_name(const struct dirent *e)
{
	const char *dot = strrchr(e->d_name, '.');

	return e->d_name[0] != '.' && dot != NULL && strcmp(dot, ".json") == 0;
}

static enum err
playbook_load(struct playbook *out, struct arena *arena, const char *folder,
	const char *name, struct fault *fault)
{
	struct buffer path = {0}, text = {0};
	enum err err;

	write_format(&path, "%s/%s", folder, name);
	err = file_read(&text, buffer_text(&path), PLAYBOOK_MAX, fault);
	if (err == ERR_OK)
		err = playbook_read(
			out, arena, buffer_text(&path), buffer_bytes(&text), fault);
	buffer_free(&path);
	buffer_free(&text);
	return err;
}

enum err
playbooks_load(struct playbook **out, size_t *count, struct arena *arena,
	const char *folder, struct fault *fault)
{
	struct dirent **name;
	int n = scandir(folder, &name, json_name, alphasort);
	enum err err = ERR_OK;

	if (n < 0)
		return fault_set(fault, ERR_IO, "%s: %s", folder, strerror(errno));
	*count = (size_t)n;
	*out = arena_alloc(arena, ((size_t)n + 1) * sizeof **out);
	if (*out == NULL)
		err = ERR_NOMEM;
	for (int i = 0; i < n; i++) {
		if (err == ERR_OK)
			err = playbook_load(
				&(*out)[i], arena, folder, name[i]->d_name, fault);
		free(name[i]);
	}
	free(name);
	if (err == ERR_OK && n == 0)
		err = fault_set(fault, ERR_UNKNOWN, "%s: no playbooks there", folder);
	return err;
}
