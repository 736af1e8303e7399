/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * cap.c: the CAP library in a few lines. Without arguments it makes a warning, checks it and prints
 * it; with a file it says what is wrong with the message in it.
 *
 *   cc cap.c $(pkg-config --cflags --libs belfry-cap) -o cap
 */
#include <belfry/cap.h>

#include <stdio.h>
#include <stdlib.h>

static int
say_findings(struct belfry_cap *message)
{
	static const char *const level[] = {"note", "warning", "error"};
	const struct belfry_cap_finding *finding;
	enum belfry_cap_verdict verdict;
	size_t count;

	if (belfry_cap_check(&verdict, message, 0, NULL, NULL) != BELFRY_CAP_OK)
		return 2;
	count = belfry_cap_findings(message, &finding);
	for (size_t i = 0; i < count; i++)
		fprintf(stderr, "%u:%u: %s (rule %d) %s: %s\n", finding[i].line,
			finding[i].column, level[finding[i].level], finding[i].rule,
			finding[i].xpath, finding[i].text);
	return verdict == BELFRY_CAP_VALID || verdict == BELFRY_CAP_WARN ? 0 : 1;
}

static int
check_file(const char *path)
{
	FILE *in = fopen(path, "rb");
	static char bytes[4 << 20];
	struct belfry_cap *message;
	int code;

	if (in == NULL) {
		perror(path);
		return 2;
	}
	if (belfry_cap_read(&message, bytes, fread(bytes, 1, sizeof bytes, in), NULL) ==
		BELFRY_CAP_NO_MEMORY)
		return 2;
	fclose(in);
	code = say_findings(message);
	belfry_cap_free(message);
	return code;
}

static void
fill(struct belfry_cap *m)
{
	const struct belfry_cap_node *alert = belfry_cap_root(m), *info, *area;

	belfry_cap_add(m, alert, "identifier", "2.49.0.1.0.0.example.1");
	belfry_cap_add(m, alert, "sender", "warnings@town.example");
	belfry_cap_add(m, alert, "sent", "2026-11-22T14:22:37-00:00");
	belfry_cap_add(m, alert, "status", "Exercise");
	belfry_cap_add(m, alert, "msgType", "Alert");
	belfry_cap_add(m, alert, "scope", "Public");
	belfry_cap_add(m, alert, "note", "Exercise: the library's example");
	info = belfry_cap_add(m, alert, "info", NULL);
	belfry_cap_add(m, info, "category", "Safety");
	belfry_cap_add(m, info, "event", "Flood");
	belfry_cap_add(m, info, "urgency", "Expected");
	belfry_cap_add(m, info, "severity", "Moderate");
	belfry_cap_add(m, info, "certainty", "Likely");
	belfry_cap_add(m, info, "expires", "2026-11-22T20:00:00-00:00");
	area = belfry_cap_add(m, info, "area", NULL);
	belfry_cap_add(m, area, "areaDesc", "The meadows <by the river> & the mill");
	belfry_cap_add(m, area, "circle", "40.1,44.5 2.5");
}

int
main(int argc, char **argv)
{
	struct belfry_cap *message;
	char *bytes;
	size_t len;
	int code;

	if (belfry_cap_init() != BELFRY_CAP_OK)
		return 2;
	if (argc > 1)
		return check_file(argv[1]);
	if (belfry_cap_new(&message) != BELFRY_CAP_OK)
		return 2;
	fill(message);
	code = say_findings(message);
	if (belfry_cap_write(&bytes, &len, message) == BELFRY_CAP_OK) {
		fwrite(bytes, 1, len, stdout);
		belfry_cap_bytes_free(bytes);
	}
	belfry_cap_free(message);
	return code;
}
