/* SPDX-License-Identifier: GPL-3.0-or-later */
/* conf.c: reads "sources", and the certificates that it names. */
#include "source/conf.h"

#include "base/text.h"
#include "loop/file.h"
#include "source/web.h"

#include <openssl/pem.h>
#include <openssl/x509.h>
#include <string.h>

enum {
	EVERY_LEAST_S = 2,
	EVERY_MOST_S = 24 * 3600,
	TIMEOUT_MOST_S = 120,
	SILENT_MOST_S = 30 * 86400,
	PEM_MAX = 1 << 20
};

struct reading {
	struct arena *arena;
	const char *path;
	struct fault *fault;
	const char *name; /* of the source at hand */
};

#define wrong(r, err, ...) (wrong_write(r, __VA_ARGS__), (err))

static void __attribute__((format(printf, 2, 3)))
wrong_write(const struct reading *r, const char *format, ...)
{
	char text[300];
	va_list list;

	va_start(list, format);
	vsnprintf(text, sizeof text, format, list);
	va_end(list);
	fault_write(r->fault, "%s: source %s: %s", r->path, r->name, text);
}

static const char *
kept(const struct reading *r, const char *text)
{
	return text != NULL ? arena_text(r->arena, text, strlen(text)) : NULL;
}

/* A file beside the configuration. */
static const char *
kept_path(const struct reading *r, const char *path)
{
	const char *slash = strrchr(r->path, '/'), *out;
	struct buffer b = {0};

	if (path == NULL || path[0] == '/' || slash == NULL)
		return kept(r, path);
	write_bytes(&b, r->path, (size_t)(slash - r->path) + 1);
	write_text(&b, path);
	out = kept(r, buffer_text(&b));
	buffer_free(&b);
	return out;
}

/* ---- pins ---- */

static struct bytes
kept_der(const struct reading *r, const uint8_t *der, int len)
{
	uint8_t *at = len > 0 ? arena_alloc(r->arena, (size_t)len) : NULL;

	if (at == NULL)
		return bytes_of(NULL, 0);
	memcpy(at, der, (size_t)len);
	return bytes_of(at, (size_t)len);
}

/* A certificate, or a public key, in PEM. */
static enum err
pin_file(struct dsig_pin *pin, const struct reading *r, const char *path)
{
	struct buffer text = {0};
	uint8_t *der = NULL;
	enum err err = file_read(&text, path, PEM_MAX, r->fault);
	BIO *bio =
		err == ERR_OK ? BIO_new_mem_buf(buffer_text(&text), (int)text.len) : NULL;
	X509 *certificate;
	EVP_PKEY *key;
	int len = 0;

	if (bio != NULL && pin->kind == DSIG_PIN_KEY) {
		key = PEM_read_bio_PUBKEY(bio, NULL, NULL, NULL);
		len = key != NULL ? i2d_PUBKEY(key, &der) : 0;
		EVP_PKEY_free(key);
	} else if (bio != NULL) {
		certificate = PEM_read_bio_X509(bio, NULL, NULL, NULL);
		len = certificate != NULL ? i2d_X509(certificate, &der) : 0;
		X509_free(certificate);
	}
	pin->der = kept_der(r, der, len);
	if (err == ERR_OK && pin->der.len == 0)
		err = wrong(r, ERR_FORMAT, "%s holds no %s in PEM", path,
			pin->kind == DSIG_PIN_KEY ? "public key" : "certificate");
	OPENSSL_free(der);
	BIO_free(bio);
	buffer_free(&text);
	return err;
}

