/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * stolen_hub.h: the hub's key in a thief's hands, for forgeries.c alone: entries and heartbeats
 * are properly signed, what they carry is not; and the box loses its power in between.
 */

struct thief {
	struct box box;
	uint64_t alarm;	  /* sounds, and nobody may end it */
	unsigned actions; /* of the thief */
};

static void
entry(struct thief *f, const char *kind, struct buffer *data)
{
	box_entry(&f->box, &f->box.town->hub, kind, buffer_bytes(data));
	buffer_free(data);
}

static void
steal_order(struct thief *f)
{
	struct valid v;
	struct buffer data;
	struct order_body *body;

	make_alarm(&v, &f->box);
	body = body_here(&v);
	v.made.order.body_count = 1;
	v.keys = 0;
	if (dice(2)) { /* end what sounds, or say all clear */
		body->class = dice(2) ? ORDER_ALL_CLEAR : ORDER_FALSE_ALARM;
		body->pattern = dice(2) ? 0 : CLEAR;
		body->end_count = 1;
		body->ends[0] = f->alarm;
	} else if (dice(3) == 0) {
		*body = box_body(&f->box, ORDER_STOP);
		body->end_count = 1;
		body->ends[0] = f->alarm;
	}
	for (; v.keys < 2; v.keys++) /* his own signature under operators' numbers */
		v.key[v.keys] = operator_but(v.keys ? v.key[0] : 0);
	sign(&v, f->box.town);
	for (int i = 0; i < 2; i++) {
		struct hash digest = order_digest(&v.made.order);

		v.made.signature[i] = signature_make(
			&f->box.town->hub, bytes_of(digest.at, sizeof digest.at));
	}
	data = made_bytes(&v.made);
	entry(f, "order", &data);
}

/* A roster with the thief's own key as an operator: his signature, one administrator's, one twice,
 * or two administrators' on one that does not follow. */
static void
steal_roster(struct thief *f)
{
	struct arena *arena;
	struct roster r;
	struct buffer data;
	uint16_t first = ANNA, second = ANNA;

	if (arena_new(&arena) != ERR_OK)
		abort();
	r = town_roster(f->box.town, arena);
	r.previous = r.hash;
	r.serial = 2;
	r.key[CLARA - 1].key = f->box.town->stranger.public;
	r.key[CLARA - 1].number = CLARA;
	switch (dice(4)) {
	case 0:
		first = STRANGER;
		second = BORIS;
		break;
	case 1:
		second = 0;
		break;
	case 2:
		break;
	default: /* two administrators signed another branch, years ago */
		second = BORIS;
		r.previous = hash_of(bytes_of_text("another roster"));
	}
	data = town_document(f->box.town, &r, first, second);
	entry(f, "roster", &data);
	arena_free(arena);
}

static void
steal_revocation(struct thief *f)
{
	struct revocation v = {.territory = TERRITORY, .key = ANNA, .approval_count = 2};
	struct hash digest = revocation_digest(&v);
	struct buffer data = {0};

	v.approval[0] = (struct document_approval){
		BORIS, signature_make(town_key(f->box.town, BORIS),
			       bytes_of(digest.at, sizeof digest.at))};
	v.approval[1] = (struct document_approval){dice(2) ? IVAN : STRANGER,
		signature_make(&f->box.town->hub, bytes_of(digest.at, sizeof digest.at))};
	revocation_write(&data, &v);
	entry(f, "revocation", &data);
}

static void
steal_time(struct thief *f)
{
	static const int64_t lie_ms[] = {-86400000, -3600000, -60000, -4000, 4000, 61000,
		600000, 86400000, 3000000000, 2000000000000};

	box_heartbeat(&f->box, &f->box.town->hub,
		f->box.wall_ms + lie_ms[dice(10)] + (int64_t)dice(1000));
}

static void
steal(struct thief *f)
{
	f->actions++;
	switch (dice(5)) {
	case 0:
		steal_order(f);
		break;
	case 1:
		steal_roster(f);
		break;
	case 2:
		steal_revocation(f);
		break;
	case 3:
		steal_time(f);
		break;
	default:
		box_restart(&f->box, (int64_t)dice(1500));
	}
	box_run(&f->box, (int64_t)dice(300));
}

/* Until the alarm's own pattern is over the relay stays closed, but for the restarts. */
static const char *
rob(struct thief *f, struct town *t)
{
	struct box *b = &f->box;
	struct order_body body;
	int64_t began;
	unsigned closures;

	box_new(b, t);
	body = box_body(b, ORDER_ALARM);
	body.lifetime_s = 7200;
	body.seconds = 60;
	f->alarm = box_order(b, body, ANNA, BORIS);
	box_run(b, 1000);
	began = b->wall_ms - 1000;
	b->hub_down = true; /* the honest hub speaks no more */
	while (b->wall_ms < began + 55000) {
		steal(f);
		if (b->wall_ms < began + 59000 && !b->relay)
			return "the alarm was silenced";
	}
	box_run(b, 10000);
	if (b->relay)
		return "the horn sounds without an order";
	for (int i = 0; i < 20; i++) {
		steal(f);
		if (b->relay)
			return "the horn was sounded";
	}
	if (!siren_lives(b->siren, f->alarm, b->mono_ms))
		return "the alarm was ended";
	box_run(b, 130000);
	closures = b->closures;
	box_alarm(b);
	box_run(b, 500);
	if (b->closures != closures + 1)
		return "the next alarm was silent";
	return NULL;
}

static bool
stolen_hub(struct town *t, unsigned runs)
{
	unsigned bad = 0, actions = 0;

	for (unsigned i = 0; i < runs; i++) {
		struct thief f = {.actions = 0};
		uint64_t from = seed;
		const char *wrong = rob(&f, t);

		if (wrong != NULL)
			printf("\nstolen hub, seed %" PRIu64 ": %s", from, wrong);
		bad += wrong != NULL;
		actions += f.actions;
		box_free(&f.box);
	}
	printf("\nstolen hub: %u boxes, %u acts of the thief, %u of them sounded, silenced "
	       "or "
	       "said all clear",
		runs, actions, bad);
	return bad == 0;
}
