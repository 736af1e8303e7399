/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cli/key.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

static char folder[64], path[96];

static int
setup(void **state)
{
	(void)state;
	snprintf(folder, sizeof folder, "/tmp/belfry-key-XXXXXX");
	if (mkdtemp(folder) == NULL)
		return -1;
	snprintf(path, sizeof path, "%s/k", folder);
	return 0;
}

static int
teardown(void **state)
{
	(void)state;
	unlink(path);
	return rmdir(folder);
}

static struct key
some_key(void)
{
	static const uint8_t seed[32] = {1, 2, 3};
	struct key k = {
		.person = "Anna", .number = 7, .secret = secret_key_from_seed(seed)};

	return k;
}

static void
write_file(const char *text, mode_t mode)
{
	FILE *f = fopen(path, "w");

	assert_non_null(f);
	fputs(text, f);
	fclose(f);
	assert_int_equal(chmod(path, mode), 0);
}

static void
what_is_written_is_read_again(void **state)
{
	struct key k = some_key(), back;
	struct stat st;

	(void)state;
	assert_int_equal(key_write(path, &k, NULL), ERR_OK);
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0600);
	assert_int_equal(key_read(&back, path, NULL), ERR_OK);
	assert_string_equal(back.person, "Anna");
	assert_int_equal(back.number, 7);
	assert_memory_equal(back.secret.seed, k.secret.seed, 32);
	assert_int_equal(key_write(path, &k, NULL), ERR_DUPLICATE);
}

static void
a_file_that_others_may_read_is_refused_with_the_mend(void **state)
{
	static const mode_t modes[] = {0640, 0604, 0644, 0620, 0601};
	struct key k = some_key();
	struct fault fault;

	(void)state;
	assert_int_equal(key_write(path, &k, NULL), ERR_OK);
	for (size_t i = 0; i < sizeof modes / sizeof *modes; i++) {
		assert_int_equal(chmod(path, modes[i]), 0);
		assert_int_equal(key_read(&k, path, &fault), ERR_REFUSED);
		assert_non_null(strstr(fault.text, "chmod 600"));
	}
	assert_int_equal(chmod(path, 0400), 0);
	assert_int_equal(key_read(&k, path, &fault), ERR_OK);
}

static void
a_broken_file_names_its_line(void **state)
{
	struct fault fault;
	struct key k;

	(void)state;
	write_file("{\n\"format\": \"belfry-key-1\",\n\"person\" 3}", 0600);
	assert_int_equal(key_read(&k, path, &fault), ERR_FORMAT);
	assert_non_null(strstr(fault.text, "line 3"));
}

static void
wrong_fields_are_refused(void **state)
{
	static const char seed[] =
		"0102030000000000000000000000000000000000000000000000000000000000";
	static const char *const forms[] = {
		"{\"format\":\"belfry-key-2\",\"person\":\"A\",\"number\":1,\"seed\":\"%"
		"s\"}",
		"{\"format\":\"belfry-key-1\",\"person\":\"\",\"number\":1,\"seed\":\"%"
		"s\"}",
		"{\"format\":\"belfry-key-1\",\"person\":\"A\",\"number\":0,\"seed\":\"%"
		"s\"}",
		"{\"format\":\"belfry-key-1\",\"person\":\"A\",\"number\":65536,\"seed\":"
		"\"%s\"}",
		"{\"format\":\"belfry-key-1\",\"person\":\"A\",\"number\":1,\"seed\":\"%"
		"s0\"}",
		"{\"format\":\"belfry-key-1\",\"number\":1,\"seed\":\"%s\"}",
	};
	char text[256];
	struct key k;

	(void)state;
	for (size_t i = 0; i < sizeof forms / sizeof *forms; i++) {
		snprintf(text, sizeof text, "%.*s%s%s",
			(int)(strstr(forms[i], "%s") - forms[i]), forms[i], seed,
			strstr(forms[i], "%s") + 2);
		write_file(text, 0600);
		assert_int_not_equal(key_read(&k, path, NULL), ERR_OK);
	}
}

static void
a_folder_or_nothing_is_no_key(void **state)
{
	struct fault fault;
	struct key k;

	(void)state;
	assert_int_equal(key_read(&k, folder, &fault), ERR_FORMAT);
	assert_int_equal(key_read(&k, path, &fault), ERR_IO);
	assert_non_null(strstr(fault.text, path));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(
			what_is_written_is_read_again, setup, teardown),
		cmocka_unit_test_setup_teardown(
			a_file_that_others_may_read_is_refused_with_the_mend, setup,
			teardown),
		cmocka_unit_test_setup_teardown(
			a_broken_file_names_its_line, setup, teardown),
		cmocka_unit_test_setup_teardown(wrong_fields_are_refused, setup, teardown),
		cmocka_unit_test_setup_teardown(
			a_folder_or_nothing_is_no_key, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
