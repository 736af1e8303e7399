/* SPDX-License-Identifier: GPL-3.0-or-later */
/* paper.c: a takeover's order is made here, on the operator's machine; no hub drafts it. */
#include "cli/paper.h"

#include "base/text.h"
#include "bulletin/verdict.h"
#include "cli/files.h"
#include "cli/say.h"

#include <sodium.h>
#include <stdlib.h>
#include <string.h>

enum { PAPER_MAX = 16384 };

/* Write its bytes and read them again: so the signatures stand where they are borrowed from. */
static enum err
settle_bytes(struct paper *p)
{
	struct buffer raw = {0};
	enum err err;

	takeover_write(&raw, &p->t, p->order);
	err = raw.err != ERR_OK ? raw.err
				: takeover_read(&p->t, p->order, buffer_bytes(&raw));
	if (err != ERR_OK) {
		buffer_free(&raw);
		return err;
	}
	buffer_free(&p->raw);
	p->raw = raw;
	return ERR_OK;
}

enum err
paper_make(
	struct paper *out, const struct roster *r, const struct takeover *t, int64_t now_ms)
{
	struct paper p = {.t = *t, .order = calloc(1, sizeof *p.order)};
	uint16_t dice;
	enum err err;

	if (p.order == NULL)
		return ERR_NOMEM;
	randombytes_buf(&dice, sizeof dice);
	p.order->body_count = 1;
	p.order->body[0] = (struct order_body){.territory = r->territory,
		.mode = r->mode,
		.class = ORDER_TAKEOVER,
		.id = order_id_make(now_ms, dice),
		.not_before_s = (uint32_t)(now_ms / 1000),
		.lifetime_s = PAPER_GOOD_S,
		.roster = r->serial,
		.content = takeover_content(t)};
	err = settle_bytes(&p);
	if (err != ERR_OK) {
		paper_free(&p);
		return err;
	}
	*out = p;
	return ERR_OK;
}

void
paper_free(struct paper *p)
{
	free(p->order);
	buffer_free(&p->raw);
	p->order = NULL;
}

static enum err
fields_read(struct paper *p, const struct buffer *text)
{
	json_t *o =
		json_loadb((const char *)text->at, text->len, JSON_REJECT_DUPLICATES, NULL);
	const char *b64 = json_text(o, "takeover");
	enum err err = base64_read(&p->raw, b64, strlen(b64));

	json_decref(o);
	return err == ERR_OK ? takeover_read(&p->t, p->order, buffer_bytes(&p->raw)) : err;
}

int
paper_read(const struct run *run, struct paper *out, const char *path)
{
	struct paper p = {.order = calloc(1, sizeof *p.order)};
	struct buffer text = {0};
	struct fault fault = {""};
	enum err err =
		p.order != NULL ? input_read(&text, path, PAPER_MAX, &fault) : ERR_NOMEM;

	if (err == ERR_OK) {
		err = fields_read(&p, &text);
		if (err != ERR_OK)
			fault_write(&fault,
				"%s: not a takeover as belfry takeover propose writes it",
				path);
	}
	buffer_free(&text);
	if (err == ERR_OK) {
		*out = p;
		return EXIT_GOOD;
	}
	paper_free(&p);
	return fail(
		run, EXIT_FAILED, "%s", fault.text[0] != '\0' ? fault.text : err_name(err));
}

json_t *
paper_json(const struct paper *p)
{
	struct buffer b64 = {0};
	json_t *o;

	base64_write(&b64, buffer_bytes(&p->raw));
	o = json_pack("{s:s}", "takeover", buffer_text(&b64));
	buffer_free(&b64);
	return o;
}

int
paper_write(const struct run *run, const struct paper *p, const char *path)
{
	json_t *o = paper_json(p);
	char *text = json_dumps(o, JSON_COMPACT);
	struct fault fault = {""};
	struct buffer b = {0};
	enum err err = ERR_NOMEM;

	if (text != NULL) {
		write_text(&b, text);
		write_text(&b, "\n");
		err = output_write(path, buffer_bytes(&b), &fault);
	}
	buffer_free(&b);
	free(text);
	json_decref(o);
	return err == ERR_OK ? EXIT_GOOD : fail_err(run, err, &fault);
}

enum err
paper_sign(struct paper *p, const struct key *key)
{
	struct hash digest = order_digest(p->order);
	struct signature s =
		signature_make(&key->secret, bytes_of(digest.at, sizeof digest.at));
	struct order *o = p->order;

	if (o->approval_count == ORDER_APPROVALS)
		return ERR_FULL;
	o->approval[o->approval_count].key = key->number;
	o->approval[o->approval_count].algorithm = APPROVAL_ED25519;
	o->approval[o->approval_count].signature = bytes_of(s.at, sizeof s.at);
	o->approval_count++;
	return settle_bytes(p);
}

static int
approval_fail(
	const struct run *run, const struct trust *trust, uint16_t key, enum verdict v)
{
	const struct roster_key *k = roster_key(&trust->roster, key);
	const char *person = k != NULL ? k->person : "nobody";

	if (v == VERDICT_KEY_UNKNOWN)
		return fail(run, EXIT_REFUSED,
			"roster %u has no key %u: only an operator in force may sign a "
			"takeover",
			trust->roster.serial, key);
	if (v == VERDICT_RIGHTS)
		return fail(run, EXIT_REFUSED,
			"key %u (%s) may not sign takeovers by roster %u: it must be an "
			"operator's, "
			"with \"takeover\" among its classes",
			key, person, trust->roster.serial);
	if (v == VERDICT_KEY_REVOKED)
		return fail(run, EXIT_REFUSED,
			"key %u (%s) is revoked: it signs nothing any more; see: belfry "
			"roster "
			"show",
			key, person);
	if (v == VERDICT_SIGNATURE)
		return fail(run, EXIT_UNVERIFIED,
			"the signature of key %u (%s) does not verify by roster %u: "
			"another key of "
			"this number, or the file was changed",
			key, person, trust->roster.serial);
	return fail(run, EXIT_REFUSED, "the signature of key %u (%s) does not count: %s",
		key, person, verdict_name(v));
}

int
paper_check(const struct run *run, const struct paper *p, const struct trust *trust,
	const struct revoked *revoked, int64_t now_ms)
{
	const struct order_body *b = &p->order->body[0];
	struct judge j = {.territory = trust->roster.territory,
		.mode = trust->roster.mode,
		.roster = &trust->roster,
		.revoked = revoked};
	struct place everywhere = {0};

	if (b->territory != trust->roster.territory || b->mode != trust->roster.mode)
		return fail(run, EXIT_UNVERIFIED,
			"it is for territory %08x, %s; this hub's is %08x, %s",
			b->territory, mode_name(b->mode), trust->roster.territory,
			mode_name(trust->roster.mode));
	if (order_expiry_ms(b) < now_ms)
		return fail(run, EXIT_REFUSED,
			"it was proposed more than %d hours ago; propose it anew: belfry "
			"takeover propose FILE",
			PAPER_GOOD_S / 3600);
	for (int i = 0; i < p->order->approval_count; i++) {
		const struct approval *a = &p->order->approval[i];
		enum verdict v = approval_judge(&j, p->order, b, a, &everywhere, 0);

		if (v != VERDICT_GOOD)
			return approval_fail(run, trust, a->key, v);
	}
	return EXIT_GOOD;
}
