/* SPDX-License-Identifier: GPL-3.0-or-later */
/* render_page.c: fill a page from a file of JSON and print it, as hub and edge would. */
#include "wire/template.h"

#include <stdio.h>
#include <stdlib.h>

static struct buffer
file_read(const char *path)
{
	struct buffer b = {0};
	char part[4096];
	size_t n;
	FILE *f = fopen(path, "rb");

	if (f == NULL) {
		perror(path);
		exit(1);
	}
	while ((n = fread(part, 1, sizeof part, f)) > 0)
		write_bytes(&b, part, n);
	fclose(f);
	return b;
}

int
main(int argc, char **argv)
{
	struct template *t = NULL;
	struct buffer page = {0}, text;
	struct fault f = {""};
	json_error_t where;
	json_t *context;
	enum err err;

	if (argc != 3) {
		fprintf(stderr, "usage: render_page TEMPLATE CONTEXT.json\n");
		return 2;
	}
	context = json_load_file(argv[2], JSON_REJECT_DUPLICATES, &where);
	if (context == NULL) {
		fprintf(stderr, "%s:%d: %s\n", argv[2], where.line, where.text);
		return 1;
	}
	text = file_read(argv[1]);
	err = template_new(&t, (const char *)text.at, text.len, &f);
	if (err == ERR_OK)
		err = template_fill(&page, t, context, &f);
	if (err == ERR_OK)
		fwrite(page.at, 1, page.len, stdout);
	else
		fprintf(stderr, "%s with %s: %s\n", argv[1], argv[2], f.text);
	template_free(t);
	buffer_free(&text);
	buffer_free(&page);
	json_decref(context);
	return err == ERR_OK ? 0 : 1;
}
