/* SPDX-License-Identifier: GPL-3.0-or-later */
/* simbox_post.c: a box's receipts on their way: to an edge, until the hub has them. */
#include "sim/world.h"

#include <stdlib.h>
#include <string.h>

enum { AGAIN_MS = 3000, HELD_MS = 10000, LETTERS_MAX = 320 };

static void
letter_drop(struct sim_box *b, size_t at)
{
	free((void *)b->letter[at].bytes.at);
	memmove(b->letter + at, b->letter + at + 1,
		(--b->letters - at) * sizeof *b->letter);
}

void
box_letters_drop(struct sim_box *b)
{
	for (size_t i = 0; i < b->letters; i++)
		free((void *)b->letter[i].bytes.at);
	free(b->letter);
	b->letter = NULL;
	b->letters = 0;
}

void
box_letter(struct world *w, struct sim_box *b, uint64_t number, struct bytes bytes)
{
	struct hash id = hash_of(bytes);
	struct letter l = {.number = number};
	uint8_t *copy;

	for (size_t i = 0; i < b->letters; i++)
		if (b->letter[i].number == number)
			return;
	if (b->letters == LETTERS_MAX)
		letter_drop(b, 0);
	copy = malloc(bytes.len + 1);
	b->letter = realloc(b->letter, (b->letters + 1) * sizeof l);
	if (copy == NULL || b->letter == NULL) {
		broken(w, "the simulator is out of memory");
		return;
	}
	memcpy(copy, bytes.at, bytes.len);
	memcpy(l.id, id.at, sizeof l.id);
	l.bytes = bytes_of(copy, bytes.len);
	l.due_ms = w->now_ms;
	b->letter[b->letters++] = l;
	happen(w, 4, HAPPEN_BOX_POST, b->i);
}

static void
letter_send(struct world *w, struct sim_box *b, struct letter *l)
{
	int edge = (b->i + l->tries) % EDGES;
	struct happen *h;

	l->due_ms = w->now_ms + (l->held ? HELD_MS : AGAIN_MS);
	happen(w, l->due_ms - w->now_ms, HAPPEN_BOX_POST, b->i);
	l->tries++;
	l->held = false;
	if (stream_box(w, edge, b->i)->cut || !w->edge[edge].up ||
		(!w->calm && !w->scripted && chance(w, 30)))
		return;
	h = happen(w, w->scripted ? 5 : dice_between(w, 2, 80), HAPPEN_POST, edge);
	h->other = b->i;
	write_bytes(&h->bytes, l->id, sizeof l->id);
	write_bytes(&h->bytes, l->bytes.at, l->bytes.len);
}

void
box_letters_send(struct world *w, struct sim_box *b)
{
	for (size_t i = 0; b->up && i < b->letters; i++)
		if (!b->letter[i].received && b->letter[i].due_ms <= w->now_ms)
			letter_send(w, b, &b->letter[i]);
}

/* The brain hears of numbers only without gaps. */
static void
tell_brain(struct world *w, struct sim_box *b)
{
	uint64_t number = 0;

	while (b->letters > 0 && b->letter[0].received) {
		number = b->letter[0].number;
		letter_drop(b, 0);
	}
	if (number > 0)
		box_node_step(w, b,
			&(struct siren_event){.kind = SIREN_RECEIVED, .number = number});
}

void
box_letter_held(struct world *w, struct sim_box *b, const struct happen *h)
{
	uint64_t number = h->number & ~(UINT64_C(1) << 63);

	for (size_t i = 0; b->up && i < b->letters; i++) {
		struct letter *l = &b->letter[i];

		if (memcmp(l->id, h->bytes.at, sizeof l->id) != 0)
			continue;
		l->spool[h->other] = number;
		l->held = true;
		l->due_ms = w->now_ms + HELD_MS;
		l->received |= number != h->number;
		happen(w, HELD_MS, HAPPEN_BOX_POST, b->i);
	}
	if (b->up)
		tell_brain(w, b);
}

void
box_letters_received(struct world *w, struct sim_box *b, int edge, uint64_t to)
{
	for (size_t i = 0; i < b->letters; i++)
		b->letter[i].received |=
			b->letter[i].spool[edge] != 0 && b->letter[i].spool[edge] <= to;
	tell_brain(w, b);
}
