/* SPDX-License-Identifier: GPL-3.0-or-later */
/* foreign.c: the rows of one source, their chains, and its health. */
#include "alert/foreign.h"

#include "base/text.h"
#include "cap/live.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define DAY_MS (24 * 3600 * 1000LL)

enum chain_of { CHAIN_TRUSTED, CHAIN_OTHER, CHAINS };

struct foreign {
	struct foreign_conf conf;
	struct cap_live *chain[CHAINS];
	json_t *rows; /* content hash: {alert, refused, why, received_ms, round, chain, link} */
	json_t *links;		   /* link key: content hash */
	json_int_t round, told;	   /* that goes on; the newest that the source finished */
	int64_t good_ms, tried_ms; /* monotonic; -1: never */
	bool failed;
	size_t missing;
	char error[300];
};

const char *
foreign_state_name(enum foreign_state state)
{
	static const char *const name[] = {[FOREIGN_UNKNOWN] = "unknown",
		[FOREIGN_INCOMPLETE] = "incomplete",
		[FOREIGN_GOOD] = "good"};

	return name[state];
}

enum err
foreign_new(struct foreign **out, const struct foreign_conf *conf)
{
	struct foreign *f = calloc(1, sizeof *f);
	enum err err = f != NULL ? ERR_OK : ERR_NOMEM;

	if (err != ERR_OK)
		return err;
	f->conf = *conf;
	f->good_ms = f->tried_ms = -1;
	f->rows = json_object();
	f->links = json_object();
	for (size_t i = 0; i < CHAINS && err == ERR_OK; i++)
		err = cap_live_new(&f->chain[i], NULL);
	if (err != ERR_OK || f->rows == NULL || f->links == NULL) {
		foreign_free(f);
		return ERR_NOMEM;
	}
	*out = f;
	return ERR_OK;
}

void
foreign_free(struct foreign *f)
{
	if (f == NULL)
		return;
	for (size_t i = 0; i < CHAINS; i++)
		cap_live_free(f->chain[i]);
	json_decref(f->rows);
	json_decref(f->links);
	free(f);
}

/* ---- taking ---- */

static const char *
text_in(const json_t *o, const char *name)
{
	const char *text = json_string_value(json_object_get(o, name));

	return text != NULL ? text : "";
}

static json_int_t
number_in(const json_t *o, const char *name)
{
	return json_integer_value(json_object_get(o, name));
}

static struct bytes
bytes_in(const json_t *o, const char *name)
{
	return bytes_of_text(text_in(o, name));
}

static enum err
references_of(struct cap_live_message *m, struct arena *arena, const json_t *list)
{
	size_t n = json_array_size(list);
	struct cap_reference *at = arena_alloc(arena, (n + 1) * sizeof *at);

	if (at == NULL)
		return ERR_NOMEM;
	for (size_t i = 0; i < n; i++) {
		const json_t *r = json_array_get(list, i);

		at[i].sender = bytes_in(r, "sender");
		at[i].identifier = bytes_in(r, "identifier");
		at[i].sent_ms = number_in(r, "sent_ms");
	}
	m->reference = at;
	m->references = n;
	return ERR_OK;
}

/* The message as the chain wants it. False: not of foreign_read()'s form. */
static enum err
message_of(struct cap_live_message *m, struct arena *arena, const json_t *a)
{
	const json_t *expires = json_object_get(a, "expires_ms");
	json_int_t kind = number_in(a, "kind"), status = number_in(a, "status");

	memset(m, 0, sizeof *m);
	if (kind < 0 || kind > CAP_KIND_ERROR || status < 0 || status > CAP_STATUS_OTHER ||
		!json_is_integer(json_object_get(a, "sent_ms")) ||
		hex_read(m->hash.at, sizeof m->hash.at, text_in(a, "hash")) != ERR_OK)
		return ERR_FORMAT;
	m->kind = (enum cap_live_kind)kind;
	m->status = (enum cap_live_status)status;
	m->sender = bytes_in(a, "sender");
	m->identifier = bytes_in(a, "identifier");
	m->incidents = bytes_in(a, "incidents");
	m->scope = bytes_in(a, "scope");
	m->sent_ms = number_in(a, "sent_ms");
	m->expires_ms =
		json_is_integer(expires) ? json_integer_value(expires) : CAP_LIVE_NEVER;
	return references_of(m, arena, json_object_get(a, "references"));
}