static enum err
pin_read(struct dsig_pin *pin, const struct reading *r, json_t *o)
{
	static const char *const kinds[] = {[DSIG_PIN_KEY] = "key",
		[DSIG_PIN_CERTIFICATE] = "certificate",
		[DSIG_PIN_CA] = "ca"};
	const char *kind, *file = NULL, *sha256 = NULL, *sender = NULL, *name = NULL;
	int weak = 0;
	json_error_t where;
	size_t i = 0;

	if (json_unpack_ex(o, &where, JSON_STRICT, "{s:s,s?s,s?s,s?s,s?s,s?b}", "kind",
		    &kind, "file", &file, "sha256", &sha256, "sender", &sender, "name",
		    &name, "weak", &weak) != 0)
		return wrong(r, ERR_FORMAT, "pins: %s", where.text);
	while (i < 3 && strcmp(kind, kinds[i]) != 0)
		i++;
	if (i == 3 || (file == NULL) == (sha256 == NULL))
		return wrong(r, ERR_FORMAT,
			"pins: needs kind (key, certificate or ca) and either file or "
			"sha256");
	*pin = (struct dsig_pin){.kind = (enum dsig_pin_kind)i,
		.sender = kept(r, sender),
		.name = kept(r, name),
		.weak = weak != 0};
	if (file != NULL)
		return pin_file(pin, r, kept_path(r, file));
	if (hex_read(pin->sha256.at, sizeof pin->sha256.at, sha256) != ERR_OK ||
		pin->kind == DSIG_PIN_CA)
		return wrong(r, ERR_FORMAT,
			"pins: sha256 is 64 hexadecimal digits; a ca needs its file");
	return ERR_OK;
}

static enum err
pins_read(struct source_conf *c, const struct reading *r, const json_t *list)
{
	enum err err = ERR_OK;

	c->pins = json_array_size(list);
	c->pin = arena_alloc(r->arena, (c->pins + 1) * sizeof *c->pin);
	if (c->pin == NULL)
		return ERR_NOMEM;
	if (c->pins > SOURCE_PINS_MAX)
		return wrong(r, ERR_RANGE, "more than %d pins", SOURCE_PINS_MAX);
	for (size_t i = 0; i < c->pins && err == ERR_OK; i++)
		err = pin_read(&c->pin[i], r, json_array_get(list, i));
	return err;
}

/* ---- a source ---- */

static enum err
hosts_read(struct source_conf *c, const struct reading *r, const json_t *list)
{
	c->hosts = json_array_size(list);
	c->host = arena_alloc(r->arena, (c->hosts + 1) * sizeof *c->host);
	if (c->host == NULL)
		return ERR_NOMEM;
	if (c->hosts > SOURCE_HOSTS_MAX)
		return wrong(r, ERR_RANGE, "more than %d hosts", SOURCE_HOSTS_MAX);
	for (size_t i = 0; i < c->hosts; i++) {
		const char *name = json_string_value(json_array_get(list, i));

		if (name == NULL || name[0] == '\0')
			return wrong(
				r, ERR_FORMAT, "hosts are names as \"cap.example.org\"");
		c->host[i] = kept(r, name);
	}
	return ERR_OK;
}

static enum err
numbers_check(const struct source_conf *c, const struct reading *r, int silent_s)
{
	if (c->every_s < EVERY_LEAST_S || c->every_s > EVERY_MOST_S)
		return wrong(r, ERR_RANGE, "every_s is from %d to %d", EVERY_LEAST_S,
			EVERY_MOST_S);
	if (c->timeout_s < 1 || c->timeout_s > TIMEOUT_MOST_S)
		return wrong(r, ERR_RANGE, "timeout_s is from 1 to %d", TIMEOUT_MOST_S);
	if (silent_s < 0 || silent_s > SILENT_MOST_S)
		return wrong(r, ERR_RANGE, "silent_s is from 0 to %d", SILENT_MOST_S);
	return ERR_OK;
}

static enum err
way_check(struct source_conf *c, const struct reading *r, const char *url,
	const char *post_key)
{
	if ((url == NULL) == (post_key == NULL))
		return wrong(r, ERR_FORMAT, "needs either url or post_key_sha256");
	if (url != NULL && !web_is_url(url))
		return wrong(r, ERR_FORMAT,
			"url is http:// or https:// with a host, without user and "
			"password");
	c->url = kept(r, url);
	if (post_key != NULL &&
		(hex_read(c->post_key.at, sizeof c->post_key.at, post_key) != ERR_OK ||
			hash_is_zero(&c->post_key)))
		return wrong(r, ERR_FORMAT,
			"post_key_sha256 is 64 hexadecimal digits, the SHA-256 of the key");
	return ERR_OK;
}

static bool
is_name(const char *name)
{
	size_t len = strlen(name);

	return len >= 1 && len <= 32 &&
	       strspn(name, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
			    "._-") == len;
}

