/* SPDX-License-Identifier: GPL-3.0-or-later */
/* tls_link.c: one link: shake hands, then frames both ways. */
#include "loop/tls_inside.h"

#include "base/text.h"

#include <errno.h>
#include <openssl/err.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum {
	SHAKE_MS = 10000,
	BEAT_MS = 5000,
	SILENCE_MS = 20000,
	RECORD =
		16384, /* one record of TLS: read whole, so that nothing waits unseen in it */
	RECORDS_AT_ONCE = 64,
};

static void
enter(struct tls_link *k)
{
	k->running++;
}

static void
leave(struct tls_link *k)
{
	if (--k->running > 0 || !k->ended)
		return;
	buffer_free(&k->in);
	buffer_free(&k->out);
	free(k);
}

static void
hang_up(struct tls_link *k)
{
	if (k->state == LINK_DOWN)
		return;
	loop_unwatch(k->loop, &k->watch);
	loop_timer_cancel(k->loop, &k->timer);
	if (k->ssl != NULL && (k->state == LINK_UP || k->state == LINK_HELLO))
		SSL_shutdown(k->ssl);
	ERR_clear_error();
	SSL_free(k->ssl);
	k->ssl = NULL;
	close(k->fd);
	k->state = LINK_DOWN;
}

void
tls_link_free(struct tls_link *k)
{
	if (k == NULL || k->ended)
		return;
	enter(k);
	hang_up(k);
	k->ended = true;
	leave(k);
}

static void
fail(struct tls_link *k, const char *what, const char *detail)
{
	struct fault why;
	enum err err = fault_set(&why, ERR_IO, "link with %s: %s%s", k->name, what, detail);

	(void)err;
	if (k->state == LINK_DOWN)
		return;
	hang_up(k);
	if (k->listener != NULL) {
		tls_listener_let_go(k, false);
		tls_link_free(k);
	} else if (k->hooks.down != NULL) {
		k->hooks.down(k->ctx, k, &why);
	}
}

/* Why OpenSSL gave up, in words that tell whose key is to be looked at. */
static void
fail_tls(struct tls_link *k, int error)
{
	unsigned long code = ERR_peek_last_error();
	const char *reason = ERR_reason_error_string(code);
	int saved = errno;

	ERR_clear_error();
	if (k->unpinned)
		fail(k, "refused: its key is not pinned here; it showed ", k->shown);
	else if (error == SSL_ERROR_SSL && ERR_GET_REASON(code) >= SSL_AD_REASON_OFFSET &&
		 ERR_GET_REASON(code) < SSL_AD_REASON_OFFSET + 256)
		fail(k, "it refused us; there our key must be pinned: ",
			k->identity->fingerprint);
	else if (error == SSL_ERROR_ZERO_RETURN ||
		 (error == SSL_ERROR_SYSCALL && saved == 0))
		fail(k, "closed by the other side", "");
	else if (error == SSL_ERROR_SYSCALL)
		fail(k, "broke off: ", strerror(saved));
	else
		fail(k, "TLS: ", reason != NULL ? reason : "unexpected end");
}

/* True if the operation only has to wait. */
static bool
must_wait(struct tls_link *k, int result)
{
	int error = SSL_get_error(k->ssl, result);

	if (error == SSL_ERROR_WANT_WRITE)
		k->wants_write = true;
	if (error == SSL_ERROR_WANT_READ || error == SSL_ERROR_WANT_WRITE)
		return true;
	fail_tls(k, error);
	return false;
}

static void
beat(struct tls_link *k)
{
	write_u32(&k->out, 0);
	k->said_ms = loop_monotonic_ms();
}

static void
on_timer(void *ctx)
{
	struct tls_link *k = ctx;
	int64_t now_ms = loop_monotonic_ms();

	enter(k);
	if (k->state != LINK_UP) {
		fail(k, "no handshake within 10 s", "");
	} else if (now_ms - k->heard_ms > SILENCE_MS) {
		fail(k, "silent for 20 s", "");
	} else {
		if (now_ms - k->said_ms >= BEAT_MS)
			beat(k);
		loop_watch_change(k->loop, &k->watch,
			LOOP_READ | (k->out.len > k->sent ? LOOP_WRITE : 0));
		if (loop_timer_set(k->loop, &k->timer, BEAT_MS, on_timer, k) != ERR_OK)
			fail(k, "no memory for a timer", "");
	}
	leave(k);
}