static void
row_answer(json_t *row, enum cap_live_outcome outcome, const char *why)
{
	json_object_set_new(row, "refused", json_boolean(outcome == CAP_LIVE_REFUSED));
	json_object_set_new(row, "why", json_string(why));
}

/* Take a row's message into its chain; ERR_FORMAT: it is nothing to be kept. */
static enum err
row_chain(struct foreign *f, json_t *row)
{
	const json_t *alert = json_object_get(row, "alert");
	const char *refused = json_string_value(json_object_get(alert, "refused"));
	struct cap_live_answer answer = {0};
	struct cap_live_message message;
	struct arena *arena;
	enum err err;

	if (refused != NULL) {
		row_answer(row, CAP_LIVE_REFUSED, refused);
		return ERR_OK;
	}
	err = arena_new(&arena);
	if (err != ERR_OK)
		return err;
	err = message_of(&message, arena, alert);
	if (err == ERR_OK)
		err = cap_live_take(f->chain[number_in(row, "chain")], &answer, &message);
	if (err == ERR_OK)
		row_answer(row, answer.outcome, answer.why.text);
	arena_free(arena);
	return err;
}

static enum chain_of
chain_for(const struct foreign *f, const json_t *alert)
{
	return !f->conf.pinned || json_is_true(json_object_get(alert, "trusted"))
		       ? CHAIN_TRUSTED
		       : CHAIN_OTHER;
}

/* Known already: listed again, and a better signature than before counts. */
static bool
take_again(struct foreign *f, json_t *row, const json_t *alert)
{
	const json_t *before = json_object_get(row, "alert");

	json_object_set_new(row, "round", json_integer(f->round));
	if (!json_is_true(json_object_get(alert, "trusted")) ||
		json_is_true(json_object_get(before, "trusted")))
		return true;
	json_object_set(row, "alert", (json_t *)(uintptr_t)alert);
	json_object_set_new(row, "chain", json_integer(chain_for(f, alert)));
	return row_chain(f, row) == ERR_OK;
}

/* The feed says that it changed, and it did not: the old key is of no use any more. */
static void
link_again(struct foreign *f, json_t *row, const char *link)
{
	const char *hash = text_in(json_object_get(row, "alert"), "hash");

	json_object_del(f->links, text_in(row, "link"));
	json_object_set_new(row, "link", json_string(link));
	json_object_set_new(f->links, link, json_string(hash));
}

bool
foreign_take(struct foreign *f, int64_t now_ms, const json_t *alert, const char *link)
{
	const char *hash = text_in(alert, "hash");
	json_t *row = json_object_get(f->rows, hash);
	bool good;

	if (strlen(hash) != 64)
		return false;
	if (row != NULL && link[0] != '\0')
		link_again(f, row, link);
	if (row != NULL)
		return take_again(f, row, alert);
	if (json_object_size(f->rows) >= FOREIGN_ROWS_MAX)
		return false;
	row = json_pack("{s:O,s:I,s:I,s:i,s:s}", "alert", alert, "received_ms",
		(json_int_t)now_ms, "round", f->round, "chain", (int)chain_for(f, alert),
		"link", link);
	good = row != NULL && row_chain(f, row) == ERR_OK;
	if (good)
		good = json_object_set(f->rows, hash, row) == 0;
	if (good && link[0] != '\0')
		good = json_object_set_new(f->links, link, json_string(hash)) == 0;
	json_decref(row);
	return good;
}

void
foreign_begin(struct foreign *f)
{
	f->round++;
}

