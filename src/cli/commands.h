/* SPDX-License-Identifier: GPL-3.0-or-later */
/* commands.h: the commands of this folder, each in its file cmd_NAME.c. */
#ifndef CLI_COMMANDS_H
#define CLI_COMMANDS_H

#include "cli/command.h"

int command_alert(int argc, char **argv);
int command_bulletin(int argc, char **argv);
int command_cap(int argc, char **argv);
int command_hub(int argc, char **argv);
int command_key(int argc, char **argv);
int command_playbook(int argc, char **argv);
int command_roster(int argc, char **argv);
int command_siren(int argc, char **argv);
int command_takeover(int argc, char **argv);
int command_watch(int argc, char **argv);
int command_zones(int argc, char **argv);

#endif
