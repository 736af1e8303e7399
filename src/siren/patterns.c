/* SPDX-License-Identifier: GPL-3.0-or-later */
/* patterns.c: the patterns that a box knows, by number. */
#include "siren/pattern.h"

#include <stdlib.h>
#include <string.h>

struct patterns {
	struct pattern *at[256]; /* NULL where there is none */
};

enum err
patterns_new(struct patterns **out)
{
	*out = calloc(1, sizeof **out);
	return *out != NULL ? ERR_OK : ERR_NOMEM;
}

void
patterns_free(struct patterns *ps)
{
	for (size_t i = 0; ps != NULL && i < 256; i++)
		free(ps->at[i]);
	free(ps);
}

enum err
patterns_add(struct patterns *ps, const struct pattern *p, struct fault *fault)
{
	const struct pattern *named = patterns_find_name(ps, p->name);
	struct pattern *copy;

	if (ps->at[p->number] != NULL)
		return fault_set(fault, ERR_DUPLICATE,
			"pattern %s: number %u is %s's already", p->name, p->number,
			ps->at[p->number]->name);
	if (named != NULL)
		return fault_set(fault, ERR_DUPLICATE,
			"pattern %s: there are two of this name, numbers %u and %u",
			p->name, named->number, p->number);
	copy = malloc(sizeof *copy);
	if (copy == NULL)
		return fault_set(fault, ERR_NOMEM, "no memory for pattern %s", p->name);
	*copy = *p;
	ps->at[p->number] = copy;
	return ERR_OK;
}

const struct pattern *
patterns_find(const struct patterns *ps, unsigned number)
{
	return number < 256 ? ps->at[number] : NULL;
}

const struct pattern *
patterns_find_name(const struct patterns *ps, const char *name)
{
	for (size_t i = 0; i < 256; i++)
		if (ps->at[i] != NULL && strcmp(ps->at[i]->name, name) == 0)
			return ps->at[i];
	return NULL;
}

size_t
patterns_count(const struct patterns *ps)
{
	size_t n = 0;

	for (size_t i = 0; i < 256; i++)
		n += ps->at[i] != NULL;
	return n;
}
