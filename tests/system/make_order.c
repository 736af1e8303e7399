/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * make_order: a hub in a hand, for tests: makes state folders of sirens, orders with any
 * signatures, and the bulletin's lines around them. Keys are made from numbers; no secret.
 *
 * Reads commands, one a line; answers each with one line.
 *   state FOLDER N        N 0: roster.json, place.json and key of siren 1 in zone 100;
 *                         else fleet.json of N sirens in zones 100, 101 …; all below zone 1
 *   order CLASS PATTERN SECONDS ZONE KEYS [ID…]   ZONE 0: none. KEYS "1,2". IDs that it ends.
 *                         answers: the order's id
 *   forged …              the same, with the last signature's last bit flipped
 *   entry                 the last order as an entry's line
 *   bare                  … as the data of an event `order`, marked not yet on disk
 *   checkpoint            a heartbeat's line with the right edge
 */
#include "base/text.h"
#include "bulletin/checkpoint.h"
#include "bulletin/entry.h"
#include "bulletin/roster.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

enum { TERRITORY = 0xbeef, KEYS = 4, FIRST_ZONE = 100, HUB = 200, SIRENS = 1000 };

static struct tree tree;
static struct buffer last; /* the last order */
static uint16_t orders;

static void
check(enum err err)
{
	if (err == ERR_OK)
		return;
	fprintf(stderr, "make_order: %s\n", err_name(err));
	exit(1);
}

static struct secret_key
key_of(unsigned n)
{
	uint8_t seed[32] = {(uint8_t)n, (uint8_t)(n >> 8), 'b'};

	return secret_key_from_seed(seed);
}

static int64_t
now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_REALTIME, &t);
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

static void
put_file(const char *folder, const char *name, struct bytes bytes)
{
	char path[4096];
	FILE *f;

	snprintf(path, sizeof path, "%s/%s", folder, name);
	f = fopen(path, "w");
	if (f == NULL || fwrite(bytes.at, 1, bytes.len, f) != bytes.len || fclose(f) != 0 ||
		chmod(path, 0600) != 0)
		check(ERR_IO);
}

static void
put_roster(const char *folder)
{
	struct roster_key key[KEYS] = {0};
	struct roster_hub hub = {.term = 1, .name = "hub", .key = key_of(HUB).public};
	struct roster r = {.territory = TERRITORY,
		.serial = 1,
		.mode = MODE_LIVE,
		.key_count = KEYS,
		.key = key,
		.hub_count = 1,
		.hub = &hub};
	struct buffer text = {0}, out = {0};
	struct document d = {0};
	struct hash digest;

	for (unsigned i = 0; i < KEYS; i++) {
		key[i] = (struct roster_key){.number = (uint16_t)(i + 1),
			.key = key_of(i + 1).public,
			.roles = ROLE_OPERATOR | ROLE_ADMINISTRATOR,
			.classes = 0x1fe};
		snprintf(key[i].person, sizeof key[i].person, "person %u", i + 1);
	}
	roster_write(&text, &r);
	d.text = buffer_bytes(&text);
	digest = document_digest("roster", d.text);
	d.approval_count = 2;
	for (unsigned i = 0; i < 2; i++) {
		struct secret_key k = key_of(i + 1);

		d.approval[i].key = (uint16_t)(i + 1);
		d.approval[i].signature =
			signature_make(&k, bytes_of(digest.at, sizeof digest.at));
	}
	document_write(&out, &d);
	check(out.err);
	put_file(folder, "roster.json", buffer_bytes(&out));
	buffer_free(&text);
	buffer_free(&out);
}

static void
write_seed(struct buffer *out, unsigned siren)
{
	char hex[65];

	hex_write(hex, key_of(SIRENS + siren).seed, 32);
	write_text(out, hex);
}

static void
make_state(const char *folder, unsigned sirens)
{
	struct buffer b = {0};

	put_roster(folder);
	if (sirens == 0) {
		put_file(folder, "place.json",
			bytes_of_text(
				"{\"siren\":1,\"zone\":100,\"path\":[1],\"groups\":[],"
				"\"territory\":\"0000beef\"}\n"));
		write_seed(&b, 1);
		put_file(folder, "key", buffer_bytes(&b));
	} else {
		write_text(&b, "{\"roster\":\"roster.json\",\"sirens\":[");
		for (unsigned i = 1; i <= sirens; i++) {
			write_format(&b,
				"%s{\"siren\":%u,\"zone\":%u,\"path\":[1],\"groups\":[],"
				"\"seed\":\"",
				i > 1 ? ",\n" : "", i, FIRST_ZONE + i - 1);
			write_seed(&b, i);
			write_text(&b, "\"}");
		}
		write_text(&b, "]}\n");
		check(b.err);
		put_file(folder, "fleet.json", buffer_bytes(&b));
	}
	buffer_free(&b);
	puts("ok");
}

