/* SPDX-License-Identifier: GPL-3.0-or-later */
/* hash.h: SHA-256 (FIPS 180-4) and Ed25519 (RFC 8032), the two on which all trust rests. */
#ifndef BASE_HASH_H
#define BASE_HASH_H

#include "base/bytes.h"

struct hash {
	uint8_t at[32];
};

struct hash hash_of(struct bytes in);
/* SHA-256 over several parts, one behind the other. */
struct hash hash_of_parts(const struct bytes *part, size_t count);
/* SHA-256 over a tag of this project's and the bytes behind it, so that no signature means
 * two things. */
struct hash hash_tagged(const char *tag, struct bytes in);
bool hash_equal(const struct hash *a, const struct hash *b);
bool hash_is_zero(const struct hash *h);

struct public_key {
	uint8_t at[32];
};
struct signature {
	uint8_t at[64];
};
/* The 32-byte seed of RFC 8032 section 5.1.5 and the public key that follows from it. */
struct secret_key {
	uint8_t seed[32];
	struct public_key public;
};

/* The key that a seed makes. Deterministic: the dice are the caller's. */
struct secret_key secret_key_from_seed(const uint8_t seed[32]);
struct signature signature_make(const struct secret_key *key, struct bytes message);
/* Cofactorless, canonical: what libsodium's crypto_sign_verify_detached accepts. */
bool signature_verify(
	const struct public_key *key, struct bytes message, const struct signature *s);
/* Something that answers as signature_verify() does, as a fleet of simulated boxes that verifies
 * each signature once for all. Where one may be given, NULL stands for signature_verify(). */
typedef bool verify_fn(void *ctx, const struct public_key *key, struct bytes message,
	const struct signature *s);
bool public_key_equal(const struct public_key *a, const struct public_key *b);
/* The first 4 bytes of SHA-256 of the key, in hexadecimal: what people compare aloud. */
void public_key_short(char out[9], const struct public_key *key);

#endif
