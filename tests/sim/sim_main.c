/* SPDX-License-Identifier: GPL-3.0-or-later */
/* sim_main.c: `belfry sim` alone, for the tests: it needs nothing but the brains and the store. */
#include "sim/sim.h"

int
main(int argc, char **argv)
{
	return sim_command(argc, argv);
}
