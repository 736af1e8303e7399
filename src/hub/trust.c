/* SPDX-License-Identifier: GPL-3.0-or-later */
/* trust.c: what administrators change: rosters, zones, revocations, suspensions, takeovers. */
#include "hub/brain.h"

#include "base/text.h"
#include "wire/zones_document.h"

#include <stdlib.h>
#include <string.h>

static enum err
zones_check(const struct hub *h, const struct document *d, struct fault *fault)
{
	struct zones_head head;
	struct zones *zones = NULL;
	uint8_t four[4];
	enum err err = roster_endorses(&h->roster, &h->revoked, "zones", d, fault);

	if (err == ERR_OK)
		err = zones_document_read(&zones, &head, d->text, d->geometry, fault);
	if (err != ERR_OK)
		return err;
	if (hex_read(four, 4, head.territory) != ERR_OK ||
		((uint32_t)four[0] << 24 | (uint32_t)four[1] << 16 |
			(uint32_t)four[2] << 8 | four[3]) != h->roster.territory)
		err = fault_set(fault, ERR_CONFLICT,
			"the zones are of territory %s, not of ours", head.territory);
	else if (head.version != h->zones_version + 1 ||
		 !hash_equal(&head.previous, &h->zones_hash))
		err = fault_set(fault, ERR_CONFLICT,
			"zones version %llu does not follow version %llu: its version or "
			"previous is "
			"wrong; import again",
			(unsigned long long)head.version,
			(unsigned long long)h->zones_version);
	zones_free(zones);
	return err;
}

static enum err
document_check(struct hub *h, const char *kind, struct bytes data, struct fault *fault)
{
	struct arena *arena;
	struct document d;
	struct roster r;
	enum err err = arena_new(&arena);

	if (err != ERR_OK)
		return err;
	err = document_read(&d, arena, data, fault);
	if (err == ERR_OK && strcmp(kind, "zones") == 0) {
		err = zones_check(h, &d, fault);
	} else if (err == ERR_OK) {
		err = roster_read(&r, arena, d.text, fault);
		if (err == ERR_OK)
			err = roster_follows(&h->roster, &h->revoked, &r, &d, fault);
	}
	arena_free(arena);
	return err;
}

static void
published(struct hub *h, struct hub_todo *todo, uint64_t client)
{
	answer(h, todo, client, 200,
		json_pack("{s:I,s:b}", "number",
			(json_int_t)nodes_size(h->nodes) - h->settled, "signed",
			h->settled));
}

void
document_post(struct hub *h, struct hub_todo *todo, uint64_t client, const json_t *body)
{
	const char *kind = json_string_value(json_object_get(body, "kind"));
	struct fault fault = {""};
	json_t *data = json_copy((json_t *)body);
	char *text;
	enum err err = ERR_OK;

	json_object_del(data, "kind");
	text = json_dumps(data, JSON_COMPACT);
	if (kind == NULL || (strcmp(kind, "roster") != 0 && strcmp(kind, "zones") != 0) ||
		text == NULL)
		err = fault_set(&fault, ERR_FORMAT, "\"kind\" must be roster or zones");
	if (err == ERR_OK)
		err = document_check(h, kind, bytes_of_text(text), &fault);
	if (err == ERR_OK) {
		publish(h, todo, kind, bytes_of_text(text));
		published(h, todo, client);
	} else {
		answer_error(h, todo, client, err, &fault);
	}
	free(text);
	json_decref(data);
}

/* The number that it names must be the last here, or the entries behind it could never be read. */
static enum err
takeover_fits(const struct hub *h, const struct takeover *t, struct fault *fault)
{
	bool asked = h->alone;

	for (size_t i = 0; i < h->conf.edges && !h->alone; i++)
		asked = i == 0 ? h->edge[i].asked : asked && h->edge[i].asked;
	if (t->term != h->conf.term)
		return fault_set(fault, ERR_REFUSED,
			"this hub is of term %u; give the takeover to the hub of term %u",
			h->conf.term, t->term);
	if (h->last_term == h->conf.term)
		return fault_set(fault, ERR_DUPLICATE, "this hub reigns already");
	if (!asked && h->conf.edges > 0)
		return fault_set(fault, ERR_BUSY,
			"not every edge has said what it has; wait, or tell the hub to go "
			"on "
			"alone");
	if (t->last_number + 1 != nodes_size(h->nodes))
		return fault_set(fault, ERR_CONFLICT,
			"the last entry here is %llu, the takeover names %llu; sign it "
			"anew",
			(unsigned long long)nodes_size(h->nodes) - 1,
			(unsigned long long)t->last_number);
	return ERR_OK;
}

static enum err
takeover_check(const struct hub *h, struct bytes data, struct fault *fault)
{
	struct order *o = calloc(1, sizeof *o);
	struct takeover t;
	enum err err = o == NULL ? ERR_NOMEM : takeover_read(&t, o, data);

	if (err == ERR_OK && roster_hub_key(&h->roster, t.term) == NULL)
		err = fault_set(
			fault, ERR_UNKNOWN, "the roster names no hub for term %u", t.term);
	if (err == ERR_OK && judge_everywhere(h, o) != VERDICT_GOOD)
		err = fault_set(fault, ERR_REFUSED,
			"a takeover needs two operators whose keys may order it");
	if (err == ERR_OK)
		err = takeover_fits(h, &t, fault);
	free(o);
	return err;
}

static enum err
notice_check(const struct hub *h, const char *kind, struct bytes data, struct fault *fault)
{
	struct revocation v;
	struct suspension s;
	enum err err;

	if (strcmp(kind, "revocation") == 0) {
		err = revocation_read(&v, data);
		return err != ERR_OK ? err
				     : revocation_check(&v, &h->roster, &h->revoked, fault);
	}
	if (strcmp(kind, "mandate") == 0) {
		err = suspension_read(&s, data);
		return err != ERR_OK ? err
				     : suspension_check(&s, &h->roster, &h->revoked, fault);
	}
	return takeover_check(h, data, fault);
}

void
notice_post(struct hub *h, struct hub_todo *todo, uint64_t client, const char *kind,
	const json_t *body)
{
	const char *field = strcmp(kind, "mandate") == 0 ? "suspension" : kind;
	const char *text = json_string_value(json_object_get(body, field));
	struct fault fault = {""};
	struct buffer raw = {0};
	enum err err = text != NULL ? base64_read(&raw, text, strlen(text)) : ERR_FORMAT;

	if (err == ERR_OK)
		err = notice_check(h, kind, buffer_bytes(&raw), &fault);
	else
		err = fault_set(&fault, err, "\"%s\" must be base64", field);
	if (err == ERR_OK) {
		publish(h, todo, kind, buffer_bytes(&raw));
		settle(h, todo); /* a takeover lets it sign */
		published(h, todo, client);
	} else {
		answer_error(h, todo, client, err, &fault);
	}
	buffer_free(&raw);
}
