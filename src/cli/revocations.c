/* SPDX-License-Identifier: GPL-3.0-or-later */
/* revocations.c: asks the hub for all revocations; a hub can hide one, it cannot invent one. */
#include "cli/revocations.h"

#include "base/text.h"
#include "cli/say.h"

#include <string.h>

static bool
verified(const json_t *o, const struct trust *trust, const struct revoked *before)
{
	const char *b64 = json_text(o, "revocation");
	struct buffer raw = {0};
	struct revocation v;
	bool good = base64_read(&raw, b64, strlen(b64)) == ERR_OK &&
		    revocation_read(&v, buffer_bytes(&raw)) == ERR_OK &&
		    v.key == json_number(o, "key") &&
		    revocation_check(&v, &trust->roster, before, NULL) == ERR_OK;

	buffer_free(&raw);
	return good;
}

int
revocations_ask(struct run *run, struct revocations *out, const struct trust *trust)
{
	json_t *o;
	size_t i;
	int code;

	*out = (struct revocations){.list = NULL};
	code = hub_ask_perhaps(run, &out->list, "/api/v1/revocations");
	if (code != EXIT_GOOD)
		return code;
	if (out->list == NULL) /* belfryd of an older version does not tell them */
		out->list = json_array();
	json_array_foreach(out->list, i, o)
	{
		bool good = verified(o, trust, &out->revoked);

		json_object_set_new(o, "verified", json_boolean(good));
		if (good)
			revoked_add(&out->revoked, (uint16_t)json_number(o, "key"));
	}
	return EXIT_GOOD;
}

void
revocations_free(struct revocations *r)
{
	json_decref(r->list);
	r->list = NULL;
}

static void
key_words(struct buffer *b, const struct roster *roster, json_int_t number)
{
	const struct roster_key *k = number > 0 && number <= UINT16_MAX
					     ? roster_key(roster, (uint16_t)number)
					     : NULL;

	write_format(b, "%lld (%s)", (long long)number,
		k != NULL ? k->person : "not in this roster");
}

void
revocations_say(const struct revocations *r, const struct roster *roster)
{
	const json_t *o;
	size_t i;

	json_array_foreach(r->list, i, o)
	{
		const json_t *by = json_object_get(o, "by");
		struct buffer b = {0};

		key_words(&b, roster, json_number(o, "key"));
		write_format(&b, ", void since %s, by ", json_text(o, "time"));
		for (size_t k = 0; k < json_array_size(by); k++) {
			write_text(&b, k > 0 ? " and " : "");
			key_words(&b, roster, json_integer_value(json_array_get(by, k)));
		}
		if (!json_is_true(json_object_get(o, "verified")))
			write_text(&b, "; as the hub says, not verified by this roster");
		say_field("Revoked", buffer_text(&b));
		buffer_free(&b);
	}
}
