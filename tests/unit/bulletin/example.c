/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * example.c: writes the small bulletin of tests/data/bulletin: five entries, a heartbeat,
 * the hub's public key in PEM, and the proof of a fork (entry 2 was signed twice). `example
 * FOLDER` writes FOLDER/small.jsonl, FOLDER/hub.pem and FOLDER/fork.json.
 */
#include "example.h"

#include <stdio.h>

static const struct {
	const char *kind, *data;
} content[] = {
	{"roster", "{\"serial\":1,\"note\":\"of the example alone\"}"},
	{"zones", "{\"zones\":[]}"},
	{"alert", "Flood wave on the river. Go to high ground."},
	{"tomorrows-kind", ""},
	{"end", "The water has gone down."},
};

/* SubjectPublicKeyInfo of RFC 8410 section 4: twelve fixed bytes and the key. */
static void
pem_write(struct buffer *out, const struct public_key *key)
{
	static const uint8_t head[] = {
		0x30, 0x2a, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x03, 0x21, 0x00};
	struct buffer der = {0};

	write_bytes(&der, head, sizeof head);
	write_bytes(&der, key->at, sizeof key->at);
	write_text(out, "-----BEGIN PUBLIC KEY-----\n");
	base64_write(out, buffer_bytes(&der));
	write_text(out, "\n-----END PUBLIC KEY-----\n");
	buffer_free(&der);
}

static int
save(const char *folder, const char *name, struct buffer *b)
{
	char path[1024];
	FILE *file;
	int bad;

	snprintf(path, sizeof path, "%s/%s", folder, name);
	file = fopen(path, "w");
	bad = b->err != ERR_OK || file == NULL || fputs(buffer_text(b), file) < 0;
	if (file != NULL)
		bad |= fclose(file) != 0;
	if (bad)
		fprintf(stderr, "cannot write %s\n", path);
	buffer_free(b);
	return bad;
}

int
main(int argc, char **argv)
{
	struct hub hub = hub_of_seed('b', 1), twin;
	struct buffer lines = {0}, pem = {0}, proof = {0};
	struct fork fork = {0};
	struct checkpoint c;

	if (argc != 2) {
		fprintf(stderr, "usage: example FOLDER\n");
		return 2;
	}
	for (size_t i = 0; i < sizeof content / sizeof *content; i++) {
		struct entry e;

		twin = hub;
		e = publish(&hub, content[i].kind, content[i].data);
		if (i == 2) {
			struct entry other = publish(&twin, "end", "There is no danger.");

			fork.first = statement_of_entry(&e.header, &e.signature);
			fork.second = statement_of_entry(&other.header, &other.signature);
		}
		entry_line_write(&lines, &e);
	}
	c = heartbeat(&hub);
	checkpoint_line_write(&lines, &c, NULL, 0);
	fork_write(&proof, &fork);
	pem_write(&pem, &hub.key.public);
	return save(argv[1], "small.jsonl", &lines) | save(argv[1], "hub.pem", &pem) |
	       save(argv[1], "fork.json", &proof);
}
