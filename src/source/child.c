/* SPDX-License-Identifier: GPL-3.0-or-later */
/* child.c: one document in, one JSON object out, in a cage. */
#include "source/child.h"

#include "alert/foreign_read.h"
#include "base/arena.h"
#include "source/cage.h"

#include <libxml/parser.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { PINS_MAX = 32, NONE = 0xFFFF, ASK_MAX = FOREIGN_FEED_MAX + (1 << 20) };

/* ---- the question ---- */

static void
write_word(struct buffer *out, const char *text)
{
	size_t len = text != NULL ? strlen(text) : 0;

	write_u16(out, text != NULL && len < NONE ? (uint16_t)len : NONE);
	if (text != NULL && len < NONE)
		write_bytes(out, text, len);
}

void
child_ask_write(
	struct buffer *out, const struct dsig_pin *pin, size_t pins, struct bytes document)
{
	write_u8(out, (uint8_t)pins);
	for (size_t i = 0; i < pins; i++) {
		write_u8(out, (uint8_t)pin[i].kind);
		write_u8(out, pin[i].weak);
		write_bytes(out, pin[i].sha256.at, sizeof pin[i].sha256.at);
		write_u32(out, (uint32_t)pin[i].der.len);
		write_bytes(out, pin[i].der.at, pin[i].der.len);
		write_word(out, pin[i].sender);
		write_word(out, pin[i].name);
	}
	write_bytes(out, document.at, document.len);
}

static const char *
read_word(struct reader *r, struct arena *arena)
{
	uint16_t len = read_u16(r);
	struct bytes text = read_bytes(r, len == NONE ? 0 : len);

	return len == NONE || r->err != ERR_OK
		       ? NULL
		       : arena_text(arena, (const char *)text.at, text.len);
}

static size_t
read_pins(struct dsig_pin pin[PINS_MAX], struct reader *r, struct arena *arena)
{
	size_t n = read_u8(r);

	for (size_t i = 0; i < n && i < PINS_MAX; i++) {
		pin[i].kind = (enum dsig_pin_kind)read_u8(r);
		pin[i].weak = read_u8(r) != 0;
		read_into(r, pin[i].sha256.at, sizeof pin[i].sha256.at);
		pin[i].der = read_bytes(r, read_u32(r));
		pin[i].sender = read_word(r, arena);
		pin[i].name = read_word(r, arena);
	}
	return n <= PINS_MAX && r->err == ERR_OK ? n : SIZE_MAX;
}

static bool
read_input(struct buffer *in)
{
	uint8_t part[16384];
	ssize_t n;

	while (in->len <= ASK_MAX && (n = read(0, part, sizeof part)) > 0)
		write_bytes(in, part, (size_t)n);
	return in->err == ERR_OK && in->len <= ASK_MAX;
}

/* ---- the answer ---- */

static bool
write_output(const char *text)
{
	size_t len = strlen(text);

	while (len > 0) {
		ssize_t n = write(1, text, len);

		if (n <= 0)
			return false;
		text += n;
		len -= (size_t)n;
	}
	return true;
}

static int
tell(const struct buffer *in)
{
	struct reader r = reader_over(in->at, in->len);
	struct dsig_pin pin[PINS_MAX] = {0};
	struct arena *arena;
	json_t *o = NULL;
	char *text = NULL;
	size_t pins;
	int code = 1;

	if (arena_new(&arena) != ERR_OK)
		return 1;
	pins = read_pins(pin, &r, arena);
	if (pins != SIZE_MAX &&
		foreign_read(&o, bytes_of(r.at, r.left), pin, pins) == ERR_OK)
		text = json_dumps(o, JSON_COMPACT);
	if (text != NULL && write_output(text))
		code = 0;
	free(text);
	json_decref(o);
	arena_free(arena);
	return code;
}

/* Whatever the libraries want to read of files, they read now. */
static bool
warm_up(void)
{
	struct bytes none = bytes_of_text("");
	struct dsig_report report;
	struct hash hash;

	if (sodium_init() < 0 ||
		OPENSSL_init_crypto(
			OPENSSL_INIT_LOAD_CONFIG | OPENSSL_INIT_LOAD_CRYPTO_STRINGS,
			NULL) != 1)
		return false;
	xmlInitParser();
	hash = hash_of(none);
	return !hash_is_zero(&hash) && dsig_verify(&report, none, NULL, 0) != ERR_OK;
}

int
child_main(void)
{
	struct buffer in = {0};
	int code = 1;

	if (warm_up() && cage_shut() == ERR_OK && read_input(&in))
		code = tell(&in);
	/* Without the libraries' last words: they would want files. */
	_exit(code);
}
