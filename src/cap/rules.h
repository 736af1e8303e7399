/* SPDX-License-Identifier: GPL-3.0-or-later */
/* rules.h: what the files with the rules share; nobody outside src/cap includes it. */
#ifndef CAP_RULES_H
#define CAP_RULES_H

#include "cap/check.h"

/* One alert that is being judged. */
struct cap_checking {
	struct cap_findings *f;
	struct arena *arena;
	const struct cap_node *alert;
	enum cap_space space; /* of its elements */
	uint32_t profiles;    /* that were asked for: bits, 1 << enum cap_profile */
	bool has_sent;
	int64_t sent_ms;	/* good if has_sent */
	bool from_uk;		/* its sender's domain ends in .uk (rule 63) */
	bool alarms;		/* msgType is Alert or Update */
	struct area_seen *seen; /* rules_area.c: areas whose polygons were found good */
};

/*
 * check.c: an alert of any version, where it stands. `document` NULL: a signature in it is not
 * verified, which is noted. Findings are not sorted.
 */
enum cap_verdict cap_rules_judge(const struct cap_node *alert, struct arena *arena,
	const struct bytes *document, uint32_t profiles, struct cap_findings *f);

/* rules_alert.c: rules 2 to 23, 37 and 53; info and what is in it by the functions below. */
void cap_rules_alert(struct cap_checking *c);
/* rules_info.c: rules 24 to 36, 51, and 61 and 63 where they concern times and texts. */
void cap_rules_info(struct cap_checking *c, const struct cap_node *info);
/* rules_resource.c: rules 38 to 42. */
void cap_rules_resource(struct cap_checking *c, const struct cap_node *resource);
/* rules_area.c: rules 43 to 50, and warnings of 61 and 63 that concern geometry. */
void cap_rules_area(struct cap_checking *c, const struct cap_node *area);
/* profiles.c: rules 58 to 63 of one profile. */
void cap_rules_profile(struct cap_checking *c, enum cap_profile p);
/* signatures: rules 53 to 55; true if one does not match its bytes. */
bool cap_rules_signature(struct cap_checking *c, struct bytes document);

/* ---- rules_value.c: forms that several rules ask for ---- */

/* Rule 48. True and *out_ms if the time is good; else a finding at the node. */
bool cap_rule_time(struct cap_checking *c, const struct cap_node *node, int64_t *out_ms);
/* One of the words of the schema, to the letter; else a finding of `rule` at the node. */
bool cap_rule_word(struct cap_checking *c, const struct cap_node *node, int rule);
/* Rule 31: eventCode, parameter, geocode. */
void cap_rule_pair(struct cap_checking *c, const struct cap_node *pair);

/* A value as a sentence shows it: one line, cut at 60 characters. */
enum { CAP_SHOWN_MAX = 60 };
struct cap_shown {
	char text[4 * CAP_SHOWN_MAX + sizeof "..."];
};
struct cap_shown cap_shown_of(struct bytes value);
/* The trimmed text of a node, for a sentence; good until the end of the expression. */
#define CAP_SHOWN(node) (cap_shown_of(cap_trimmed(node)).text)

/* ---- rules_place.c: what stands where ---- */

/* The table of an element, in the order of the schema, by which 3, 24, 31, 38 and 43 go. */
struct cap_place {
	const char *name;
	bool many;
	int required; /* the rule that asks for it, or 0 */
};
enum { CAP_PLACES_MAX = 24 };
/*
 * The children of `parent`: known, in order, not repeated, none missing, no loose text, no
 * attributes; findings of `rule` or of the rule that asks for the child. found[i] is the first
 * child of table[i], wherever it stands, or NULL; `found` has room for `count` and may be NULL.
 */
void cap_rule_children(struct cap_checking *c, const struct cap_node *parent, int rule,
	const struct cap_place *table, size_t count, const struct cap_node **found);
/* Rule 2: no attributes but those that say where a schema is. */
void cap_rule_attributes(struct cap_checking *c, const struct cap_node *node);
/* The next sibling of the same name and namespace, as cap_again(), by the pointer of the name. */
const struct cap_node *cap_next_same(const struct cap_node *node);

#endif
