/* SPDX-License-Identifier: GPL-3.0-or-later */
/* cmd_takeover.c: `belfry takeover`: two operators make the standby hub the writer. */
#include "cli/commands.h"

#include "base/text.h"
#include "bulletin/verdict.h"
#include "cli/paper.h"
#include "cli/review.h"
#include "cli/revocations.h"
#include "cli/say.h"
#include "cli/succession.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

static int64_t
now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_REALTIME, &t);
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

/* All that a signature here rests on. */
struct desk {
	struct key key;
	struct trust trust;
	struct revocations revocations;
	struct succession s;
};

static int
desk_open(struct run *run, struct desk *d, bool signs)
{
	int code = signs ? key_of_run(run, &d->key) : EXIT_GOOD;

	if (code == EXIT_GOOD)
		code = trust_open(run, &d->trust);
	if (code != EXIT_GOOD)
		return code;
	code = revocations_ask(run, &d->revocations, &d->trust);
	if (code == EXIT_GOOD) {
		code = succession_ask(run, &d->s, &d->trust);
		if (code != EXIT_GOOD)
			revocations_free(&d->revocations);
	}
	if (code != EXIT_GOOD)
		trust_free(&d->trust);
	return code;
}

static void
desk_close(struct desk *d)
{
	succession_free(&d->s);
	revocations_free(&d->revocations);
	trust_free(&d->trust);
}

/* "Anna (key 1) and Boris (key 2)" */
static void
signers_words(struct buffer *b, const struct paper *p, const struct trust *trust)
{
	for (int i = 0; i < p->order->approval_count; i++) {
		uint16_t key = p->order->approval[i].key;
		const struct roster_key *k = roster_key(&trust->roster, key);

		write_format(b, "%s%s (key %u)", i > 0 ? " and " : "",
			k != NULL ? k->person : "not in the roster", key);
	}
	if (p->order->approval_count == 0)
		write_text(b, "nobody yet");
}

static json_t *
result_json(const struct desk *d, const struct paper *p)
{
	json_t *o = succession_json(&d->s), *by = json_array();

	for (int i = 0; p != NULL && i < p->order->approval_count; i++)
		json_array_append_new(by, json_integer(p->order->approval[i].key));
	json_object_set_new(o, "signed_by", by);
	return o;
}

static void
trust_field(const struct run *run, const struct trust *trust)
{
	struct buffer b = {0};

	trust_words(&b, trust);
	if (!run->json)
		say_field("Roster", buffer_text(&b));
	buffer_free(&b);
}

/* A takeover for what was just found, signed by one. */
static int
first_signature(struct run *run, struct desk *d, struct paper *p)
{
	struct takeover t = {.term = d->s.hub.term, .last_number = d->s.last};
	enum err err = paper_make(p, &d->trust.roster, &t, now());
	int code;

	if (err != ERR_OK)
		return fail_err(run, err, NULL);
	err = paper_sign(p, &d->key);
	code = err == ERR_OK
		       ? paper_check(run, p, &d->trust, &d->revocations.revoked, now())
		       : fail_err(run, err, NULL);
	if (code == EXIT_GOOD)
		code = paper_write(run, p, run->argument[0]);
	return code;
}

static int
propose(struct run *run, struct desk *d)
{
	struct paper p = {.order = NULL};
	int code = succession_judge(run, &d->s, &d->trust);

	if (code != EXIT_GOOD)
		return code;
	succession_say(run, &d->s);
	trust_field(run, &d->trust);
	code = review_agree(run, "Sign this takeover as its author? Type yes:");
	if (code == EXIT_GOOD)
		code = first_signature(run, d, &p);
	if (code == EXIT_GOOD && !say_json(run, result_json(d, &p))) {
		say("Signed by one. Nothing happens until another operator signs it, on "
		    "their own machine:\nbelfry takeover sign ");
		say_text(run->argument[0]);
		say("\n");
	}
	paper_free(&p);
	return code;
}

static int
takeover_propose(struct run *run)
{
	struct desk d;
	int code = desk_open(run, &d, true);

	if (code != EXIT_GOOD)
		return code;
	code = propose(run, &d);
	desk_close(&d);
	return code;
}