static enum err
rule_read(struct source_conf *c, const struct reading *r, json_t *o)
{
	const char *severity = "Unknown";
	int unsigned_too = 0;
	json_error_t where;

	if (o == NULL)
		return ERR_OK;
	if (json_unpack_ex(o, &where, JSON_STRICT, "{s?s,s?b}", "severity", &severity,
		    "unsigned", &unsigned_too) != 0)
		return wrong(r, ERR_FORMAT, "republish: %s", where.text);
	c->rule =
		(struct foreign_rule){true, unsigned_too != 0, foreign_severity(severity)};
	if (c->rule.severity < 0)
		return wrong(r, ERR_FORMAT,
			"republish: severity is Extreme, Severe, Moderate, Minor or "
			"Unknown");
	if (c->pins == 0 && !c->rule.unsigned_too)
		return wrong(r, ERR_FORMAT,
			"republish: without pins no signature is trusted, so nothing would "
			"pass; give pins, or unsigned: true");
	return ERR_OK;
}

static enum err
source_read(struct source_conf *c, struct reading *r, json_t *o)
{
	const char *name, *url = NULL, *post_key = NULL, *ca = NULL;
	int every_s = 60, timeout_s = 20, silent_s = -1;
	json_t *pins = NULL, *hosts = NULL, *rule = NULL;
	json_error_t where;
	enum err err;

	if (json_unpack_ex(o, &where, JSON_STRICT,
		    "{s:s,s?s,s?s,s?i,s?i,s?i,s?s,s?o,s?o,s?o}", "name", &name, "url", &url,
		    "post_key_sha256", &post_key, "every_s", &every_s, "timeout_s",
		    &timeout_s, "silent_s", &silent_s, "ca_file", &ca, "pins", &pins,
		    "hosts", &hosts, "republish", &rule) != 0)
		return wrong(r, ERR_FORMAT, "%s", where.text);
	if (!is_name(name))
		return wrong(r, ERR_FORMAT,
			"name has 1 to 32 of letters, digits, dot, underscore, hyphen");
	*c = (struct source_conf){.every_s = every_s, .timeout_s = timeout_s};
	r->name = c->name = kept(r, name);
	c->ca_file = kept_path(r, ca);
	if (silent_s < 0)
		silent_s = url != NULL ? 3 * every_s + timeout_s : 0;
	c->silent_ms = silent_s * 1000LL;
	err = numbers_check(c, r, silent_s);
	if (err == ERR_OK)
		err = way_check(c, r, url, post_key);
	if (err == ERR_OK)
		err = pins_read(c, r, pins);
	if (err == ERR_OK)
		err = hosts_read(c, r, hosts);
	return err == ERR_OK ? rule_read(c, r, rule) : err;
}

static enum err
list_read(struct sources_conf *out, struct reading *r, const json_t *list)
{
	enum err err = ERR_OK;

	if (!json_is_array(list) || json_array_size(list) > SOURCES_MAX)
		return wrong(r, ERR_FORMAT, "sources is a list of at most %d", SOURCES_MAX);
	out->count = json_array_size(list);
	out->at = arena_alloc(r->arena, (out->count + 1) * sizeof *out->at);
	if (out->at == NULL)
		return ERR_NOMEM;
	for (size_t i = 0; i < out->count && err == ERR_OK; i++) {
		char number[24];

		snprintf(number, sizeof number, "%zu", i + 1);
		r->name = number;
		err = source_read(&out->at[i], r, json_array_get(list, i));
		for (size_t k = 0; k < i && err == ERR_OK; k++)
			if (strcmp(out->at[k].name, out->at[i].name) == 0)
				err = wrong(r, ERR_DUPLICATE, "two sources have this name");
	}
	return err;
}

enum err
sources_conf_read(struct sources_conf *out, struct arena *arena, const char *text,
	const char *path, struct fault *fault)
{
	struct reading r = {.arena = arena, .path = path, .fault = fault, .name = "list"};
	struct sources_conf c = {NULL, 0};
	json_error_t where;
	json_t *list;
	enum err err;

	if (text == NULL) {
		*out = c;
		return ERR_OK;
	}
	list = json_loads(text, JSON_REJECT_DUPLICATES | JSON_DECODE_ANY, &where);
	err = list != NULL ? list_read(&c, &r, list)
			   : wrong(&r, ERR_FORMAT, "%s", where.text);
	json_decref(list);
	if (err == ERR_OK)
		*out = c;
	return err;
}
