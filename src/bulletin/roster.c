/* SPDX-License-Identifier: GPL-3.0-or-later */
/* roster.c: who may change the roster, and which keys are void. */
#include "bulletin/roster.h"

#include <string.h>

const struct roster_key *
roster_key(const struct roster *r, uint16_t number)
{
	for (int i = 0; i < r->key_count; i++)
		if (r->key[i].number == number)
			return &r->key[i];
	return NULL;
}

const struct mandate *
roster_mandate(const struct roster *r, uint16_t key, enum order_class class)
{
	for (int i = 0; i < r->mandate_count; i++)
		if (r->mandate[i].key == key && r->mandate[i].class == class)
			return &r->mandate[i];
	return NULL;
}

const struct public_key *
roster_hub_key(const struct roster *r, uint32_t term)
{
	for (int i = 0; i < r->hub_count; i++)
		if (r->hub[i].term == term)
			return &r->hub[i].key;
	return NULL;
}

bool
revoked_has(const struct revoked *v, uint16_t key)
{
	return v->bits[key / 64] >> (key % 64) & 1;
}

void
revoked_add(struct revoked *v, uint16_t key)
{
	v->bits[key / 64] |= (uint64_t)1 << (key % 64);
}

static bool
is_administrator(const struct roster *by, const struct revoked *revoked, uint16_t number)
{
	const struct roster_key *key = roster_key(by, number);

	return key != NULL && (key->roles & ROLE_ADMINISTRATOR) &&
	       !revoked_has(revoked, number);
}

/* Two good signatures of administrators who are two persons. */
static enum err
two_administrators(const struct roster *by, const struct revoked *revoked,
	struct hash digest, const struct document_approval *approval, size_t count,
	struct fault *fault)
{
	const struct roster_key *first = NULL;

	for (size_t i = 0; i < count; i++) {
		const struct roster_key *key = roster_key(by, approval[i].key);

		if (!is_administrator(by, revoked, approval[i].key))
			return fault_set(fault, ERR_REFUSED,
				"key %u is no administrator of roster %u, or is revoked",
				approval[i].key, by->serial);
		if (!signature_verify(&key->key, bytes_of(digest.at, sizeof digest.at),
			    &approval[i].signature))
			return fault_set(fault, ERR_SIGNATURE,
				"the signature of key %u does not verify", approval[i].key);
		if (first == NULL)
			first = key;
		else if (strcmp(first->person, key->person) != 0)
			return ERR_OK;
	}
	return fault_set(fault, ERR_REFUSED,
		"two different administrators of roster %u must sign; %s did", by->serial,
		first ? "only one" : "none");
}

enum err
roster_endorses(const struct roster *by, const struct revoked *revoked, const char *kind,
	const struct document *d, struct fault *fault)
{
	return two_administrators(by, revoked, document_digest(kind, d->text), d->approval,
		d->approval_count, fault);
}

/* A number keeps its key for ever: a later serial may drop it, not hand it to another. */
static enum err
numbers_kept(const struct roster *now, const struct roster *next, struct fault *fault)
{
	for (int i = 0; i < next->key_count; i++) {
		const struct roster_key *old = roster_key(now, next->key[i].number);

		if (old != NULL && !public_key_equal(&old->key, &next->key[i].key))
			return fault_set(fault, ERR_CONFLICT,
				"key number %u belongs to another key; take a new number",
				next->key[i].number);
	}
	return ERR_OK;
}

enum err
roster_follows(const struct roster *now, const struct revoked *revoked,
	const struct roster *next, const struct document *d, struct fault *fault)
{
	enum err err;

	if (now == NULL)
		return next->serial == 1 && hash_is_zero(&next->previous)
			       ? roster_endorses(next, revoked, "roster", d, fault)
			       : fault_set(fault, ERR_CONFLICT,
					 "the first roster has serial 1 and no previous");
	if (next->territory != now->territory || next->mode != now->mode)
		return fault_set(
			fault, ERR_CONFLICT, "the roster is of another territory or mode");
	if (next->serial != now->serial + 1 || !hash_equal(&next->previous, &now->hash))
		return fault_set(fault, ERR_CONFLICT,
			"roster %u does not follow roster %u: serial or previous is wrong",
			next->serial, now->serial);
	err = numbers_kept(now, next, fault);
	return err != ERR_OK ? err : roster_endorses(now, revoked, "roster", d, fault);
}

enum { REVOCATION_SIGNED = 11, SUSPENSION_SIGNED = 13 };

static void
approvals_write(struct buffer *out, const struct document_approval *a, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		write_u16(out, a[i].key);
		write_bytes(out, a[i].signature.at, sizeof a[i].signature.at);
	}
}

void
revocation_write(struct buffer *out, const struct revocation *v)
{
	write_u8(out, 1);
	write_u32(out, v->territory);
	write_u16(out, v->key);
	write_u32(out, v->time_s);
	write_u8(out, v->approval_count);
	approvals_write(out, v->approval, v->approval_count);
}