/* Does the paper still say what is the case? */
static int
paper_fits(struct run *run, const struct desk *d, const struct paper *p)
{
	const struct succession *s = &d->s;

	if (roster_hub_key(&d->trust.roster, p->t.term) == NULL)
		return fail(run, EXIT_NOT_FOUND,
			"it names term %u, and roster %u has no hub of that term",
			p->t.term, d->trust.roster.serial);
	if (p->t.term != s->hub.term)
		return fail(run, EXIT_REFUSED,
			"it is for the hub of term %u; this one, %s, is of term %u. Ask "
			"that hub: "
			"--hub PATH, or --via ssh://…",
			p->t.term, s->hub.name, s->hub.term);
	if (p->t.last_number < s->last)
		return fail(run, EXIT_REFUSED,
			"it names entry %llu as the last that counts, and there are "
			"entries up to "
			"%llu: signed as it is, they would be lost. Propose it anew",
			(unsigned long long)p->t.last_number, (unsigned long long)s->last);
	if (p->t.last_number > s->last)
		return fail(run, EXIT_REFUSED,
			"it names entry %llu as the last that counts, and this hub has "
			"only %llu: "
			"is it another territory's, or has the hub lost some? See: belfry "
			"hub "
			"status",
			(unsigned long long)p->t.last_number, (unsigned long long)s->last);
	return EXIT_GOOD;
}

/* Another person, and nobody signed enough already. */
static int
signer_fits(struct run *run, const struct desk *d, const struct paper *p)
{
	const struct order *o = p->order;

	if (o->approval_count == 0)
		return fail(run, EXIT_REFUSED,
			"nobody has signed it yet: belfry takeover propose %s",
			run->argument[0]);
	for (int i = 0; i < o->approval_count; i++) {
		const struct roster_key *k =
			roster_key(&d->trust.roster, o->approval[i].key);

		if (roster_same_person(&d->trust.roster, o->approval[i].key, d->key.number))
			return fail(run, EXIT_REFUSED,
				"%s signed it already (key %u): another operator must be "
				"the "
				"second, on their own machine",
				k != NULL ? k->person : "you", o->approval[i].key);
	}
	if (o->approval_count >= class_signers(ORDER_TAKEOVER))
		return fail(run, EXIT_REFUSED,
			"two operators have signed it: belfry takeover submit %s",
			run->argument[0]);
	return EXIT_GOOD;
}

/* Post it; the hub judges all of it once more. */
static int
post(struct run *run, const struct desk *d, const struct paper *p)
{
	json_t *body = paper_json(p), *answer, *o;
	int code = hub_ask(run, &answer, "POST", "/api/v1/takeovers", body);
	bool is_signed;

	json_decref(body);
	if (code != EXIT_GOOD)
		return code;
	is_signed = json_is_true(json_object_get(answer, "signed"));
	o = result_json(d, p);
	json_object_update(o, answer);
	json_decref(answer);
	if (run->json) {
		(void)say_json(run, o);
		return EXIT_GOOD;
	}
	if (is_signed)
		say("%s reigns now, in term %u; the takeover is entry %lld of the "
		    "bulletin.\n"
		    "Leave the old hub switched off. See: belfry hub status; belfry "
		    "bulletin "
		    "verify\n",
			d->s.hub.name, p->t.term, (long long)json_number(o, "number"));
	else
		say("The hub took it, and signs no entry yet: belfry hub status says "
		    "why.\n");
	json_decref(o);
	return EXIT_GOOD;
}

static int
second_signature(struct run *run, struct desk *d, struct paper *p)
{
	enum err err = paper_sign(p, &d->key);
	int code = err == ERR_OK
			   ? paper_check(run, p, &d->trust, &d->revocations.revoked, now())
			   : fail_err(run, err, NULL);

	if (code == EXIT_GOOD)
		code = paper_write(run, p, run->argument[0]);
	return code == EXIT_GOOD ? post(run, d, p) : code;
}

