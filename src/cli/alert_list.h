/* SPDX-License-Identifier: GPL-3.0-or-later */
/* alert_list.h: `belfry alert list` and `belfry alert show`. */
#ifndef CLI_ALERT_LIST_H
#define CLI_ALERT_LIST_H

#include "cli/command.h"

int alert_list(struct run *run);
int alert_show(struct run *run);

#endif
