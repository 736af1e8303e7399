/* SPDX-License-Identifier: GPL-3.0-or-later */
/* dsig_words.c: what is told of a signature. */
#include "cap/dsig.h"
#include "cap/finding.h"

const char *
dsig_why_text(enum dsig_why why)
{
	static const char *const text[] = {
		[DSIG_FINE] = N_("The signature matches the message."),
		[DSIG_DIGEST] =
			N_("The signature does not match the message: it was changed "
			   "after it was signed, if only in its line breaks or its style "
			   "sheet. Ask the sender for the bytes that were signed."),
		[DSIG_VALUE] =
			N_("The signature was not made with the key that it names, or was "
			   "changed. Ask the sender."),
		[DSIG_BASE64] =
			N_("The signature holds a value that is not strict base64; "
			   "somebody changed it, or a program wrote it wrongly. Ask the "
			   "sender."),
		[DSIG_STUB] = N_(
			"The Signature is empty, so nothing can be verified. Take it out, "
			"or sign the message."),
		[DSIG_FORM] = N_(
			"The signature cannot be verified: parts of it are missing, "
			"unknown or out of order. Sign again by XML-DSig, enveloped, with "
			"nothing added."),
		[DSIG_OBJECT] =
			N_("The signature cannot be verified: it holds an Object, which a "
			   "signature of CAP has no use for. Sign again without it."),
		[DSIG_METHOD] =
			N_("The signature cannot be verified: it names an algorithm that "
			   "is not accepted. Sign with rsa-sha256 or ecdsa-sha256."),
		[DSIG_TRANSFORM] =
			N_("The signature cannot be verified: only the transform "
			   "enveloped-signature and one canonicalization are "
			   "accepted."),
		[DSIG_REFERENCE] =
			N_("The signature cannot be verified: it must sign this message "
			   "as a whole, with one Reference whose URI is empty."),
		[DSIG_KEY_NONE] =
			N_("The signature cannot be verified: it brings no key, and none "
			   "that is pinned made it. Pin the sender's key."),
		[DSIG_KEY] = N_(
			"The signature cannot be verified: the key that it brings cannot "
			"be used."),
		[DSIG_KEYS] = N_(
			"The signature cannot be verified: it brings two different keys."),
		[DSIG_COMMENT] =
			N_("The signature cannot be verified: a comment splits a value of "
			   "the message, and no signature covers comments. Take it out."),
		[DSIG_TOO_MANY] =
			N_("The signatures cannot be verified: there are too many."),
		[DSIG_CANON] =
			N_("The signature cannot be verified: the message has no canonical "
			   "form, or one that is too long."),
	};

	return text[why];
}

const char *
dsig_trust_name(enum dsig_trust trust)
{
	static const char *const name[] = {
		[DSIG_UNKNOWN] = "unknown",
		[DSIG_PINNED_KEY] = "pinned key",
		[DSIG_PINNED_CERTIFICATE] = "pinned certificate",
		[DSIG_PINNED_CA] = "pinned authority",
		[DSIG_SELF_SIGNED] = "self-signed",
		[DSIG_CHAIN] = "no chain",
		[DSIG_NAME] = "another name",
		[DSIG_USAGE] = "not for signing",
		[DSIG_NOT_YET] = "not yet valid",
		[DSIG_EXPIRED] = "expired",
		[DSIG_NO_TIME] = "no time",
		[DSIG_WEAK] = "weak",
		[DSIG_OTHER_SENDER] = "pinned for another sender",
	};

	return name[trust];
}
