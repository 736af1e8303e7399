/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * child.h: the process that reads one stranger's document: belfryd started again with the one word
 * CHILD_WORD, so that nothing of the hub (its key least of all) is in its memory. It reads the
 * document from its standard input, shuts itself in (cage.h), and writes what foreign_read() tells
 * as one JSON object to its standard output.
 */
#ifndef SOURCE_CHILD_H
#define SOURCE_CHILD_H

#include "cap/dsig.h"

#define CHILD_WORD "--read-foreign"

/* All of main(): its exit status. */
int child_main(void);

/* What stands on the child's standard input: the pins, then the document to its end. */
void child_ask_write(
	struct buffer *out, const struct dsig_pin *pin, size_t pins, struct bytes document);

#endif