enum err
revocation_read(struct revocation *out, struct bytes in)
{
	struct reader r = reader_over(in.at, in.len);
	struct revocation v = {0};

	if (read_u8(&r) != 1)
		return r.err != ERR_OK ? r.err : ERR_VERSION;
	v.territory = read_u32(&r);
	v.key = read_u16(&r);
	v.time_s = read_u32(&r);
	v.approval_count = read_u8(&r);
	if (v.approval_count < 1 || v.approval_count > 2)
		return r.err != ERR_OK ? r.err : ERR_FORMAT;
	for (int i = 0; i < v.approval_count; i++) {
		v.approval[i].key = read_u16(&r);
		read_into(&r, v.approval[i].signature.at, 64);
	}
	if (reader_end(&r) != ERR_OK)
		return r.err;
	*out = v;
	return ERR_OK;
}

struct hash
revocation_digest(const struct revocation *v)
{
	struct buffer b = {0};
	struct hash digest;

	revocation_write(&b, v);
	digest = hash_tagged("belfry-revocation-1", bytes_of(b.at, REVOCATION_SIGNED));
	buffer_free(&b);
	return digest;
}

enum err
revocation_check(const struct revocation *v, const struct roster *roster,
	const struct revoked *revoked, struct fault *fault)
{
	const struct roster_key *own = roster_key(roster, v->key);
	struct hash digest = revocation_digest(v);

	if (v->territory != roster->territory)
		return fault_set(
			fault, ERR_UNKNOWN, "the revocation is of another territory");
	/* Two administrators may name a key that only a later roster has: it holds from any branch. */
	if (v->approval[0].key == v->key && own == NULL)
		return fault_set(fault, ERR_UNKNOWN, "no key %u in this roster", v->key);
	if (v->approval[0].key == v->key)
		return signature_verify(&own->key, bytes_of(digest.at, sizeof digest.at),
			       &v->approval[0].signature)
			       ? ERR_OK
			       : fault_set(fault, ERR_SIGNATURE,
					 "the signature of key %u does not verify", v->key);
	return two_administrators(
		roster, revoked, digest, v->approval, v->approval_count, fault);
}

void
suspension_write(struct buffer *out, const struct suspension *s)
{
	write_u8(out, 1);
	write_u32(out, s->territory);
	write_u16(out, s->mandate);
	write_u16(out, s->key);
	write_u32(out, s->time_s);
	write_bytes(out, s->signature.at, sizeof s->signature.at);
}

enum err
suspension_read(struct suspension *out, struct bytes in)
{
	struct reader r = reader_over(in.at, in.len);
	struct suspension s = {0};

	if (read_u8(&r) != 1)
		return r.err != ERR_OK ? r.err : ERR_VERSION;
	s.territory = read_u32(&r);
	s.mandate = read_u16(&r);
	s.key = read_u16(&r);
	s.time_s = read_u32(&r);
	read_into(&r, s.signature.at, sizeof s.signature.at);
	if (reader_end(&r) != ERR_OK)
		return r.err;
	*out = s;
	return ERR_OK;
}

struct hash
suspension_digest(const struct suspension *s)
{
	struct buffer b = {0};
	struct hash digest;

	suspension_write(&b, s);
	digest = hash_tagged("belfry-suspension-1", bytes_of(b.at, SUSPENSION_SIGNED));
	buffer_free(&b);
	return digest;
}

enum err
suspension_check(const struct suspension *s, const struct roster *roster,
	const struct revoked *revoked, struct fault *fault)
{
	const struct roster_key *key = roster_key(roster, s->key);
	struct hash digest = suspension_digest(s);

	if (s->territory != roster->territory || key == NULL ||
		!(key->roles & ROLE_OPERATOR) || revoked_has(revoked, s->key))
		return fault_set(fault, ERR_REFUSED,
			"key %u is no operator here, or is revoked", s->key);
	if (!signature_verify(
		    &key->key, bytes_of(digest.at, sizeof digest.at), &s->signature))
		return fault_set(fault, ERR_SIGNATURE,
			"the signature of key %u does not verify", s->key);
	return ERR_OK;
}

enum { CLOCKS_DIFFER_MS = 5000 };

void
suspensions_add(struct suspensions *all, const struct suspension *s)
{
	int64_t from_ms = (int64_t)s->time_s * 1000;
	size_t i = 0;

	while (i < all->count && all->at[i].mandate != s->mandate)
		i++;
	if (i == ROSTER_MANDATES || (i < all->count && all->at[i].from_ms >= from_ms))
		return;
	if (i == all->count)
		all->count++;
	all->at[i].mandate = s->mandate;
	all->at[i].from_ms = from_ms;
}

bool
suspensions_hold(const struct suspensions *all, uint16_t mandate, int64_t now_ms)
{
	for (size_t i = 0; i < all->count; i++)
		if (all->at[i].mandate == mandate)
			return now_ms >= all->at[i].from_ms - CLOCKS_DIFFER_MS &&
			       now_ms < all->at[i].from_ms + SUSPENSION_S * 1000LL;
	return false;
}
