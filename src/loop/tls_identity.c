/* SPDX-License-Identifier: GPL-3.0-or-later */
/* tls_identity.c: making, reading and pinning keys. */
#include "loop/tls_inside.h"

#include "base/text.h"

#include <errno.h>
#include <fcntl.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum err
tls_pin_read(struct hash *out, const char *pin, struct fault *fault)
{
	if (hex_read(out->at, sizeof out->at, pin) != ERR_OK)
		return fault_set(fault, ERR_FORMAT,
			"pin \"%.80s\": a fingerprint is 64 hexadecimal digits", pin);
	return ERR_OK;
}

enum err
tls_cert_hash(struct hash *out, const X509 *cert)
{
	uint8_t *der = NULL;
	int len = i2d_X509_PUBKEY(X509_get_X509_PUBKEY(cert), &der);

	if (len <= 0)
		return ERR_FORMAT;
	*out = hash_of(bytes_of(der, (size_t)len));
	OPENSSL_free(der);
	return ERR_OK;
}

static X509 *
new_cert(EVP_PKEY *key, const char *name)
{
	X509 *cert = X509_new();
	X509_NAME *subject = cert != NULL ? X509_get_subject_name(cert) : NULL;

	/* RFC 5280 section 4.1.2.5: this end means none. A clock that is wrong must not part
	 * hub and edge. */
	if (cert != NULL && X509_set_version(cert, 2) == 1 &&
		ASN1_INTEGER_set(X509_get_serialNumber(cert), 1) == 1 &&
		ASN1_TIME_set_string(X509_getm_notBefore(cert), "19700101000000Z") == 1 &&
		ASN1_TIME_set_string(X509_getm_notAfter(cert), "99991231235959Z") == 1 &&
		X509_NAME_add_entry_by_txt(subject, "CN", MBSTRING_UTF8,
			(const unsigned char *)name, -1, -1, 0) == 1 &&
		X509_set_issuer_name(cert, subject) == 1 &&
		X509_set_pubkey(cert, key) == 1 && X509_sign(cert, key, NULL) > 0)
		return cert;
	X509_free(cert);
	return NULL;
}

/* The PEM in `bio` as a new file. */
static enum err
save(BIO *bio, const char *path, mode_t mode, struct fault *fault)
{
	char *pem;
	long len = BIO_get_mem_data(bio, &pem);
	int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode);
	bool ok;

	if (fd < 0 && errno == EEXIST)
		return fault_set(fault, ERR_DUPLICATE,
			"%s is there already; nothing was overwritten", path);
	if (fd < 0)
		return fault_set(
			fault, ERR_IO, "cannot make %s: %s", path, strerror(errno));
	ok = write(fd, pem, (size_t)len) == (ssize_t)len && fsync(fd) == 0;
	ok = close(fd) == 0 && ok;
	if (ok)
		return ERR_OK;
	unlink(path);
	return fault_set(fault, ERR_IO, "cannot write %s: %s", path, strerror(errno));
}

enum err
tls_identity_make(
	const char *key_path, const char *cert_path, const char *name, struct fault *fault)
{
	EVP_PKEY *key = EVP_PKEY_Q_keygen(NULL, NULL, "ED25519");
	X509 *cert = key != NULL ? new_cert(key, name) : NULL;
	BIO *key_pem = BIO_new(BIO_s_secmem()), *cert_pem = BIO_new(BIO_s_mem());
	enum err err;

	if (cert == NULL || key_pem == NULL || cert_pem == NULL ||
		PEM_write_bio_PrivateKey(key_pem, key, NULL, NULL, 0, NULL, NULL) != 1 ||
		PEM_write_bio_X509(cert_pem, cert) != 1)
		err = fault_set(fault, ERR_NOMEM, "cannot make a key named \"%.60s\": %s",
			name, ERR_reason_error_string(ERR_peek_last_error()));
	else
		err = save(key_pem, key_path, 0600, fault);
	if (err == ERR_OK) {
		err = save(cert_pem, cert_path, 0644, fault);
		if (err != ERR_OK)
			unlink(key_path);
	}
	BIO_free(key_pem);
	BIO_free(cert_pem);
	X509_free(cert);
	EVP_PKEY_free(key);
	return err;
}

static enum err
cert_read(X509 **out, const char *path, struct fault *fault)
{
	FILE *f = fopen(path, "re");

	if (f == NULL)
		return fault_set(
			fault, ERR_IO, "cannot read %s: %s", path, strerror(errno));
	*out = PEM_read_X509(f, NULL, NULL, NULL);
	fclose(f);
	if (*out == NULL)
		return fault_set(
			fault, ERR_FORMAT, "%s is no certificate in PEM form", path);
	return ERR_OK;
}

