/* SPDX-License-Identifier: GPL-3.0-or-later */
/* status.h: what the boxes of this process do, as a file that people and tests read. */
#ifndef BOX_STATUS_H
#define BOX_STATUS_H

#include "box/box.h"

enum { STATUS_MS = 2000 };

/* Put the status into the file that the configuration names, if it names one, now and every 2 s:
 * one JSON object, described in belfry-siren(8). */
void status_start(struct station *st);
/* The same object. Errors go to out->err. */
void status_write(struct buffer *out, const struct station *st);
/* Bytes of memory that this process has in use; 0 if the system does not tell. */
size_t process_memory(void);

#endif
