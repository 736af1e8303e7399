/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A template, a NUL, and the JSON that fills it. */
#include "wire/template.h"

#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	const uint8_t *nul = memchr(data, 0, len);
	size_t text_len = nul == NULL ? len : (size_t)(nul - data);
	struct template *t;
	struct buffer out = {0};
	struct fault f;
	json_t *context = NULL;
	enum err err;

	if (template_new(&t, (const char *)data, text_len, &f) != ERR_OK)
		return 0;
	if (nul != NULL)
		context = json_loadb((const char *)nul + 1, len - text_len - 1,
			JSON_REJECT_DUPLICATES, NULL);
	err = template_fill(&out, t, context, &f);
	if (err == ERR_OK && memmem(data, text_len, "<", 1) == NULL &&
		memmem(out.at, out.len, "<", 1) != NULL)
		__builtin_trap(); /* a tag that the template does not hold */
	buffer_free(&out);
	json_decref(context);
	template_free(t);
	return 0;
}
