/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * tls_identity.h: the key and self-signed certificate by which hub and edge know each
 * other. Nobody signs it: each side pins the other's fingerprint, the SHA-256 of the DER
 * SubjectPublicKeyInfo (RFC 7469 section 2.4), as 64 hexadecimal digits.
 */
#ifndef LOOP_TLS_IDENTITY_H
#define LOOP_TLS_IDENTITY_H

#include "base/err.h"

enum { TLS_FINGERPRINT = 65 }; /* with the NUL */

struct tls_identity;

/*
 * Make an Ed25519 key (`key_path`, mode 0600) and a certificate for it (`cert_path`, mode
 * 0644, common name `name`, without end: the pin is what counts). Both PEM.
 * Errors: ERR_DUPLICATE (a file is there already: nothing is overwritten), ERR_IO,
 * ERR_NOMEM.
 */
CHECKED enum err tls_identity_make(
	const char *key_path, const char *cert_path, const char *name, struct fault *fault);
/* The fingerprint of a certificate file. Errors: ERR_IO, ERR_FORMAT. */
CHECKED enum err tls_identity_fingerprint(
	char out[TLS_FINGERPRINT], const char *cert_path, struct fault *fault);

/*
 * Load both files. On success the caller owns *out, and frees it after the last link that
 * uses it. Errors: ERR_REFUSED (key file readable by group or others: the fault names the
 * chmod), ERR_FORMAT, ERR_CONFLICT (the key is not the certificate's), ERR_IO, ERR_NOMEM.
 */
CHECKED enum err tls_identity_open(struct tls_identity **out, const char *key_path,
	const char *cert_path, struct fault *fault);
void tls_identity_free(struct tls_identity *id); /* NULL is fine */

#endif
