/* SPDX-License-Identifier: GPL-3.0-or-later */
/* review.c: decode, compare, show. */
#include "cli/review.h"

#include "base/text.h"
#include "bulletin/verdict.h"
#include "cap/capmsg.h"
#include "cli/say.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { CLOCK_OFF_MS = 60000 };

static int64_t
now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_REALTIME, &t);
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

void
review_free(struct review *r)
{
	if (r == NULL)
		return;
	arena_free(r->arena);
	buffer_free(&r->raw);
	free(r);
}

static enum err
decode(struct review *r, const struct trust *trust, const json_t *from, struct fault *fault)
{
	const json_t *text = json_object_get(from, "content");
	const char *order = json_text(from, "order");
	struct hash hash;
	enum err err;

	if (!json_is_string(text))
		return fault_set(fault, ERR_FORMAT, "there is no content");
	r->text = bytes_of(
		arena_text(r->arena, json_string_value(text), json_string_length(text)),
		json_string_length(text));
	if (r->text.at == NULL)
		return ERR_NOMEM;
	hash = hash_of(r->text);
	err = base64_read(&r->raw, order, strlen(order));
	if (err == ERR_OK)
		err = order_read(&r->order, buffer_bytes(&r->raw));
	if (err != ERR_OK)
		return fault_set(
			fault, err, "the order cannot be read (%s)", err_name(err));
	r->digest = order_digest(&r->order);
	err = content_read(&r->content, r->arena, r->text, fault);
	return err == ERR_OK ? content_fits_order(
				       &r->content, &hash, &r->order, trust->zones, fault)
			     : err;
}

/* A group is as many zones as its document says: then administrators must have signed that. */
static bool
names_group(const struct order *o)
{
	for (int i = 0; i < o->body_count; i++)
		if (o->body[i].zones.group)
			return true;
	return false;
}

static enum err
sense_check(const struct review *r, const struct trust *t, struct fault *fault)
{
	const struct content *c = &r->content;
	int64_t off_ms = c->sent_ms - now_ms();
	bool waits = r->order.approval_count > 0;

	for (int i = 0; i < r->order.body_count; i++)
		if (r->order.body[i].territory != t->roster.territory ||
			r->order.body[i].mode != t->roster.mode)
			return fault_set(fault, ERR_CONFLICT,
				"the order is for another territory or mode than the "
				"roster");
	if (names_group(&r->order) && !t->zones_signed)
		return fault_set(fault, ERR_CONFLICT,
			"the order names a zone group, and the hub's zones are not signed "
			"by "
			"two administrators of its roster");
	if (off_ms > CLOCK_OFF_MS || (!waits && off_ms < -CLOCK_OFF_MS))
		return fault_set(fault, ERR_REFUSED,
			"its time is %lld s from this machine's clock: set the clocks of "
			"both "
			"right (see: timedatectl) before you sign",
			(long long)(off_ms / 1000));
	if (c->expires_ms <= now_ms())
		return fault_set(fault, ERR_EXPIRED, "it has expired");
	return ERR_OK;
}

/* It was read before, when it was compared with the texts. */
static void
cap_look(struct review *r)
{
	if (r->content.cap.len == 0 ||
		capmsg_read_max(&r->cap, r->arena, r->content.cap.at, r->content.cap.len,
			CAPMSG_OWN_MAX, NULL) != ERR_OK)
		r->cap = (struct capmsg){.identifier = ""};
}

int
review_read(
	struct run *run, struct review **out, const struct trust *trust, const json_t *from)
{
	struct review *r = calloc(1, sizeof *r);
	struct fault fault = {""};
	char hex[65];
	enum err err = r != NULL ? arena_new(&r->arena) : ERR_NOMEM;

	if (err == ERR_OK)
		err = decode(r, trust, from, &fault);
	if (err == ERR_OK) {
		hex_write(hex, r->digest.at, sizeof r->digest.at);
		if (strcmp(hex, json_text(from, "digest")) != 0)
			err = fault_set(&fault, ERR_CONFLICT,
				"the hub names another digest than the one of its order");
	}
	if (err == ERR_OK)
		err = sense_check(r, trust, &fault);
	if (err == ERR_OK) {
		cap_look(r);
		*out = r;
		return EXIT_GOOD;
	}
	review_free(r);
	if (err == ERR_REFUSED || err == ERR_EXPIRED)
		return fail(run, EXIT_REFUSED, "%s", fault.text);
	return fail(run, EXIT_UNVERIFIED, "not signed: what the hub gives disagrees: %s",
		fault.text[0] ? fault.text : err_name(err));
}

static void
show_zones(const struct review *r, const struct trust *t)
{
	struct buffer b = {0};

	for (int i = 0; i < r->content.zone_count; i++) {
		if (i > 0)
			write_text(&b, ", ");
		zone_words(&b, t, r->content.zone[i]);
	}
	say_field("Zones", r->content.zone_count > 0 ? buffer_text(&b) : "none");
	buffer_free(&b);
}

static void
show_body(const struct order_body *b, const struct trust *t)
{
	struct buffer text = {0};
	char id[17];

	write_format(&text, "%s", order_class_name(b->class));
	if (b->pattern != 0)
		write_format(&text, ", pattern %u for %u s", b->pattern, b->seconds);
	else if (b->zones.count > 0)
		write_text(&text, ", without a sound");
	if (b->class == ORDER_ALARM && b->pattern != 0)
		write_text(&text,
			b->join ? ", joins the same alarm on air" : ", always sounds");
	for (int i = 0; i < b->zones.count; i++) {
		write_text(&text, i > 0 ? ", " : " in ");
		if (b->zones.group)
			write_format(&text, "group %u", b->zones.number[i]);
		else
			zone_words(&text, t, b->zones.number[i]);
	}
	for (int i = 0; i < b->end_count; i++) {
		id_write(id, b->ends[i]);
		write_format(&text, "%s%s", i > 0 ? ", " : "; ends ", id);
	}
	say_field("Order", buffer_text(&text));
	buffer_free(&text);
}

