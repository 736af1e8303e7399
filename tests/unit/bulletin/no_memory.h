/* SPDX-License-Identifier: GPL-3.0-or-later */
/* no_memory.h: allocations that fail on command; link with the --wrap options of
 * meson.build. */
#ifndef TEST_BULLETIN_NO_MEMORY_H
#define TEST_BULLETIN_NO_MEMORY_H

#include <stddef.h>

/* After so many more allocations one fails; -1: none. */
static int fail_after = -1;

void *__real_malloc(size_t size);
void *__real_calloc(size_t n, size_t size);
void *__real_realloc(void *at, size_t size);
void *__real_reallocarray(void *at, size_t n, size_t size);
void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t n, size_t size);
void *__wrap_realloc(void *at, size_t size);
void *__wrap_reallocarray(void *at, size_t n, size_t size);

static int
fails(void)
{
	return fail_after >= 0 && fail_after-- == 0;
}

void *
__wrap_malloc(size_t size)
{
	return fails() ? NULL : __real_malloc(size);
}

void *
__wrap_calloc(size_t n, size_t size)
{
	return fails() ? NULL : __real_calloc(n, size);
}

void *
__wrap_realloc(void *at, size_t size)
{
	return fails() ? NULL : __real_realloc(at, size);
}

void *
__wrap_reallocarray(void *at, size_t n, size_t size)
{
	return fails() ? NULL : __real_reallocarray(at, n, size);
}

#endif
