/* SPDX-License-Identifier: GPL-3.0-or-later */
/* cage.h: takes from this process all that parsing does not need. There is no way back. */
#ifndef SOURCE_CAGE_H
#define SOURCE_CAGE_H

#include "base/err.h"

enum { CAGE_CPU_S = 10, CAGE_MEMORY_MIB = 768 };

/*
 * From here on: memory, and reading and writing what is open already. Opening a file fails
 * (no descriptor may be had, and the system call says EACCES); a socket, a program, another process
 * or any other system call ends this process by SIGSYS. Errors: ERR_IO (this kernel or this kind of
 * machine cannot): then nothing of strangers may be read here.
 */
CHECKED enum err cage_shut(void);

#endif
