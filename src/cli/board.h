/* SPDX-License-Identifier: GPL-3.0-or-later */
/* board.h: sirens and edges as lines of text. Silence is a state: UNKNOWN stands out. */
#ifndef CLI_BOARD_H
#define CLI_BOARD_H

#include <jansson.h>

/* `board` as GET /api/v1/board gives it. */
void board_say_sirens(const json_t *board);
void board_say_edges(const json_t *board);
void board_say_counts(const json_t *board);

#endif
