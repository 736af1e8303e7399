/* SPDX-License-Identifier: GPL-3.0-or-later */
/* zone_near.c: compares a mistyped word with ids, aliases and names. */
#include "geo/zone_near.h"

#include <string.h>
#include <strings.h>

enum { SHORT = 4, FAR = 3 }; /* of a word of up to SHORT letters only one may be wrong */

static int
least(int a, int b)
{
	return a < b ? a : b;
}

/* Optimal string alignment: letters left out, put in, changed, or two neighbours swapped. Letter
 * case is no difference. FAR or more is not told apart. */
static int
distance(const char *a, const char *b)
{
	int row[3][ZONE_ID_MAX + 1];
	int n = (int)strnlen(a, ZONE_ID_MAX + 1), m = (int)strnlen(b, ZONE_ID_MAX + 1);

	if (n > ZONE_ID_MAX || m > ZONE_ID_MAX || n - m >= FAR || m - n >= FAR)
		return FAR;
	for (int j = 0; j <= m; j++)
		row[0][j] = j;
	for (int i = 1; i <= n; i++) {
		int *now = row[i % 3], *up = row[(i + 2) % 3], *upper = row[(i + 1) % 3];

		now[0] = i;
		for (int j = 1; j <= m; j++) {
			int changed = strncasecmp(&a[i - 1], &b[j - 1], 1) != 0;

			now[j] = least(least(up[j], now[j - 1]) + 1, up[j - 1] + changed);
			if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
				now[j] = least(now[j], upper[j - 2] + 1);
		}
	}
	return least(row[n % 3][m], FAR);
}

static int
key_distance(const struct zone *zone, const char *word)
{
	int best = distance(zone->id, word);

	for (size_t i = 0; i < zone->alias_count; i++)
		best = least(best, distance(zone->aliases[i], word));
	return best;
}

static bool
is_name(const struct zone *zone, const char *word)
{
	for (size_t i = 0; i < zone->name_count; i++)
		if (strcasecmp(zone->names[i].text, word) == 0)
			return true;
	return false;
}

enum near
zone_near(const struct zone **out, const struct zones *z, const char *word)
{
	const struct zones_parts *all = zones_parts(z);
	const struct zone *named = NULL, *close = NULL;
	int best = strlen(word) > SHORT ? FAR : FAR - 1, names = 0, ties = 0;

	for (size_t i = 0; i < all->zone_count; i++) {
		const struct zone *zone = &all->zone[i];
		int d = key_distance(zone, word);

		if (is_name(zone, word) && names++ == 0)
			named = zone;
		if (d < best) {
			best = d;
			close = zone;
			ties = 0;
		} else if (d == best) {
			ties++;
		}
	}
	*out = names == 1 ? named : close;
	if (names == 1)
		return NEAR_NAME;
	return close != NULL && ties == 0 ? NEAR_KEY : NEAR_NONE;
}

enum err
zone_unknown(struct fault *fault, const struct zones *z, const char *word)
{
	const struct zone *zone;

	switch (z != NULL ? zone_near(&zone, z, word) : NEAR_NONE) {
	case NEAR_NAME:
		return fault_set(fault, ERR_UNKNOWN,
			"\"%.64s\" is the name of a zone; ids and numbers count, names do "
			"not: "
			"write %s or %u",
			word, zone->id, zone->number);
	case NEAR_KEY:
		return fault_set(fault, ERR_UNKNOWN,
			"zone \"%.64s\" is not known here; is %s meant (%s, %u)?", word,
			zone->id, zone_name(zone, "en"), zone->number);
	case NEAR_NONE:
		break;
	}
	return fault_set(fault, ERR_UNKNOWN,
		"zone \"%.64s\" is not known here (ids and numbers count, names do not); "
		"see: "
		"belfry zones list",
		word);
}
