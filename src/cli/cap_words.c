/* SPDX-License-Identifier: GPL-3.0-or-later */
/* cap_words.c: finds the translations, and writes strangers' text so that a terminal is safe. */
#include "cli/cap_words.h"

#include "cli/say.h"

#include <libintl.h>
#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define DOMAIN "belfry-cap"
#define ISOLATE "\xe2\x81\xa8"	   /* U+2068, first strong isolate */
#define ISOLATE_END "\xe2\x81\xa9" /* U+2069 */

enum { LABEL_WIDTH = 14 };

static char language[36] = "en"; /* one per process, as the locale is */

/* ---- the language ---- */

static const char *
wanted_by(const struct run *run)
{
	static const char *const name[] = {"LANGUAGE", "LC_ALL", "LC_MESSAGES", "LANG"};
	const char *lang = run_option(run, "lang");

	for (size_t i = 0; lang == NULL && i < sizeof name / sizeof *name; i++) {
		const char *text = getenv(name[i]);

		if (text != NULL && text[0] != '\0')
			lang = text;
	}
	return lang != NULL ? lang : "en";
}

/* "ru_RU.UTF-8:en" is ru-RU; C and POSIX are English. */
static void
language_set(const char *text)
{
	size_t len = strcspn(text, ".:@");

	if (len == 0 || len >= sizeof language || (len == 1 && text[0] == 'C') ||
		strncmp(text, "POSIX", 5) == 0)
		return;
	memcpy(language, text, len);
	language[len] = '\0';
	for (char *at = language; *at != '\0'; at++)
		if (*at == '_')
			*at = '-';
}

/* Is the translation there? */
static bool
bind_folder(const char *folder, const char *brief)
{
	char path[4600];

	snprintf(path, sizeof path, "%s/%s/LC_MESSAGES/" DOMAIN ".mo", folder, brief);
	return access(path, R_OK) == 0 && bindtextdomain(DOMAIN, folder) != NULL;
}

/* Beside the data, in the build tree, or as installed. */
static bool
bind_somewhere(const char *brief)
{
	const char *data = getenv("BELFRY_DATA");
	char exe[4096], folder[4500], *slash;
	ssize_t n = readlink("/proc/self/exe", exe, sizeof exe - 1);

	if (data != NULL) {
		snprintf(folder, sizeof folder, "%s/locale", data);
		if (bind_folder(folder, brief))
			return true;
	}
	if (n > 0) {
		exe[n] = '\0';
		slash = strrchr(exe, '/');
		snprintf(folder, sizeof folder, "%.*s/../../po",
			slash != NULL ? (int)(slash - exe) : 0, exe);
		if (bind_folder(folder, brief))
			return true;
	}
	return bind_folder(BELFRY_LOCALEDIR, brief);
}

void
words_begin(const struct run *run)
{
	char brief[sizeof language];

	language_set(wanted_by(run));
	snprintf(brief, sizeof brief, "%.*s", (int)strcspn(language, "-"), language);
	if (!bind_somewhere(brief))
		return;
	/* The sentences alone: numbers stay as they are. glibc asks LANGUAGE in any locale but C. */
	setenv("LANGUAGE", brief, 1);
	setlocale(LC_MESSAGES, "C.UTF-8");
	bind_textdomain_codeset(DOMAIN, "UTF-8");
}

int
words_begin_in_one_of_ours(const struct run *run)
{
	static const char *const ours[] = {"en", "hy", "az", "ru"};
	const char *lang = run_option(run, "lang");
	bool known = lang == NULL;

	for (size_t i = 0; !known && i < sizeof ours / sizeof *ours; i++)
		known = strcmp(lang, ours[i]) == 0;
	if (!known)
		return fail(run, EXIT_USAGE, "--lang %s: take hy, az, ru or en", lang);
	words_begin(run);
	return EXIT_GOOD;
}

const char *
words_language(void)
{
	return language;
}

