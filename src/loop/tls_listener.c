/* SPDX-License-Identifier: GPL-3.0-or-later */
/* tls_listener.c: the edge's side: links from the pinned peers. */
#include "loop/tls_inside.h"

#include <stdlib.h>
#include <unistd.h>

/* Handshakes at once; one more ends the oldest, so that idle strangers do not shut out a hub
 * that needs milliseconds. */
enum { NEW_MAX = 256 };

void
tls_listener_let_go(struct tls_link *link, bool up)
{
	struct tls_listener *l = link->listener;

	*(link->prev != NULL ? &link->prev->next : &l->newest) = link->next;
	*(link->next != NULL ? &link->next->prev : &l->oldest) = link->prev;
	link->prev = link->next = NULL;
	link->listener = NULL;
	link->pins = NULL; /* the listener's, which may end before the link */
	link->n_pins = 0;
	l->n_new--;
	l->refused += !up;
}

static void
end_new(struct tls_link *link)
{
	tls_listener_let_go(link, false);
	tls_link_free(link);
}

static void
accepted(void *ctx, int fd)
{
	struct tls_listener *l = ctx;
	struct address peer = {.len = sizeof peer.at};
	struct tls_link *link;

	if (l->n_new == NEW_MAX)
		end_new(l->oldest);
	if (tls_link_over(&link, l->loop, l->identity, fd, true, NULL) != ERR_OK) {
		l->refused++;
		return;
	}
	if (getpeername(fd, (struct sockaddr *)&peer.at, &peer.len) == 0)
		address_write(link->name, &peer);
	link->hooks = l->hooks;
	link->ctx = l->ctx;
	link->pins = l->pins;
	link->n_pins = l->n_pins;
	link->listener = l;
	link->next = l->newest;
	*(link->next != NULL ? &link->next->prev : &l->oldest) = link;
	l->newest = link;
	l->n_new++;
	if (tls_link_start(link, NULL) != ERR_OK)
		end_new(link);
}

enum err
tls_listener_new(struct tls_listener **out, struct loop *loop,
	const struct tls_identity *identity, const char *address, const char *const *pins,
	size_t n_pins, const struct tls_link_hooks *hooks, void *ctx, struct fault *fault)
{
	struct tls_listener *l = calloc(1, sizeof *l);
	enum err err = ERR_OK;

	if (l != NULL)
		l->pins = calloc(n_pins + 1, sizeof *l->pins);
	if (l == NULL || l->pins == NULL)
		err = fault_set(fault, ERR_NOMEM, "no memory to listen at %s", address);
	for (size_t i = 0; i < n_pins && err == ERR_OK; i++)
		err = tls_pin_read(&l->pins[i], pins[i], fault);
	if (err == ERR_OK)
		err = listener_new(&l->listener, loop, address, accepted, l, fault);
	if (err != ERR_OK) {
		if (l != NULL)
			free(l->pins);
		free(l);
		return err;
	}
	l->loop = loop;
	l->identity = identity;
	l->n_pins = n_pins;
	l->hooks = *hooks;
	l->ctx = ctx;
	*out = l;
	return ERR_OK;
}

void
tls_listener_free(struct tls_listener *l)
{
	if (l == NULL)
		return;
	while (l->newest != NULL)
		end_new(l->newest);
	listener_free(l->listener);
	free(l->pins);
	free(l);
}

const char *
tls_listener_address(const struct tls_listener *l)
{
	return listener_address(l->listener);
}

uint64_t
tls_listener_refused(const struct tls_listener *l)
{
	return l->refused;
}
