/* SPDX-License-Identifier: GPL-3.0-or-later */
/* say.c: all that is printed goes through here. */
#include "cli/say.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* How many bytes the character at `s` has; 0 if it is not UTF-8 (RFC 3629 section 4). */
static size_t
utf8_len(const uint8_t *s, size_t left)
{
	size_t n = s[0] < 0x80			 ? 1
		   : s[0] >= 0xc2 && s[0] < 0xe0 ? 2
		   : s[0] >= 0xe0 && s[0] < 0xf0 ? 3
		   : s[0] >= 0xf0 && s[0] < 0xf5 ? 4
						 : 0;

	if (n == 0 || n > left)
		return 0;
	for (size_t i = 1; i < n; i++)
		if ((s[i] & 0xc0) != 0x80)
			return 0;
	if ((s[0] == 0xe0 && s[1] < 0xa0) || (s[0] == 0xed && s[1] >= 0xa0) ||
		(s[0] == 0xf0 && s[1] < 0x90) || (s[0] == 0xf4 && s[1] >= 0x90))
		return 0;
	return n;
}

/* C0, DEL, C1, line and paragraph separators, and what turns the writing direction. */
static bool
steers(const uint8_t *s, size_t n)
{
	if (n == 1)
		return s[0] < ' ' || s[0] == 0x7f;
	if (n == 2)
		return s[0] == 0xc2 && s[1] < 0xa0;
	if (n != 3 || s[0] != 0xe2)
		return false;
	return (s[1] == 0x80 &&
		       (s[2] == 0x8e || s[2] == 0x8f || (s[2] >= 0xa8 && s[2] <= 0xae))) ||
	       (s[1] == 0x81 && s[2] >= 0xa6 && s[2] <= 0xa9);
}

void
text_escape(struct buffer *out, const char *text, size_t len, const char *lines)
{
	const uint8_t *s = (const uint8_t *)text;

	while (len > 0) {
		size_t n = utf8_len(s, len);

		if (n > 0 && !steers(s, n)) {
			write_bytes(out, s, n);
		} else if (lines != NULL && s[0] == '\n') {
			write_text(out, "\n");
			write_text(out, lines);
			n = 1;
		} else {
			n = n > 0 ? n : 1;
			for (size_t i = 0; i < n; i++)
				write_format(out, "\\x%02x", s[i]);
		}
		s += n;
		len -= n;
	}
}

void
say(const char *format, ...)
{
	va_list ap;

	va_start(ap, format);
	vprintf(format, ap);
	va_end(ap);
}

void
say_text(const char *text)
{
	struct buffer b = {0};

	text_escape(&b, text, strlen(text), NULL);
	fputs(buffer_text(&b), stdout);
	buffer_free(&b);
}

void
say_field(const char *label, const char *text)
{
	struct buffer b = {0};

	text_escape(&b, text, strlen(text), "             ");
	printf("  %-10s %s\n", label, buffer_text(&b));
	buffer_free(&b);
}

int
fail(const struct run *run, enum exit_code code, const char *format, ...)
{
	struct buffer b = {0};
	char text[1024];
	va_list ap;

	va_start(ap, format);
	vsnprintf(text, sizeof text, format, ap);
	va_end(ap);
	text_escape(&b, text, strlen(text), NULL);
	fprintf(stderr, "belfry %s%s%s: %s\n", run->command, run->verb->name[0] ? " " : "",
		run->verb->name, buffer_text(&b));
	(void)say_json(run, json_pack("{s:s,s:i}", "error", buffer_text(&b), "exit", code));
	buffer_free(&b);
	return code;
}

int
fail_err(const struct run *run, enum err err, const struct fault *fault)
{
	enum exit_code code = EXIT_FAILED;

	if (err == ERR_SIGNATURE || err == ERR_CONFLICT)
		code = EXIT_UNVERIFIED;
	else if (err == ERR_REFUSED || err == ERR_EXPIRED)
		code = EXIT_REFUSED;
	else if (err == ERR_UNKNOWN)
		code = EXIT_NOT_FOUND;
	return fail(run, code, "%s",
		fault != NULL && fault->text[0] != '\0' ? fault->text : err_name(err));
}

bool
say_json(const struct run *run, json_t *o)
{
	if (run->json && o != NULL) {
		if (run->before != NULL)
			json_object_set(o, run->before_name, run->before);
		json_dumpf(o, stdout, JSON_INDENT(1));
		putchar('\n');
	}
	json_decref(o);
	return run->json;
}

const char *
hue(enum hue h)
{
	static const char *const sequence[] = {[HUE_NONE] = "\033[0m",
		[HUE_RED] = "\033[1;31m",
		[HUE_GREEN] = "\033[32m",
		[HUE_YELLOW] = "\033[1;33m",
		[HUE_BOLD] = "\033[1m"};
	const char *no = getenv("NO_COLOR"), *term = getenv("TERM");

	if ((no != NULL && no[0] != '\0') || !isatty(STDOUT_FILENO) || term == NULL ||
		strcmp(term, "dumb") == 0)
		return "";
	return sequence[h];
}

bool
can_ask(void)
{
	return isatty(STDIN_FILENO) && isatty(STDOUT_FILENO);
}

bool
ask_yes(const char *question)
{
	char line[64];

	printf("%s ", question);
	fflush(stdout);
	return fgets(line, sizeof line, stdin) != NULL && strcmp(line, "yes\n") == 0;
}

const char *
json_text(const json_t *o, const char *name)
{
	const char *text = json_string_value(json_object_get(o, name));

	return text != NULL ? text : "";
}

json_int_t
json_number(const json_t *o, const char *name)
{
	return json_integer_value(json_object_get(o, name));
}
