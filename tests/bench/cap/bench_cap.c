/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * bench_cap.c: CAP messages read and checked, against bare libxml2 building its tree of the same
 * bytes in the same run (the limit). Goals: check with all rules 0.5 of it, plain read 0.9.
 * Usage: bench_cap [--growth N] FILE…  (with --growth: check N messages, print the memory)
 */
#include "cap/check.h"

#include <libxml/parser.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum { TURNS = 7, ROUNDS = 12, FILES_MAX = 4096 };

struct file {
	char *at;
	size_t len;
};

struct corpus {
	struct file file[FILES_MAX];
	size_t count, bytes;
};

typedef void arm(const struct file *f);

static double
now_s(void)
{
	struct timespec t;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static void
dom(const struct file *f)
{
	xmlFreeDoc(xmlReadMemory(f->at, (int)f->len, "", NULL,
		XML_PARSE_NONET | XML_PARSE_NOERROR | XML_PARSE_NOWARNING));
}

static void
plain_read(const struct file *f)
{
	struct cap_tree tree;
	struct arena *arena;

	if (arena_new(&arena) != ERR_OK)
		abort();
	(void)!cap_tree_read(&tree, arena, bytes_of(f->at, f->len), NULL, NULL);
	arena_free(arena);
}

static void
check(const struct file *f)
{
	struct cap_findings findings = {0};
	enum cap_verdict verdict;
	struct cap_tree tree;

	if (arena_new(&findings.arena) != ERR_OK ||
		cap_check(&verdict, &tree, findings.arena, bytes_of(f->at, f->len), NULL,
			&findings) != ERR_OK)
		abort();
	arena_free(findings.arena);
}

/* CPU seconds for ROUNDS times all files. */
static double
time_of(arm *run, const struct corpus *c)
{
	double begin = now_s();

	for (int r = 0; r < ROUNDS; r++)
		for (size_t i = 0; i < c->count; i++)
			run(&c->file[i]);
	return now_s() - begin;
}

static int
compare(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return x < y ? -1 : x > y;
}

static void
measure(const struct corpus *c, const char *what)
{
	static arm *const arms[] = {dom, plain_read, check};
	static const char *const names[] = {
		"libxml2 tree", "plain read", "check, all rules"};
	double took[3][TURNS];

	if (c->count == 0)
		return;
	printf("%s: %zu files, %zu bytes\n", what, c->count, c->bytes);
	for (int t = 0; t < TURNS;
		t++) /* in turn: who else works here disturbs all alike */
		for (int a = 0; a < 3; a++)
			took[a][t] = time_of(arms[a], c);
	for (int a = 0; a < 3; a++)
		qsort(took[a], TURNS, sizeof **took, compare);
	for (int a = 0; a < 3; a++) {
		double s = took[a][TURNS / 2];

		printf("%-18s %9.0f messages/s  %7.1f MB/s  ratio to the limit %.2f\n",
			names[a], (double)(c->count * ROUNDS) / s,
			(double)(c->bytes * ROUNDS) / s / 1e6, took[0][TURNS / 2] / s);
	}
}

/* Apart, those with an XML signature: canonical form, digest and RSA are work of another kind. */
static void
measure_by_signature(const struct corpus *c)
{
	static struct corpus part[2];
	static const char word[] = "SignatureValue>";

	for (size_t i = 0; i < c->count; i++) {
		const struct file *f = &c->file[i];
		struct corpus *to =
			&part[memmem(f->at, f->len, word, sizeof word - 1) != NULL];

		to->file[to->count++] = *f;
		to->bytes += f->len;
	}
	measure(&part[0], "not signed");
	measure(&part[1], "signed");
}

/* The least CPU time of one file. */
static double
least(arm *run, const struct file *f)
{
	double best = 1e9;

	for (int t = 0; t < TURNS; t++) {
		double begin = now_s();

		for (int r = 0; r < ROUNDS; r++)
			run(f);
		best = now_s() - begin < best ? now_s() - begin : best;
	}
	return best;
}

/* A few messages with long polygons or RSA signatures outweigh all others in the sum. */
static void
measure_each(const struct corpus *c)
{
	static double ratio[FILES_MAX];

	for (size_t i = 0; i < c->count; i++)
		ratio[i] = least(dom, &c->file[i]) / least(check, &c->file[i]);
	qsort(ratio, c->count, sizeof *ratio, compare);
	printf("check, message by message: ratio to the limit p5 %.2f, median %.2f, p95 "
	       "%.2f\n",
		ratio[c->count / 20], ratio[c->count / 2],
		ratio[c->count - 1 - c->count / 20]);
}

static long
resident_kb(void)
{
	long pages = 0, resident = 0;
	FILE *f = fopen("/proc/self/statm", "r");

	if (f == NULL || fscanf(f, "%ld %ld", &pages, &resident) != 2)
		resident = 0;
	if (f != NULL)
		fclose(f);
	return resident * (sysconf(_SC_PAGESIZE) / 1024);
}

static int
growth(const struct corpus *c, unsigned long messages)
{
	long early = 0, late;

	for (unsigned long i = 0; i < messages; i++) {
		check(&c->file[i % c->count]);
		if (i == messages / 10)
			early = resident_kb();
	}
	late = resident_kb();
	printf("%lu messages: %ld KB after a tenth, %ld KB at the end\n", messages, early,
		late);
	return late > early + 1024;
}

static void
load(struct corpus *c, const char *path)
{
	FILE *in = fopen(path, "rb");
	struct file *f = &c->file[c->count];
	long size;

	if (in == NULL || fseek(in, 0, SEEK_END) != 0 || (size = ftell(in)) < 0 ||
		c->count == FILES_MAX) {
		perror(path);
		exit(1);
	}
	rewind(in);
	f->at = malloc((size_t)size + 1);
	f->len = f->at != NULL ? fread(f->at, 1, (size_t)size, in) : 0;
	fclose(in);
	c->bytes += f->len;
	c->count++;
}

int
main(int argc, char **argv)
{
	static struct corpus c;
	unsigned long messages = 0;
	int first = 1;

	if (argc > 3 && strcmp(argv[1], "--growth") == 0) {
		messages = strtoul(argv[2], NULL, 10);
		first = 3;
	}
	for (int i = first; i < argc; i++)
		load(&c, argv[i]);
	if (c.count == 0) {
		fputs("usage: bench_cap [--growth N] FILE...\n", stderr);
		return 2;
	}
	xmlInitParser();
	if (messages > 0)
		return growth(&c, messages);
	measure(&c, "all");
	measure_by_signature(&c);
	measure_each(&c);
	return 0;
}