static const char *
word(void)
{
	const char *w = strtok(NULL, " ");

	return w != NULL ? w : "";
}

static unsigned
number(void)
{
	return (unsigned)strtoul(word(), NULL, 10);
}

static void
approve(struct order *o, const char *keys, struct signature *room, bool forged)
{
	struct hash digest = order_digest(o);

	for (; *keys != '\0'; keys += strspn(keys, ",")) {
		unsigned n = (unsigned)strtoul(keys, (char **)&keys, 10);
		struct secret_key k = key_of(n);
		struct signature *s = &room[o->approval_count];

		*s = signature_make(&k, bytes_of(digest.at, sizeof digest.at));
		o->approval[o->approval_count++] = (struct approval){
			(uint16_t)n, APPROVAL_ED25519, bytes_of(s->at, sizeof s->at)};
	}
	if (forged)
		room[o->approval_count - 1].at[63] ^= 1;
}

static void
make_order(bool forged)
{
	struct order o = {.body_count = 1};
	struct order_body *b = &o.body[0];
	struct signature room[ORDER_APPROVALS];
	int64_t now = now_ms();
	const char *w, *keys;

	*b = (struct order_body){.territory = TERRITORY, .mode = MODE_LIVE, .roster = 1};
	check(order_class_read(&b->class, word()));
	b->hazard = 1;
	b->pattern = (uint8_t)number();
	b->seconds = (uint16_t)number();
	b->zones.number[0] = (uint16_t)number();
	b->zones.count = b->zones.number[0] > 0;
	b->id = order_id_make(now, ++orders);
	b->not_before_s = (uint32_t)(now / 1000);
	b->lifetime_s = 600;
	b->content = hash_of(bytes_of_text("content"));
	keys = word();
	while (*(w = word()) != '\0' && b->end_count < ORDER_ENDS)
		b->ends[b->end_count++] = strtoull(w, NULL, 16);
	approve(&o, keys, room, forged);
	buffer_clear(&last);
	order_write(&last, &o);
	check(last.err);
	printf("%016" PRIx64 "\n", b->id);
}

static void
show(struct buffer *line)
{
	check(line->err);
	while (line->len > 0 && line->at[line->len - 1] == '\n')
		line->at[--line->len] = '\0';
	puts(buffer_text(line));
	buffer_free(line);
}

static void
make_entry(void)
{
	struct secret_key hub = key_of(HUB);
	struct entry e = {.data = buffer_bytes(&last), .has_data = true};
	struct buffer line = {0};
	struct hash leaf;

	check(entry_header_make(&e.header, TERRITORY, 1, &tree, "order", now_ms(), e.data));
	e.signature = entry_sign(&e.header, &hub);
	leaf = entry_leaf(&e.header);
	check(tree_append(&tree, &leaf));
	entry_line_write(&line, &e);
	show(&line);
}

static void
make_bare(void)
{
	struct hash content = hash_of(bytes_of_text("content"));
	struct buffer line = {0};
	char hex[65];

	hex_write(hex, content.at, sizeof content.at);
	write_text(&line, "{\"order\":\"");
	base64_write(&line, buffer_bytes(&last));
	write_format(&line, "\",\"content_hash\":\"%s\",\"on_disk\":false}", hex);
	show(&line);
}

static void
make_checkpoint(void)
{
	struct secret_key hub = key_of(HUB);
	struct checkpoint c = {.territory = TERRITORY,
		.term = 1,
		.size = tree.size,
		.root = tree_root(&tree),
		.time_ms = now_ms()};
	struct hash edge[TREE_PROOF_MAX];
	struct buffer line = {0};

	checkpoint_sign(&c, &hub);
	checkpoint_line_write(&line, &c, edge, tree_edge(edge, &tree));
	show(&line);
}

int
main(void)
{
	char line[4096];

	while (fgets(line, sizeof line, stdin) != NULL) {
		const char *command;

		line[strcspn(line, "\n")] = '\0';
		command = strtok(line, " ");
		if (command == NULL)
			continue;
		if (strcmp(command, "state") == 0) {
			const char *folder = word();

			make_state(folder, number());
		} else if (strcmp(command, "order") == 0 ||
			   strcmp(command, "forged") == 0) {
			make_order(*command == 'f');
		} else if (strcmp(command, "entry") == 0) {
			make_entry();
		} else if (strcmp(command, "bare") == 0) {
			make_bare();
		} else if (strcmp(command, "checkpoint") == 0) {
			make_checkpoint();
		} else {
			check(ERR_UNKNOWN);
		}
		fflush(stdout);
	}
	buffer_free(&last);
	return 0;
}
