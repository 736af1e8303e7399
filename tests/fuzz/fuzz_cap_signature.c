/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * fuzz_cap_signature.c: whatever comes is verified without harm; what is good is still good when it is
 * asked again, and stops being good when a byte of the signed digest changes.
 */
#include "cap/dsig.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
must(bool good)
{
	if (!good)
		abort();
}

/* The first digit of the first DigestValue becomes another. */
static bool
spoil(char *text, size_t size)
{
	static const char mark[] = "DigestValue>";
	char *at = memmem(text, size, mark, sizeof mark - 1);

	if (at == NULL || at + sizeof mark > text + size)
		return false;
	at += sizeof mark - 1;
	if ((*at < 'A' || *at > 'Z') && (*at < 'a' || *at > 'z'))
		return false;
	*at = *at == 'A' ? 'B' : 'A';
	return true;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct dsig_pin pin = {.kind = DSIG_PIN_CA, .der = bytes_of(data, size)};
	struct dsig_report once, again;
	const struct dsig_signature *best;
	char *text;

	if (dsig_verify(&once, bytes_of(data, size), &pin, 1) != ERR_OK) {
		must(once.count == 0);
		return 0;
	}
	must(once.count <= DSIG_MAX && (once.left_out == 0 || once.count == DSIG_MAX));
	best = dsig_best(&once);
	must((best == NULL) == (once.count == 0));
	for (size_t i = 0; i < once.count; i++) {
		must((once.at[i].result == DSIG_GOOD) == (once.at[i].why == DSIG_FINE));
		must(!dsig_is_trusted(&once.at[i]));
	}
	if (once.count != 1 || best->result != DSIG_GOOD)
		return 0;
	text = malloc(size + 1);
	must(text != NULL);
	memcpy(text, data, size);
	if (spoil(text, size)) {
		must(dsig_verify(&again, bytes_of(text, size), NULL, 0) != ERR_OK ||
			again.count == 0 || again.at[0].result != DSIG_GOOD);
	}
	free(text);
	return 0;
}
