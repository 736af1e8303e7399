/* SPDX-License-Identifier: GPL-3.0-or-later */
/* hash.c: libsodium and OpenSSL behind the project's own types. */
/* SHA256_Init() and its kin use the processor's own SHA instructions, need no memory and look no
 * method up: 4 times as fast as libsodium's SHA-256, twice as fast as EVP with a new context. */
#define OPENSSL_SUPPRESS_DEPRECATED
#include "base/hash.h"

#include "base/text.h"

#include <openssl/sha.h>
#include <sodium.h>
#include <string.h>

struct hash
hash_of_parts(const struct bytes *part, size_t count)
{
	SHA256_CTX state;
	struct hash h;

	SHA256_Init(&state);
	for (size_t i = 0; i < count; i++)
		SHA256_Update(&state, part[i].at, part[i].len);
	SHA256_Final(h.at, &state);
	return h;
}

struct hash
hash_of(struct bytes in)
{
	return hash_of_parts(&in, 1);
}

struct hash
hash_tagged(const char *tag, struct bytes in)
{
	return hash_of_parts((struct bytes[]){bytes_of_text(tag), in}, 2);
}

bool
hash_equal(const struct hash *a, const struct hash *b)
{
	return memcmp(a->at, b->at, sizeof a->at) == 0;
}

bool
hash_is_zero(const struct hash *h)
{
	return sodium_is_zero(h->at, sizeof h->at) == 1;
}

struct secret_key
secret_key_from_seed(const uint8_t seed[32])
{
	struct secret_key key;
	uint8_t both[crypto_sign_SECRETKEYBYTES];

	memcpy(key.seed, seed, sizeof key.seed);
	crypto_sign_seed_keypair(key.public.at, both, seed);
	sodium_memzero(both, sizeof both);
	return key;
}

struct signature
signature_make(const struct secret_key *key, struct bytes message)
{
	uint8_t both[crypto_sign_SECRETKEYBYTES];
	struct signature s;

	/* libsodium's secret key is the seed followed by the public key. */
	memcpy(both, key->seed, 32);
	memcpy(both + 32, key->public.at, 32);
	crypto_sign_detached(s.at, NULL, message.at, message.len, both);
	sodium_memzero(both, sizeof both);
	return s;
}

bool
signature_verify(
	const struct public_key *key, struct bytes message, const struct signature *s)
{
	return crypto_sign_verify_detached(s->at, message.at, message.len, key->at) == 0;
}

bool
public_key_equal(const struct public_key *a, const struct public_key *b)
{
	return memcmp(a->at, b->at, sizeof a->at) == 0;
}

void
public_key_short(char out[9], const struct public_key *key)
{
	struct hash h = hash_of(bytes_of(key->at, sizeof key->at));

	hex_write(out, h.at, 4);
}