static void
come_up(struct tls_link *k)
{
	k->state = LINK_UP;
	memcpy(k->peer, k->shown, sizeof k->peer);
	if (loop_timer_set(k->loop, &k->timer, BEAT_MS, on_timer, k) != ERR_OK) {
		fail(k, "no memory for a timer", "");
		return;
	}
	if (k->listener != NULL)
		tls_listener_let_go(k, true);
	if (k->hooks.up != NULL)
		k->hooks.up(k->ctx, k);
}

static void
take_frames(struct tls_link *k)
{
	size_t at = 0;

	while (k->state != LINK_DOWN && k->in.len - at >= 4) {
		struct reader r = reader_over(k->in.at + at, k->in.len - at);
		uint32_t len = read_u32(&r);
		struct bytes frame;

		if (len > TLS_FRAME_MAX) {
			fail(k, "a frame that is too long", "");
			return;
		}
		if (r.left < len)
			break;
		frame = read_bytes(&r, len);
		at += 4 + len;
		if (k->state == LINK_HELLO)
			come_up(k);
		if (len > 0 && k->state == LINK_UP && k->hooks.frame != NULL)
			k->hooks.frame(k->ctx, k, frame);
	}
	buffer_consume(&k->in, at);
	if (k->in.len == 0 && k->in.cap > 4 * RECORD)
		buffer_free(&k->in);
}

static void
read_some(struct tls_link *k)
{
	uint8_t part[RECORD];

	for (int i = 0; i < RECORDS_AT_ONCE && k->state >= LINK_HELLO; i++) {
		size_t n;
		int result;

		if (k->state == LINK_DOWN)
			return;
		ERR_clear_error();
		errno = 0;
		result = SSL_read_ex(k->ssl, part, sizeof part, &n);
		if (result != 1) {
			must_wait(k, result);
			return;
		}
		k->heard_ms = loop_monotonic_ms();
		write_bytes(&k->in, part, n);
		if (k->in.err != ERR_OK)
			fail(k, "no memory for a frame", "");
		else
			take_frames(k);
	}
}

static void
tell_drained(struct tls_link *k)
{
	if (!k->said_full || tls_link_queued(k) >= TLS_QUEUE_LOW)
		return;
	k->said_full = false;
	if (k->hooks.drained != NULL)
		k->hooks.drained(k->ctx, k);
}

static void
write_some(struct tls_link *k)
{
	while (k->sent < k->out.len) {
		size_t n, left = k->out.len - k->sent;
		int result;

		ERR_clear_error();
		errno = 0;
		result = SSL_write_ex(
			k->ssl, k->out.at + k->sent, left < RECORD ? left : RECORD, &n);
		if (result != 1) {
			if (!must_wait(k, result))
				return;
			break;
		}
		k->sent += n;
	}
	if (k->sent == k->out.len && k->out.cap > 4 * RECORD)
		buffer_free(&k->out);
	else if (k->sent == k->out.len)
		buffer_clear(&k->out);
	else if (k->sent > k->out.len / 2)
		buffer_consume(&k->out, k->sent);
	else
		return;
	/* All of it is gone, or moved to the front. */
	k->sent = 0;
	tell_drained(k);
}

static void
shake(struct tls_link *k)
{
	int result;

	ERR_clear_error();
	errno = 0;
	result = SSL_do_handshake(k->ssl);
	if (result != 1) {
		must_wait(k, result);
		return;
	}
	k->state = LINK_HELLO;
	k->heard_ms = loop_monotonic_ms();
	beat(k);
}

