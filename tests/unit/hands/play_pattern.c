/* SPDX-License-Identifier: GPL-3.0-or-later */
/* play_pattern FOLDER NAME SECONDS SOUND: play one pattern, for the tests that measure it. */
#include "hands/pattern_files.h"
#include "hands/sound.h"

#include <stdio.h>
#include <stdlib.h>

int
main(int argc, char **argv)
{
	struct patterns *ps = NULL;
	const struct pattern *p;
	struct sound sound;
	struct fault fault = {"no such pattern"};
	enum err err = ERR_UNKNOWN;

	if (argc != 5)
		return 2;
	if (patterns_load(&ps, argv[1], &fault) == ERR_OK &&
		(p = patterns_find_name(ps, argv[2])) != NULL) {
		err = sound_read(&sound, argv[4], &fault);
		if (err == ERR_OK)
			err = sound_play(&sound, p, (uint32_t)atoi(argv[3]), NULL, &fault);
	}
	patterns_free(ps);
	if (err != ERR_OK)
		fprintf(stderr, "play_pattern: %s\n", fault.text);
	return err != ERR_OK;
}