bool
foreign_has_link(struct foreign *f, const char *link)
{
	const char *hash =
		link[0] != '\0' ? json_string_value(json_object_get(f->links, link)) : NULL;
	json_t *row = hash != NULL ? json_object_get(f->rows, hash) : NULL;

	if (row != NULL)
		json_object_set_new(row, "round", json_integer(f->round));
	return row != NULL;
}

void
foreign_same(struct foreign *f)
{
	const char *hash;
	json_t *row;

	f->round++;
	json_object_foreach(f->rows, hash, row)
	{
		if (number_in(row, "round") >= f->told)
			json_object_set_new(row, "round", json_integer(f->round));
	}
}

/* ---- health ---- */

void
foreign_answered(struct foreign *f, int64_t mono_ms, size_t missing, const char *why)
{
	f->failed = false;
	f->good_ms = f->tried_ms = mono_ms;
	f->missing = missing;
	f->told = f->round;
	snprintf(f->error, sizeof f->error, "%s", missing > 0 ? why : "");
}

void
foreign_failed(struct foreign *f, int64_t mono_ms, const char *why)
{
	f->failed = true;
	f->tried_ms = mono_ms;
	snprintf(f->error, sizeof f->error, "%s", why);
}

enum foreign_state
foreign_state(const struct foreign *f, int64_t mono_ms)
{
	if (f->failed || f->good_ms < 0 ||
		(f->conf.stale_ms > 0 && mono_ms - f->good_ms > f->conf.stale_ms))
		return FOREIGN_UNKNOWN;
	return f->missing > 0 ? FOREIGN_INCOMPLETE : FOREIGN_GOOD;
}

static json_t *
age_s(int64_t since_ms, int64_t mono_ms)
{
	return since_ms < 0 ? json_null() : json_integer((mono_ms - since_ms) / 1000);
}

/* ---- what is live ---- */

static void
live_key(char *out, size_t room, struct bytes sender, struct bytes identifier, int64_t sent)
{
	snprintf(out, room, "%.*s,%.*s,%lld", (int)sender.len, (const char *)sender.at,
		(int)identifier.len, (const char *)identifier.at, (long long)sent);
}

enum { KEY_ROOM = 2 * FOREIGN_NAME_MAX + 64 };

static json_t *
live_set(const struct foreign *f, enum chain_of chain, int64_t now_ms)
{
	json_t *set = json_object();
	struct cap_live_entry *at;
	struct arena *arena;
	char key[KEY_ROOM];
	size_t n = 0;
	enum err err = arena_new(&arena);

	if (err != ERR_OK) {
		json_decref(set);
		return NULL;
	}
	err = cap_live_list(&at, &n, arena, f->chain[chain], now_ms);
	for (size_t i = 0; i < n && err == ERR_OK; i++) {
		live_key(key, sizeof key, at[i].sender, at[i].identifier, at[i].sent_ms);
		json_object_set_new(set, key, json_true());
	}
	arena_free(arena);
	if (err != ERR_OK) {
		json_decref(set);
		return NULL;
	}
	return set;
}

static const char *
row_state(const json_t *row, json_t *const live[CHAINS])
{
	const json_t *a = json_object_get(row, "alert");
	char key[KEY_ROOM];

	if (json_is_true(json_object_get(row, "refused")))
		return "refused";
	if (number_in(a, "kind") > CAP_KIND_UPDATE)
		return "message";
	live_key(key, sizeof key, bytes_in(a, "sender"), bytes_in(a, "identifier"),
		number_in(a, "sent_ms"));
	return json_object_get(live[number_in(row, "chain")], key) != NULL ? "live"
									   : "over";
}

static bool
live_sets(json_t *live[CHAINS], const struct foreign *f, int64_t now_ms)
{
	live[CHAIN_TRUSTED] = live_set(f, CHAIN_TRUSTED, now_ms);
	live[CHAIN_OTHER] = live_set(f, CHAIN_OTHER, now_ms);
	if (live[CHAIN_TRUSTED] != NULL && live[CHAIN_OTHER] != NULL)
		return true;
	json_decref(live[CHAIN_TRUSTED]);
	json_decref(live[CHAIN_OTHER]);
	return false;
}

