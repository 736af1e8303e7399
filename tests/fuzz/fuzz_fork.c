/* SPDX-License-Identifier: GPL-3.0-or-later */
/* fuzz_fork.c: proofs of forks from strangers; what is read is judged, written and read again. */
#include "bulletin/fork.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	uint8_t seed[32] = {'b', 'b', 'b', 'b', 'b', 'b', 'b', 'b', 'b', 'b', 'b', 'b', 'b',
		'b', 'b', 'b', 'b', 'b', 'b', 'b', 'b', 'b', 'b', 'b', 'b', 'b', 'b', 'b',
		'b', 'b', 'b', 'b'};
	struct secret_key key = secret_key_from_seed(seed);
	struct reign reign = {1, key.public};
	struct fork fork;
	struct fault words;
	struct buffer b = {0};
	enum err first;

	if (fork_read(&fork, (const char *)data, size, &words) != ERR_OK)
		return 0;
	first = fork_judge(&fork, &reign, 1, &words);
	fork_write(&b, &fork);
	if (fork_check(buffer_text(&b), b.len, &reign, 1, &words) != first)
		abort();
	buffer_free(&b);
	return 0;
}