static void
ready(void *ctx, unsigned events)
{
	struct tls_link *k = ctx;
	int error;

	enter(k);
	k->wants_write = false;
	if (k->state == LINK_DIALLING) {
		error = socket_error(k->fd);
		if (error != 0)
			fail(k, "cannot be reached: ", strerror(error));
		else
			k->state = LINK_SHAKING;
	}
	if (k->state == LINK_SHAKING)
		shake(k);
	if (k->state == LINK_HELLO || k->state == LINK_UP) {
		if (events & (LOOP_READ | LOOP_HANGUP))
			read_some(k);
		if (k->state != LINK_DOWN)
			write_some(k);
	}
	if (k->state != LINK_DOWN)
		loop_watch_change(k->loop, &k->watch,
			LOOP_READ |
				(k->wants_write || k->out.len > k->sent ? LOOP_WRITE : 0));
	leave(k);
}

enum err
tls_link_over(struct tls_link **out, struct loop *loop, const struct tls_identity *identity,
	int fd, bool accepted, struct fault *fault)
{
	struct tls_link *k = calloc(1, sizeof *k);

	if (k != NULL)
		k->ssl = SSL_new(identity->ctx);
	if (k == NULL || k->ssl == NULL || SSL_set_fd(k->ssl, fd) != 1) {
		if (k != NULL)
			SSL_free(k->ssl);
		free(k);
		close(fd);
		return fault_set(fault, ERR_NOMEM, "no memory for a link");
	}
	SSL_set_app_data(k->ssl, k);
	if (accepted)
		SSL_set_accept_state(k->ssl);
	else
		SSL_set_connect_state(k->ssl);
	k->loop = loop;
	k->identity = identity;
	k->fd = fd;
	k->state = accepted ? LINK_SHAKING : LINK_DIALLING;
	*out = k;
	return ERR_OK;
}

enum err
tls_link_start(struct tls_link *k, struct fault *fault)
{
	enum err err =
		loop_watch(k->loop, &k->watch, k->fd, LOOP_READ | LOOP_WRITE, ready, k);

	if (err == ERR_OK)
		err = loop_timer_set(k->loop, &k->timer, SHAKE_MS, on_timer, k);
	return err == ERR_OK ? err : fault_set(fault, err, "cannot watch a link");
}

enum err
tls_link_dial(struct tls_link **out, struct loop *loop, const struct tls_identity *identity,
	const char *address, const char *pin, const struct tls_link_hooks *hooks, void *ctx,
	struct fault *fault)
{
	struct address at;
	struct hash pinned;
	struct tls_link *k;
	int fd;
	enum err err = tls_pin_read(&pinned, pin, fault);

	if (err == ERR_OK)
		err = address_read(&at, address, fault);
	if (err == ERR_OK)
		err = address_dial(&fd, &at, fault);
	if (err == ERR_OK)
		err = tls_link_over(&k, loop, identity, fd, false, fault);
	if (err != ERR_OK)
		return err;
	k->hooks = *hooks;
	k->ctx = ctx;
	k->own_pin = pinned;
	k->pins = &k->own_pin;
	k->n_pins = 1;
	address_write(k->name, &at);
	err = tls_link_start(k, fault);
	if (err != ERR_OK) {
		tls_link_free(k);
		return err;
	}
	*out = k;
	return ERR_OK;
}

enum err
tls_link_send(struct tls_link *k, struct bytes frame)
{
	if (k->state != LINK_UP)
		return ERR_IO;
	if (frame.len == 0 || frame.len > TLS_FRAME_MAX)
		return ERR_RANGE;
	if (tls_link_queued(k) > TLS_QUEUE_HIGH) {
		k->said_full = true;
		return ERR_FULL;
	}
	write_u32(&k->out, (uint32_t)frame.len);
	write_bytes(&k->out, frame.at, frame.len);
	if (k->out.err != ERR_OK)
		return k->out.err;
	k->said_ms = loop_monotonic_ms();
	/* Written when the loop comes round: `down` is never called from in here. */
	loop_watch_change(k->loop, &k->watch, LOOP_READ | LOOP_WRITE);
	return ERR_OK;
}

size_t
tls_link_queued(const struct tls_link *k)
{
	return k->out.len - k->sent;
}

const char *
tls_link_peer(const struct tls_link *k)
{
	return k->peer;
}
