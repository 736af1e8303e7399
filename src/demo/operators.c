/* SPDX-License-Identifier: GPL-3.0-or-later */
/* operators.c: two key files at work; the same requests as a person's command line makes. */
#include "demo/operators.h"

#include "alert/compose.h"
#include "base/text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Nobody signs what he has not decoded: the digest is made here, from the order's own bytes. */
static enum err
digest_of(struct hash *out, const json_t *draft, struct fault *fault)
{
	const json_t *content = json_object_get(draft, "content");
	const char *order = json_string_value(json_object_get(draft, "order"));
	struct bytes text =
		bytes_of(json_string_value(content), json_string_length(content));
	struct order *o = calloc(1, sizeof *o);
	struct arena *arena = NULL;
	struct buffer raw = {0};
	struct content c;
	struct hash hash = hash_of(text);
	enum err err = o == NULL || arena_new(&arena) != ERR_OK ? ERR_NOMEM : ERR_OK;

	if (err == ERR_OK)
		err = order != NULL ? base64_read(&raw, order, strlen(order)) : ERR_FORMAT;
	if (err == ERR_OK)
		err = order_read(o, buffer_bytes(&raw));
	if (err == ERR_OK)
		err = content_read(&c, arena, text, fault);
	if (err == ERR_OK)
		err = content_fits_order(&c, &hash, o, NULL, fault);
	if (err == ERR_OK)
		*out = order_digest(o);
	buffer_free(&raw);
	arena_free(arena);
	free(o);
	return err;
}

static json_t *
signature_json(const struct person *p, const struct hash *digest)
{
	struct signature s =
		signature_make(&p->key, bytes_of(digest->at, sizeof digest->at));
	struct buffer text = {0};
	json_t *out;

	base64_write(&text, bytes_of(s.at, sizeof s.at));
	out = json_string(buffer_text(&text));
	buffer_free(&text);
	return out;
}

static enum err
approve(struct api *api, json_t **out, const struct person *second,
	const struct hash *digest, struct fault *fault)
{
	const char *id = json_string_value(json_object_get(*out, "proposal"));
	json_t *ask = json_pack("{s:i,s:o}", "key", second->number, "signature",
		signature_json(second, digest));
	json_t *answer = NULL;
	char path[96];
	enum err err;

	snprintf(path, sizeof path, "/api/v1/proposals/%s/approvals", id != NULL ? id : "");
	err = api_call(api, &answer, "POST", path, ask, fault);
	json_decref(ask);
	json_decref(*out);
	*out = answer;
	return err;
}

enum err
operators_order(struct api *api, json_t **out, json_t *ask, const struct person *author,
	const struct person *second, struct fault *fault)
{
	json_t *draft = NULL, *answer = NULL;
	struct hash digest;
	enum err err = api_call(api, &draft, "POST", "/api/v1/drafts", ask, fault);

	json_decref(ask);
	if (err == ERR_OK)
		err = digest_of(&digest, draft, fault);
	if (err == ERR_OK) {
		json_object_del(draft, "digest");
		json_object_set_new(draft, "key", json_integer(author->number));
		json_object_set_new(draft, "signature", signature_json(author, &digest));
		err = api_call(api, &answer, "POST", "/api/v1/proposals", draft, fault);
	}
	json_decref(draft);
	if (err == ERR_OK && second != NULL)
		err = approve(api, &answer, second, &digest, fault);
	if (err == ERR_OK)
		*out = answer;
	else
		json_decref(answer);
	return err;
}
