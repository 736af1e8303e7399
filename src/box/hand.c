/* SPDX-License-Identifier: GPL-3.0-or-later */
/* hand.c: closes relays and listens to cabinets. */
#include "box/hand.h"

#include "box/backoff.h"
#include "box/must.h"
#include "hands/cabinet_client.h"

#include <poll.h>
#include <stdio.h>
#include <string.h>

struct hand {
	struct loop *loop;
	struct box_conf conf;
	struct hand_hooks hooks;
	void *ctx;
	uint32_t first, last; /* cabinets */
	struct cabinet_client *client;
	struct relay relay; /* of pins, or none */
	struct relay_inputs inputs;
	struct loop_watch watch;
	struct loop_timer timer;
	int64_t step_ms;
};

static void seek(void *ctx);

static void
lose(struct hand *h, const char *why)
{
	if (h->client != NULL) {
		loop_unwatch(h->loop, &h->watch);
		cabinet_client_free(h->client);
		h->client = NULL;
	}
	timer_must(h->loop, &h->timer, backoff_next_ms(&h->step_ms), seek, h);
	h->hooks.state(h->ctx, why);
}

static void
watch_writing(struct hand *h)
{
	loop_watch_change(h->loop, &h->watch,
		cabinet_client_waits(h->client) ? LOOP_READ | LOOP_WRITE : LOOP_READ);
}

static void
heard(void *ctx, uint32_t cabinet, const struct relay_inputs *in)
{
	struct hand *h = ctx;

	h->hooks.inputs(h->ctx, cabinet, in);
}

static void
ready(void *ctx, unsigned events)
{
	struct hand *h = ctx;
	struct fault why = {"the cabinets are gone"};
	enum err err = ERR_OK;

	if (events & LOOP_WRITE)
		err = cabinet_client_flush(h->client);
	if (err == ERR_OK)
		err = cabinet_client_read(h->client, heard, h, &why);
	if (err != ERR_OK)
		lose(h, why.text);
	else
		watch_writing(h);
}

static void
seek(void *ctx)
{
	struct hand *h = ctx;
	struct fault why;
	enum err err =
		cabinet_client_open(&h->client, h->conf.cabinet, h->first, h->last, &why);

	if (err != ERR_OK) {
		h->client = NULL;
		lose(h, why.text);
		return;
	}
	for (uint32_t c = h->first; c <= h->last && err == ERR_OK; c++) {
		enum hand_wish wish = h->hooks.wished(h->ctx, c);

		if (wish != HAND_LEAVE)
			err = cabinet_client_set(h->client, c, wish == HAND_ON);
	}
	if (err == ERR_OK)
		err = loop_watch(h->loop, &h->watch, cabinet_client_fd(h->client),
			LOOP_READ, ready, h);
	if (err != ERR_OK) {
		lose(h, "the cabinets went away at once");
		return;
	}
	h->step_ms = 0;
	watch_writing(h);
	h->hooks.state(h->ctx, NULL);
}

static void
look(void *ctx)
{
	struct hand *h = ctx;
	struct relay_inputs now;
	struct fault why;

	timer_must(h->loop, &h->timer, RELAY_POLL_MS, look, h);
	if (relay_inputs(&h->relay, &now, &why) != ERR_OK) {
		h->hooks.state(h->ctx, why.text);
		return;
	}
	if (memcmp(&now, &h->inputs, sizeof now) == 0)
		return;
	h->inputs = now;
	h->hooks.inputs(h->ctx, h->first, &now);
}

static void
pins_ready(void *ctx, unsigned events)
{
	(void)events;
	look(ctx);
}

static enum err
start_relay(struct hand *h, struct fault *fault)
{
	enum err err = ERR_OK;

	if (h->conf.relay == BOX_RELAY_GPIO)
		err = relay_gpio_open(&h->relay, &h->conf.gpio,
			h->hooks.wished(h->ctx, h->first) == HAND_ON, fault);
	else
		err = relay_none_open(&h->relay, NULL);
	if (err != ERR_OK)
		return err;
	if (relay_fd(&h->relay) >= 0)
		err = loop_watch(
			h->loop, &h->watch, relay_fd(&h->relay), LOOP_READ, pins_ready, h);
	look(h);
	return err;
}

enum err
hand_start(struct hand **out, struct loop *loop, const struct box_conf *conf,
	const struct enrolment *e, const struct hand_hooks *hooks, void *ctx,
	struct fault *fault)
{
	struct hand *h = calloc(1, sizeof *h);
	enum err err = ERR_OK;

	if (h == NULL)
		return fault_set(fault, ERR_NOMEM, "no memory for the relay");
	h->loop = loop;
	h->conf = *conf;
	h->hooks = *hooks;
	h->ctx = ctx;
	h->first = h->last = e->at[0].cabinet;
	for (size_t i = 0; i < e->count; i++) {
		h->first = e->at[i].cabinet < h->first ? e->at[i].cabinet : h->first;
		h->last = e->at[i].cabinet > h->last ? e->at[i].cabinet : h->last;
	}
	*out = h;
	if (conf->relay == BOX_RELAY_CABINET)
		seek(h);
	else
		err = start_relay(h, fault);
	if (err != ERR_OK) {
		hand_free(h);
		*out = NULL;
	}
	return err;
}

void
hand_free(struct hand *h)
{
	if (h == NULL)
		return;
	loop_timer_cancel(h->loop, &h->timer);
	loop_unwatch(h->loop, &h->watch);
	cabinet_client_free(h->client);
	relay_close(&h->relay);
	free(h);
}

void
hand_set(struct hand *h, uint32_t cabinet, bool on)
{
	struct fault why;

	if (h->conf.relay == BOX_RELAY_CABINET) {
		if (h->client == NULL)
			return; /* told when they are back */
		if (cabinet_client_set(h->client, cabinet, on) == ERR_OK)
			watch_writing(h);
		return; /* a loss shows in the watch */
	}
	if (relay_set(&h->relay, on, &why) != ERR_OK)
		h->hooks.state(h->ctx, why.text);
	timer_must(h->loop, &h->timer, 0, look, h);
}

void
hand_hear(struct hand *h)
{
	if (h->client != NULL)
		ready(h, LOOP_READ);
}

void
hand_flush(struct hand *h, int wait_ms)
{
	int64_t until = loop_monotonic_ms() + wait_ms, left;

	while (h->client != NULL && cabinet_client_waits(h->client) &&
		(left = until - loop_monotonic_ms()) > 0) {
		struct pollfd p = {cabinet_client_fd(h->client), POLLOUT, 0};

		if (poll(&p, 1, (int)left) < 0 || cabinet_client_flush(h->client) != ERR_OK)
			return;
	}
}