const char *
told(const char *text)
{
	return dgettext(DOMAIN, text);
}

const char *
words_translate(void *ctx, const char *format)
{
	(void)ctx;
	return told(format);
}

const char *
words_level(enum cap_level level)
{
	static const char *const word[] = {[CAP_NOTE] = N_("note"),
		[CAP_WARNING] = N_("warning"),
		[CAP_ERROR] = N_("error")};

	return told(word[level]);
}

const char *
words_verdict(enum cap_verdict verdict)
{
	static const char *const word[] = {[CAP_VALID] = N_("valid"),
		[CAP_WARN] = N_("valid, with warnings"),
		[CAP_INVALID] = N_("invalid"),
		[CAP_BAD_SIGNATURE] = N_("a signature does not match"),
		[CAP_LEGACY] = N_("an older version of CAP"),
		[CAP_FEED] = N_("a feed or an envelope"),
		[CAP_NOT_CAP] = N_("not CAP")};

	return told(word[verdict]);
}

/* ---- strangers' text ---- */

/* Hebrew, Arabic, Syriac, Thaana, N'Ko … (U+0590 to U+08FF, U+FB1D to U+FEFF, U+10800 on). */
static bool
runs_from_right(const char *text, size_t len)
{
	const uint8_t *s = (const uint8_t *)text;

	for (size_t i = 0; i + 1 < len; i++) {
		if ((s[i] == 0xd6 && s[i + 1] >= 0x90) || (s[i] >= 0xd7 && s[i] <= 0xdf) ||
			(s[i] == 0xe0 && s[i + 1] >= 0xa0 && s[i + 1] <= 0xa3) ||
			(s[i] == 0xef && s[i + 1] >= 0xac && s[i + 1] <= 0xbb) ||
			(s[i] == 0xf0 && (s[i + 1] == 0x90 || s[i + 1] == 0x9e)))
			return true;
	}
	return false;
}

void
words_line(struct buffer *out, const char *text, size_t len)
{
	bool isolate = runs_from_right(text, len);

	/* text_escape() leaves no mark of direction that could end the isolation. */
	if (isolate)
		write_text(out, ISOLATE);
	text_escape(out, text, len, NULL);
	if (isolate)
		write_text(out, ISOLATE_END);
}

/* In characters, not bytes; marks that stand above others are not in our labels. */
static int
width_of(const char *label)
{
	int n = 0;

	for (; *label != '\0'; label++)
		n += (*label & 0xc0) != 0x80;
	return n;
}

void
words_field(const char *label, struct bytes text)
{
	const char *at = (const char *)text.at;
	int pad = LABEL_WIDTH - width_of(label);
	struct buffer b = {0};

	if (text.len == 0)
		return;
	write_format(&b, "  %s%*s ", label, pad > 0 ? pad : 0, "");
	for (size_t left = text.len; left > 0;) {
		const char *end = memchr(at, '\n', left);
		size_t len = end != NULL ? (size_t)(end - at) : left;
		size_t skip = strspn(at, " \t\r");

		skip = skip < len ? skip : len;
		words_line(&b, at + skip, len - skip);
		left -= len + (end != NULL);
		at += len + (end != NULL);
		if (end != NULL && left > 0)
			write_format(&b, "\n  %*s ", LABEL_WIDTH, "");
	}
	printf("%s\n", buffer_text(&b));
	buffer_free(&b);
}

json_t *
words_json(const char *text)
{
	json_t *o = json_string(text);
	struct buffer b = {0};

	if (o == NULL) {
		text_escape(&b, text, strlen(text), NULL);
		o = json_string(buffer_text(&b));
		buffer_free(&b);
	}
	return o;
}

void
words_json_line(json_t *o)
{
	json_dumpf(
		o, stdout, JSON_COMPACT | (isatty(STDOUT_FILENO) ? JSON_ENSURE_ASCII : 0));
	putchar('\n');
	json_decref(o);
}
