/* SPDX-License-Identifier: GPL-3.0-or-later */
/* rules_resource.c: files that go with an alert: their type, size, place, content and digest. */
#include "base/text.h"
#include "cap/capval.h"
#include "cap/rules.h"

#include <openssl/evp.h>
#include <string.h>
#include <strings.h>

/* CAP-v1.2-os section 3.4, the children of resource. */
enum { RESOURCE_DESC, MIME_TYPE, SIZE, URI, DEREF_URI, DIGEST, PLACES };
static const struct cap_place places[PLACES] = {
	[RESOURCE_DESC] = {"resourceDesc", false, 38},
	[MIME_TYPE] = {"mimeType", false, 38},
	[SIZE] = {"size", false, 0},
	[URI] = {"uri", false, 0},
	[DEREF_URI] = {"derefUri", false, 0},
	[DIGEST] = {"digest", false, 0},
};

enum { SHA1_LEN = 20 };

static bool
is_given(const struct cap_node *node)
{
	return node != NULL && !cap_is_blank(node);
}

/* ---- mimeType: rule 38 ---- */

/* RFC 2045 section 5.1: a token; *at moves behind it. */
static bool
token(struct bytes text, size_t *at)
{
	size_t from = *at;

	while (*at < text.len && text.at[*at] > ' ' && text.at[*at] < 0x7F &&
		strchr("()<>@,;:\\\"/[]?=", text.at[*at]) == NULL)
		(*at)++;
	return *at > from;
}

/* type/subtype, then perhaps parameters. */
static bool
is_mime_type(struct bytes text)
{
	size_t at = 0;

	if (!token(text, &at) || at == text.len || text.at[at++] != '/' ||
		!token(text, &at))
		return false;
	while (at < text.len && (text.at[at] == ' ' || text.at[at] == '\t'))
		at++;
	return at == text.len || text.at[at] == ';';
}

static void
judge_type(struct cap_checking *c, const struct cap_node *const *found)
{
	const struct cap_node *desc = found[RESOURCE_DESC], *type = found[MIME_TYPE];

	if (desc != NULL && cap_is_blank(desc))
		cap_find(c->f, CAP_NOTE, 38, desc,
			N_("<resourceDesc> is empty. Say in words what the file is, such "
			   "as \"map\"."));
	if (type != NULL && !is_mime_type(cap_trimmed(type)))
		cap_find(c->f, CAP_ERROR, 38, type,
			N_("<mimeType> is \"%s\", which is no type of RFC 2046. Write one "
			   "such as image/png."),
			CAP_SHOWN(type));
}

/* ---- size: rule 39 ---- */

static void
judge_size(struct cap_checking *c, const struct cap_node *node)
{
	struct bytes text = node != NULL ? cap_trimmed(node) : (struct bytes){0};
	size_t sign;

	if (node == NULL)
		return;
	sign = text.len > 0 && (text.at[0] == '-' || text.at[0] == '+');
	if (text.len == sign ||
		strspn((const char *)text.at + sign, "0123456789") < text.len - sign)
		cap_find(c->f, CAP_ERROR, 39, node,
			N_("<size> is \"%s\", which is not a whole number. Write the "
			   "number of bytes, digits only."),
			CAP_SHOWN(node));
	else if (text.at[0] == '-')
		cap_find(c->f, CAP_WARNING, 39, node,
			N_("<size> is %s, less than nothing. Write the number of bytes."),
			CAP_SHOWN(node));
}

/* ---- uri: rule 40 ---- */

static void
judge_uri(struct cap_checking *c, const struct cap_node *node, bool has_content)
{
	if (node == NULL)
		return;
	if (!is_given(node))
		cap_find(c->f, CAP_NOTE, 40, node,
			N_("<uri> is empty. Write where the file is, or take it out."));
	else if (has_content && !capval_is_uri_reference_of(cap_trimmed(node)))
		cap_find(c->f, CAP_ERROR, 40, node,
			N_("<uri> is \"%s\", which is neither a URI nor a name. Name the "
			   "file in <derefUri> with it, as in map.png."),
			CAP_SHOWN(node));
	else if (!has_content && !capval_is_absolute_uri_of(cap_trimmed(node)))
		cap_find(c->f, CAP_ERROR, 40, node,
			N_("<uri> is \"%s\", which is not a full URI, and no <derefUri> "
			   "carries the file. Write it as https://example.org/file."),
			CAP_SHOWN(node));
}

/* ---- content and digest: rules 41 and 42 ---- */

/* The content; false if it is not base64. Line breaks between its lines are fine. */
static bool
read_content(struct cap_checking *c, struct buffer *out, const struct cap_node *node)
{
	char *packed = arena_alloc(c->arena, node->text_len + 1);
	size_t len = 0;
	enum err err;

	if (packed == NULL) {
		c->f->err = ERR_NOMEM;
		return false;
	}
	for (uint32_t i = 0; i < node->text_len; i++)
		if (strchr(" \t\r\n", node->text[i]) == NULL)
			packed[len++] = node->text[i];
	err = base64_read(out, packed, len);
	if (err == ERR_OK)
		return true;
	if (err == ERR_NOMEM) {
		c->f->err = ERR_NOMEM;
		return false;
	}
	cap_find(c->f, CAP_ERROR, 41, node,
		N_("<derefUri> begins \"%s\" and is not base64, so that the file in it is "
		   "lost. Encode the file again."),
		CAP_SHOWN(node));
	return false;
}

static void
compare_digest(struct cap_checking *c, struct bytes content, const struct cap_node *digest)
{
	struct bytes told = cap_trimmed(digest);
	unsigned char sum[EVP_MAX_MD_SIZE];
	char hex[2 * SHA1_LEN + 1];
	unsigned n = 0;

	if (EVP_Digest(content.at, content.len, sum, &n, EVP_sha1(), NULL) != 1 ||
		n != SHA1_LEN) {
		c->f->err = ERR_NOMEM;
		return;
	}
	hex_write(hex, sum, SHA1_LEN);
	if (strncasecmp(hex, (const char *)told.at, told.len) != 0)
		cap_find(c->f, CAP_ERROR, 42, digest,
			N_("<digest> is %s, but the file in <derefUri> has %s: one of the "
			   "two was changed. Make both again from the file."),
			CAP_SHOWN(digest), hex);
}

static bool
judge_digest(struct cap_checking *c, const struct cap_node *digest)
{
	struct bytes text = cap_trimmed(digest);

	if (text.len == 2 * SHA1_LEN &&
		strspn((const char *)text.at, "0123456789abcdefABCDEF") >= text.len)
		return true;
	cap_find(c->f, CAP_ERROR, 42, digest,
		N_("<digest> is \"%s\", which is not a SHA-1 sum of 40 hexadecimal digits. "
		   "Write that sum of the file, or take it out."),
		CAP_SHOWN(digest));
	return false;
}

static void
judge_content(struct cap_checking *c, const struct cap_node *content,
	const struct cap_node *digest)
{
	bool has_digest = is_given(digest) && judge_digest(c, digest);
	struct buffer file = {0};

	if (is_given(content) && read_content(c, &file, content) && has_digest)
		compare_digest(c, buffer_bytes(&file), digest);
	buffer_free(&file);
}

void
cap_rules_resource(struct cap_checking *c, const struct cap_node *resource)
{
	const struct cap_node *found[PLACES];

	cap_rule_children(c, resource, 38, places, PLACES, found);
	judge_type(c, found);
	judge_size(c, found[SIZE]);
	judge_uri(c, found[URI], is_given(found[DEREF_URI]));
	judge_content(c, found[DEREF_URI], found[DIGEST]);
}