static void
show_texts(const struct content *c)
{
	struct buffer b = {0};

	for (size_t i = 0; i < c->text_count; i++) {
		buffer_clear(&b);
		write_format(&b, "%s\n%s\n%s", c->text[i].headline, c->text[i].description,
			c->text[i].instruction);
		say_field(c->text[i].language, buffer_text(&b));
	}
	buffer_free(&b);
}

/* What only the CAP message says: whom it names, and where. The words are those of the texts. */
static void
show_cap(const struct capmsg *m)
{
	const struct cap_info *info = m->info.at;
	struct buffer b = {0};

	if (m->identifier[0] == '\0')
		return;
	write_format(&b, "%s, %s", m->identifier, m->msg_type);
	for (size_t i = 0; m->info.n > 0 && i < info->response_type.n; i++)
		write_format(&b, ", %s", info->response_type.at[i]);
	if (m->note != NULL)
		write_format(&b, "\n%s", m->note);
	say_field("CAP", buffer_text(&b));
	buffer_clear(&b);
	for (size_t i = 0; m->info.n > 0 && i < info->area.n; i++)
		write_format(&b, "%s%s", i > 0 ? "; " : "",
			info->area.at[i].desc != NULL ? info->area.at[i].desc : "");
	say_field("CAP areas", b.len > 0 ? buffer_text(&b) : "none");
	buffer_free(&b);
}

static void
show_times(const struct content *c)
{
	char sent[TIME_TEXT], expires[TIME_TEXT], text[96], age[16];

	time_write(sent, c->sent_ms);
	time_write(expires, c->expires_ms);
	age_write(age, c->expires_ms - c->sent_ms + 999);
	snprintf(text, sizeof text, "%.19sZ to %.19sZ (%s), if nothing ends it before",
		sent, expires, age);
	say_field("Time", text);
}

void
review_show(const struct run *run, const struct review *r, const struct trust *trust)
{
	const struct content *c = &r->content;
	struct buffer words = {0};
	char id[17], hex[65];

	if (run->json)
		return;
	id_write(id, c->order);
	hex_write(hex, r->digest.at, sizeof r->digest.at);
	say("%s%s: %s%s\n", hue(c->mode == MODE_LIVE ? HUE_RED : HUE_YELLOW),
		c->mode == MODE_LIVE ? "LIVE" : "EXERCISE", verb_name(c->verb),
		hue(HUE_NONE));
	say_field("Id", id);
	if (c->alert != c->order) {
		id_write(id, c->alert);
		say_field("Of alert", id);
	}
	write_format(&words, "%s (hazard %u)", c->playbook, c->hazard);
	say_field("Playbook", buffer_text(&words));
	show_zones(r, trust);
	show_times(c);
	for (int i = 0; i < r->order.body_count; i++)
		show_body(&r->order.body[i], trust);
	show_cap(&r->cap);
	show_texts(c);
	buffer_clear(&words);
	trust_words(&words, trust);
	say_field("Roster", buffer_text(&words));
	say_field("Digest", hex);
	buffer_free(&words);
}

json_t *
review_json(const struct review *r)
{
	json_t *zones = json_array();
	char id[17], alert[17], hex[65], expires[TIME_TEXT];

	for (int i = 0; i < r->content.zone_count; i++)
		json_array_append_new(zones, json_integer(r->content.zone[i]));
	id_write(id, r->content.order);
	id_write(alert, r->content.alert);
	hex_write(hex, r->digest.at, sizeof r->digest.at);
	time_write(expires, r->content.expires_ms);
	return json_pack("{s:s,s:s,s:s,s:s,s:s,s:o,s:s,s:s,s:s}", "proposal", id, "alert",
		alert, "verb", verb_name(r->content.verb), "mode",
		mode_name(r->content.mode), "playbook", r->content.playbook, "zones", zones,
		"expires", expires, "cap", r->cap.identifier, "digest", hex);
}

int
review_agree(const struct run *run, const char *question)
{
	if (run_has(run, "yes"))
		return EXIT_GOOD;
	if (run->json || !can_ask())
		return fail(run, EXIT_USAGE,
			"nobody is at a terminal to be asked; --yes signs without asking");
	if (ask_yes(question))
		return EXIT_GOOD;
	return fail(run, EXIT_REFUSED, "nothing was signed");
}

int
review_author(struct run *run, const struct review *r, const struct trust *trust,
	uint16_t *author)
{
	const struct approval *a = &r->order.approval[0];
	const struct roster_key *key =
		r->order.approval_count > 0 ? roster_key(&trust->roster, a->key) : NULL;
	struct signature s;

	if (key == NULL)
		return fail(run, EXIT_UNVERIFIED,
			"the proposal is not signed by a key of roster %u",
			trust->roster.serial);
	if (a->algorithm != APPROVAL_ED25519 || a->signature.len != sizeof s.at)
		return fail(
			run, EXIT_UNVERIFIED, "its signature is of a kind not known here");
	memcpy(s.at, a->signature.at, sizeof s.at);
	if (!signature_verify(&key->key, bytes_of(r->digest.at, sizeof r->digest.at), &s))
		return fail(run, EXIT_UNVERIFIED,
			"the signature of key %u does not verify: the content is not what "
			"was "
			"signed",
			a->key);
	*author = a->key;
	return EXIT_GOOD;
}
