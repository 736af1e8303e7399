/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The 119 cases of transparency-dev/merkle, if they lie beside the project. */
#include "base/text.h"
#include "bulletin/tree.h"

#include <dirent.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <jansson.h>

static const char *folder;

/* False if it is no base64, or nothing. Some cases have roots of 12 bytes ("don't care")
 * where it matters alone whether they are equal: the hash of such bytes stands for them,
 * and equals no other. */
static bool
hash_from(struct hash *out, const json_t *text)
{
	struct buffer raw = {0};
	bool ok = json_is_string(text) &&
		  base64_read(&raw, json_string_value(text), json_string_length(text)) ==
			  ERR_OK &&
		  raw.len > 0;

	if (ok && raw.len == sizeof out->at)
		memcpy(out->at, raw.at, sizeof out->at);
	else if (ok)
		*out = hash_of(buffer_bytes(&raw));
	buffer_free(&raw);
	return ok;
}

static bool
proof_from(struct proof *out, const json_t *list)
{
	out->count = json_array_size(list);
	if (out->count > TREE_PROOF_MAX)
		return false;
	for (size_t i = 0; i < out->count; i++)
		if (!hash_from(&out->at[i], json_array_get(list, i)))
			return false;
	return true;
}

/* One case has the number 2^64 - 1, which jansson reads as a real alone. */
static uint64_t
number_of(const json_t *o, const char *key)
{
	double v = json_number_value(json_object_get(o, key));

	return v >= 0x1p64 ? UINT64_MAX : (uint64_t)v;
}

static bool
passes(const json_t *o)
{
	struct proof p;
	struct hash a, b;
	bool inclusion = json_object_get(o, "leafIdx") != NULL;

	if (!proof_from(&p, json_object_get(o, "proof")) ||
		!hash_from(&a, json_object_get(o, inclusion ? "leafHash" : "root1")) ||
		!hash_from(&b, json_object_get(o, inclusion ? "root" : "root2")))
		return false;
	if (inclusion)
		return tree_verify_inclusion(&a, number_of(o, "leafIdx"),
			       number_of(o, "treeSize"), &b, p.at, p.count) == ERR_OK;
	return tree_verify_consistency(number_of(o, "size1"), &a, number_of(o, "size2"), &b,
		       p.at, p.count) == ERR_OK;
}

static void
every_case_gets_the_verdict_of_the_collection(void **state)
{
	DIR *dir = opendir(folder);
	struct dirent *entry;
	int cases = 0;

	(void)state;
	assert_non_null(dir);
	while ((entry = readdir(dir)) != NULL) {
		char path[1024];
		json_t *o;

		if (strstr(entry->d_name, ".json") == NULL)
			continue;
		snprintf(path, sizeof path, "%s/%s", folder, entry->d_name);
		o = json_load_file(path, JSON_DECODE_INT_AS_REAL, NULL);
		assert_non_null(o);
		if (passes(o) != json_is_false(json_object_get(o, "wantErr")))
			fail_msg("%s: wrong verdict", entry->d_name);
		json_decref(o);
		cases++;
	}
	closedir(dir);
	assert_int_equal(cases, 119);
}

int
main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_case_gets_the_verdict_of_the_collection),
	};
	DIR *dir;

	folder = argc > 1 ? argv[1] : "";
	dir = opendir(folder);
	if (dir == NULL) {
		printf("skipped: no %s\n", folder);
		return 77;
	}
	closedir(dir);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
