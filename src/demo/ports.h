/* SPDX-License-Identifier: GPL-3.0-or-later */
/* ports.h: free ports on loopback. */
#ifndef DEMO_PORTS_H
#define DEMO_PORTS_H

#include <stdbool.h>
#include <stdint.h>

/* Does nobody listen on these `count` ports in a row now? */
bool ports_are_free(uint16_t first, int count);
/* The first of `count` ports in a row on which nobody listens now; 0 if none was found. */
uint16_t ports_free(int count);

#endif