json_t *
foreign_health(const struct foreign *f, int64_t now_ms, int64_t mono_ms)
{
	json_t *live[CHAINS], *row;
	const char *hash;
	json_int_t n = 0;

	if (!live_sets(live, f, now_ms))
		return NULL;
	json_object_foreach(f->rows, hash, row)
	{
		n += strcmp(row_state(row, live), "live") == 0;
	}
	json_decref(live[CHAIN_TRUSTED]);
	json_decref(live[CHAIN_OTHER]);
	return json_pack("{s:s,s:o,s:o,s:s,s:I,s:I}", "state",
		foreign_state_name(foreign_state(f, mono_ms)), "age_s",
		age_s(f->good_ms, mono_ms), "tried_s", age_s(f->tried_ms, mono_ms), "error",
		f->error, "missing", (json_int_t)f->missing, "live", n);
}

bool
foreign_alerts(json_t *list, const struct foreign *f, const char *source, int64_t now_ms)
{
	json_t *live[CHAINS], *row;
	const char *hash;
	bool good = true;

	if (!live_sets(live, f, now_ms))
		return false;
	json_object_foreach(f->rows, hash, row)
	{
		json_t *a = json_copy(json_object_get(row, "alert"));

		json_object_set_new(a, "source", json_string(source));
		json_object_set_new(a, "state", json_string(row_state(row, live)));
		json_object_set(a, "why", json_object_get(row, "why"));
		json_object_set(a, "received_ms", json_object_get(row, "received_ms"));
		json_object_set_new(
			a, "listed", json_boolean(number_in(row, "round") >= f->told));
		good &= json_array_append_new(list, a) == 0;
	}
	json_decref(live[CHAIN_TRUSTED]);
	json_decref(live[CHAIN_OTHER]);
	return good;
}

/* ---- forgetting ---- */

/* The chains once more, from what is still kept: they do not forget by themselves. */
static void
chains_again(struct foreign *f)
{
	struct cap_live *fresh[CHAINS] = {NULL};
	const char *hash;
	json_t *row;

	if (cap_live_new(&fresh[0], NULL) != ERR_OK ||
		cap_live_new(&fresh[1], NULL) != ERR_OK) {
		cap_live_free(fresh[0]);
		return;
	}
	for (size_t i = 0; i < CHAINS; i++) {
		cap_live_free(f->chain[i]);
		f->chain[i] = fresh[i];
	}
	json_object_foreach(f->rows, hash, row)
	{
		if (!json_is_true(json_object_get(row, "refused")) &&
			row_chain(f, row) != ERR_OK)
			row_answer(row, CAP_LIVE_REFUSED, "there was no memory for it");
	}
}

static bool
is_old(const struct foreign *f, const json_t *row, json_t *const live[CHAINS],
	int64_t now_ms)
{
	return number_in(row, "round") < f->told &&
	       number_in(row, "received_ms") < now_ms - FOREIGN_KEPT_DAYS * DAY_MS &&
	       (strcmp(row_state(row, live), "live") != 0 ||
		       json_is_null(json_object_get(
			       json_object_get(row, "alert"), "expires_ms")));
}

void
foreign_tidy(struct foreign *f, int64_t now_ms)
{
	json_t *live[CHAINS], *row;
	const char *hash;
	void *next;
	size_t gone = 0;

	if (!live_sets(live, f, now_ms))
		return;
	json_object_foreach_safe(f->rows, next, hash, row)
	{
		if (!is_old(f, row, live, now_ms))
			continue;
		json_object_del(f->links, text_in(row, "link"));
		json_object_del(f->rows, hash);
		gone++;
	}
	json_decref(live[CHAIN_TRUSTED]);
	json_decref(live[CHAIN_OTHER]);
	if (gone > 0)
		chains_again(f);
}