enum err
tls_identity_fingerprint(
	char out[TLS_FINGERPRINT], const char *cert_path, struct fault *fault)
{
	struct hash h;
	X509 *cert;
	enum err err = cert_read(&cert, cert_path, fault);

	if (err != ERR_OK)
		return err;
	err = tls_cert_hash(&h, cert);
	X509_free(cert);
	if (err != ERR_OK)
		return fault_set(fault, err, "%s has no key in it", cert_path);
	hex_write(out, h.at, sizeof h.at);
	return ERR_OK;
}

static enum err
key_read(EVP_PKEY **out, const char *path, struct fault *fault)
{
	FILE *f = fopen(path, "re");
	struct stat st;

	if (f == NULL)
		return fault_set(
			fault, ERR_IO, "cannot read %s: %s", path, strerror(errno));
	if (fstat(fileno(f), &st) != 0 || (st.st_mode & 077) != 0) {
		fclose(f);
		return fault_set(fault, ERR_REFUSED,
			"key file %s can be read by others; run: chmod 600 %s", path, path);
	}
	/* An empty password, so that nobody is asked for one on the terminal. */
	*out = PEM_read_PrivateKey(f, NULL, NULL, (void *)(uintptr_t) "");
	fclose(f);
	if (*out == NULL)
		return fault_set(
			fault, ERR_FORMAT, "%s is no private key in PEM form", path);
	return ERR_OK;
}

/* The chain means nothing here; the pin is all, and the handshake proves that the peer holds
 * its private half. */
static int
verify(X509_STORE_CTX *store, void *arg)
{
	SSL *ssl = X509_STORE_CTX_get_ex_data(store, SSL_get_ex_data_X509_STORE_CTX_idx());
	struct tls_link *link = SSL_get_app_data(ssl);
	const X509 *cert = X509_STORE_CTX_get0_cert(store);
	struct hash h;

	(void)arg;
	if (cert != NULL && tls_cert_hash(&h, cert) == ERR_OK) {
		hex_write(link->shown, h.at, sizeof h.at);
		for (size_t i = 0; i < link->n_pins; i++)
			if (hash_equal(&h, &link->pins[i]))
				return 1;
	}
	link->unpinned = true;
	X509_STORE_CTX_set_error(store, X509_V_ERR_APPLICATION_VERIFICATION);
	return 0;
}

static SSL_CTX *
new_ctx(X509 *cert, EVP_PKEY *key)
{
	SSL_CTX *ctx = SSL_CTX_new(TLS_method());

	if (ctx == NULL || SSL_CTX_set_min_proto_version(ctx, TLS1_3_VERSION) != 1 ||
		SSL_CTX_use_certificate(ctx, cert) != 1 ||
		SSL_CTX_use_PrivateKey(ctx, key) != 1 ||
		SSL_CTX_check_private_key(ctx) != 1) {
		SSL_CTX_free(ctx);
		return NULL;
	}
	SSL_CTX_set_mode(ctx, SSL_MODE_RELEASE_BUFFERS | SSL_MODE_ENABLE_PARTIAL_WRITE |
				      SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
	/* Every link shows its key again: no tickets, no sessions. */
	SSL_CTX_set_session_cache_mode(ctx, SSL_SESS_CACHE_OFF);
	SSL_CTX_set_options(ctx, SSL_OP_NO_TICKET);
	SSL_CTX_set_num_tickets(ctx, 0);
	SSL_CTX_set_verify(ctx, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, NULL);
	SSL_CTX_set_cert_verify_callback(ctx, verify, NULL);
	return ctx;
}

enum err
tls_identity_open(struct tls_identity **out, const char *key_path, const char *cert_path,
	struct fault *fault)
{
	struct tls_identity *id = calloc(1, sizeof *id);
	EVP_PKEY *key = NULL;
	X509 *cert = NULL;
	enum err err = id == NULL ? ERR_NOMEM : ERR_OK;

	if (err == ERR_OK)
		err = tls_identity_fingerprint(id->fingerprint, cert_path, fault);
	if (err == ERR_OK)
		err = cert_read(&cert, cert_path, fault);
	if (err == ERR_OK)
		err = key_read(&key, key_path, fault);
	if (err == ERR_OK && X509_check_private_key(cert, key) != 1)
		err = fault_set(fault, ERR_CONFLICT, "the key in %s is not that of %s",
			key_path, cert_path);
	if (err == ERR_OK) {
		id->ctx = new_ctx(cert, key);
		if (id->ctx == NULL)
			err = fault_set(fault, ERR_FORMAT,
				"%s cannot be used for TLS 1.3: %s", key_path,
				ERR_reason_error_string(ERR_peek_last_error()));
	}
	X509_free(cert);
	EVP_PKEY_free(key);
	ERR_clear_error();
	if (err != ERR_OK) {
		free(id);
		return err;
	}
	*out = id;
	return ERR_OK;
}

void
tls_identity_free(struct tls_identity *id)
{
	if (id == NULL)
		return;
	SSL_CTX_free(id->ctx);
	free(id);
}