/* Everything that is looked at before the file's takeover may be signed or posted. */
static int
paper_judge(struct run *run, struct desk *d, const struct paper *p)
{
	int code = paper_check(run, p, &d->trust, &d->revocations.revoked, now());

	if (code == EXIT_GOOD)
		code = succession_judge(run, &d->s, &d->trust);
	return code == EXIT_GOOD ? paper_fits(run, d, p) : code;
}

static void
paper_say(const struct run *run, const struct desk *d, const struct paper *p)
{
	struct buffer b = {0};

	succession_say(run, &d->s);
	trust_field(run, &d->trust);
	signers_words(&b, p, &d->trust);
	if (!run->json)
		say_field("Signed by", buffer_text(&b));
	buffer_free(&b);
}

static int
sign(struct run *run, struct desk *d, struct paper *p)
{
	int code = signer_fits(run, d, p);

	if (code == EXIT_GOOD)
		code = paper_judge(run, d, p);
	if (code != EXIT_GOOD)
		return code;
	paper_say(run, d, p);
	code = review_agree(
		run, "Sign it as the second operator? It takes effect at once. Type yes:");
	return code == EXIT_GOOD ? second_signature(run, d, p) : code;
}

static int
submit(struct run *run, struct desk *d, struct paper *p)
{
	int code = paper_judge(run, d, p);

	if (code == EXIT_GOOD && p->order->approval_count < class_signers(ORDER_TAKEOVER))
		code = fail(run, EXIT_REFUSED,
			"it has %d signatures; two operators must sign it: belfry takeover "
			"sign "
			"%s",
			p->order->approval_count, run->argument[0]);
	return code == EXIT_GOOD ? post(run, d, p) : code;
}

/* With the paper of the first argument, at a desk. */
static int
with_paper(struct run *run, bool signs,
	int (*act)(struct run *run, struct desk *d, struct paper *p))
{
	struct paper p;
	struct desk d;
	int code = paper_read(run, &p, run->argument[0]);

	if (code != EXIT_GOOD)
		return code;
	code = desk_open(run, &d, signs);
	if (code == EXIT_GOOD) {
		code = act(run, &d, &p);
		desk_close(&d);
	}
	paper_free(&p);
	return code;
}

static int
takeover_sign(struct run *run)
{
	return with_paper(run, true, sign);
}

static int
takeover_submit(struct run *run)
{
	return with_paper(run, false, submit);
}

static int
show_paper(struct run *run, struct desk *d, struct paper *p)
{
	int code = paper_judge(run, d, p);

	if (code == EXIT_GOOD && !say_json(run, result_json(d, p)))
		paper_say(run, d, p);
	return code;
}

/* What a takeover would say now. */
static int
show_plan(struct run *run)
{
	struct desk d;
	int code = desk_open(run, &d, false);

	if (code != EXIT_GOOD)
		return code;
	code = succession_judge(run, &d.s, &d.trust);
	if (code == EXIT_GOOD && !say_json(run, result_json(&d, NULL))) {
		succession_say(run, &d.s);
		trust_field(run, &d.trust);
	}
	desk_close(&d);
	return code;
}

static int
takeover_show(struct run *run)
{
	return run->arguments > 0 ? with_paper(run, false, show_paper) : show_plan(run);
}

int
command_takeover(int argc, char **argv)
{
	enum { LOOKS = USES_HUB | USES_TRUST, SIGNS = LOOKS | USES_KEY | USES_ASK };
	static const struct cli_verb verbs[] = {
		{"show", "[FILE]",
			"Show what a takeover by this hub would do, or the one in FILE",
			LOOKS, 0, 1, succession_options, takeover_show},
		{"propose", "FILE", "Sign a takeover by this hub as its author, into FILE",
			SIGNS, 1, 1, succession_options, takeover_propose},
		{"sign", "FILE", "Sign it as the second operator; then it takes effect",
			SIGNS, 1, 1, succession_options, takeover_sign},
		{"submit", "FILE", "Post what two operators signed, if that failed before",
			LOOKS, 1, 1, succession_options, takeover_submit},
		{NULL, NULL, NULL, 0, 0, 0, NULL, NULL},
	};

	return command_verbs(
		"takeover", "Make the standby hub the one that signs", verbs, argc, argv);
}
