/* SPDX-License-Identifier: GPL-3.0-or-later */
/* commands.h: `belfry demo` and `belfry replay`. Each returns the program's exit code. */
#ifndef DEMO_COMMANDS_H
#define DEMO_COMMANDS_H

int demo_command(int argc, char **argv);
int replay_command(int argc, char **argv);

#endif
