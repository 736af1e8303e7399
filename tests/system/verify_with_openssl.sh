#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# verify_with_openssl.sh [EXAMPLE]: can a stranger check the bulletin with openssl, jq and sha256sum
# alone, as doc/formats/bulletin.md says? EXAMPLE is the program that writes a small bulletin.
set -eu

example=${1:-$BELFRY_BUILD/tests/unit/bulletin/bulletin-example}
for tool in openssl jq sha256sum xxd base64; do
	if ! command -v "$tool" >/dev/null; then
		echo "skipped: no $tool"
		exit 77
	fi
done
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
fail() {
	echo "FAILED: $*"
	exit 1
}

"$example" "$work"
cmp "$work/small.jsonl" tests/data/bulletin/small.jsonl || fail "the committed example differs"
cmp "$work/hub.pem" tests/data/bulletin/hub.pem || fail "the committed key differs"
cmp "$work/fork.json" tests/data/bulletin/fork.json || fail "the committed proof differs"

# SHA-256 of a byte in front (hexadecimal) and the bytes of the files behind it.
hash_with() {
	prefix=$1
	shift
	{ printf '%s' "$prefix" | xxd -r -p; cat "$@"; } | openssl dgst -sha256 -binary
}

# The root over the leaf files $2 .. : RFC 6962 section 2.1. $1 is the depth, which keeps the files
# apart; a subshell keeps the variables apart.
root_of() (
	depth=$1
	shift
	if [ $# -eq 0 ]; then
		openssl dgst -sha256 -binary </dev/null
		exit
	fi
	if [ $# -eq 1 ]; then
		cat "$1"
		exit
	fi
	k=1
	while [ $((k * 2)) -lt $# ]; do
		k=$((k * 2))
	done
	left=
	for leaf in "$@"; do
		[ $k -gt 0 ] || break
		left="$left $leaf"
		k=$((k - 1))
		shift
	done
	root_of $((depth + 1)) $left >"$work/left.$depth"
	root_of $((depth + 1)) "$@" >"$work/right.$depth"
	hash_with 01 "$work/left.$depth" "$work/right.$depth"
)

leaves=
n=0
while read -r line; do
	header=$work/header.$n
	if ! printf '%s' "$line" | jq -e 'has("entry")' >/dev/null; then
		continue
	fi
	printf '%s' "$line" | jq -j .entry >"$header"
	printf '%s' "$line" | jq -j .signature | base64 -d >"$work/signature"
	printf '%s' "$line" | jq -j .data | base64 -d >"$work/data"

	openssl pkeyutl -verify -rawin -pubin -inkey "$work/hub.pem" \
		-sigfile "$work/signature" -in "$header" >/dev/null || fail "signature of entry $n"
	sed 's/^number .*/number 999/' "$header" >"$work/changed"
	if openssl pkeyutl -verify -rawin -pubin -inkey "$work/hub.pem" \
		-sigfile "$work/signature" -in "$work/changed" >/dev/null 2>&1; then
		fail "a changed entry $n passes"
	fi

	want=$(sed -n 's/^data //p' "$header")
	got="$(sha256sum "$work/data" | cut -d' ' -f1) $(wc -c <"$work/data" | tr -d ' ')"
	[ "$want" = "$got" ] || fail "data of entry $n: $got, not $want"

	want=$(sed -n 's/^root //p' "$header")
	got=$(root_of 0 $leaves | base64)
	[ "$want" = "$got" ] || fail "root before entry $n: $got, not $want"

	hash_with 00 "$header" >"$work/leaf.$n"
	leaves="$leaves $work/leaf.$n"
	n=$((n + 1))
done <"$work/small.jsonl"
[ "$n" = 5 ] || fail "$n entries, not 5"

# The heartbeat: its five lines are signed; the signature line holds 4 bytes of key id before the
# signature.
jq -j 'select(has("checkpoint")).checkpoint' <"$work/small.jsonl" >"$work/note"
head -n 5 "$work/note" >"$work/text"
sed -n '7s/.* //p' "$work/note" | base64 -d >"$work/both"
tail -c 64 "$work/both" >"$work/signature"
openssl pkeyutl -verify -rawin -pubin -inkey "$work/hub.pem" \
	-sigfile "$work/signature" -in "$work/text" >/dev/null || fail "signature of the heartbeat"
[ "$(sed -n 3p "$work/note")" = "$(root_of 0 $leaves | base64)" ] || fail "root of the heartbeat"
key_id=$({ printf 'belfry/0badcafe\n\001'
	openssl pkey -pubin -in "$work/hub.pem" -outform DER | tail -c 32; } |
	sha256sum | cut -c1-8)
[ "$key_id" = "$(head -c 4 "$work/both" | xxd -p)" ] || fail "key id of the heartbeat"
echo "openssl verifies $n entries and the heartbeat"
