/* SPDX-License-Identifier: GPL-3.0-or-later */
/* place.c: where the programs and their data are. */
#include "demo/place.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum err
place_find(struct place_of_files *out, struct fault *fault)
{
	const char *data = getenv("BELFRY_DATA");
	char exe[4096], *slash, share[4200];
	ssize_t n = readlink("/proc/self/exe", exe, sizeof exe - 1);

	if (n < 0)
		return fault_set(fault, ERR_IO, "/proc/self/exe: %s", strerror(errno));
	exe[n] = '\0';
	slash = strrchr(exe, '/');
	if (slash != NULL)
		*slash = '\0';
	snprintf(out->bin, sizeof out->bin, "%s", exe);
	snprintf(out->data, sizeof out->data, "%s", data != NULL ? data : BELFRY_DATADIR);
	snprintf(share, sizeof share, "%s/share/patterns", out->data);
	if (access(share, R_OK) != 0)
		return fault_set(fault, ERR_IO,
			"%s: %s; set BELFRY_DATA to the folder that holds share/ and web/",
			share, strerror(errno));
	return ERR_OK;
}
