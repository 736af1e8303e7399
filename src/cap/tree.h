/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * tree.h: a CAP document as it stands, right or wrong: each element with its place, so that what
 * breaks a rule can be named. Nothing is fetched, defined or expanded but the five entities of XML
 * and numeric references.
 */
#ifndef CAP_TREE_H
#define CAP_TREE_H

#include "base/arena.h"
#include "cap/finding.h"

/* The namespaces that matter here. */
enum cap_space {
	CAP_SPACE_NONE,	 /* no namespace */
	CAP_SPACE_10,	 /* http://www.incident.com/cap/1.0 */
	CAP_SPACE_11,	 /* urn:oasis:names:tc:emergency:cap:1.1 */
	CAP_SPACE_12,	 /* urn:oasis:names:tc:emergency:cap:1.2 */
	CAP_SPACE_DSIG,	 /* http://www.w3.org/2000/09/xmldsig# */
	CAP_SPACE_ATOM,	 /* http://www.w3.org/2005/Atom */
	CAP_SPACE_EDXL,	 /* urn:oasis:names:tc:emergency:EDXL:DE:1.0 and the like */
	CAP_SPACE_OTHER, /* whatever else */
};

/* What the root says that the document is. */
enum cap_format {
	CAP_FORMAT_12,	  /* alert in CAP 1.2 */
	CAP_FORMAT_11,	  /* alert in CAP 1.1 */
	CAP_FORMAT_10,	  /* alert in CAP 1.0 */
	CAP_FORMAT_ATOM,  /* feed or entry */
	CAP_FORMAT_RSS,	  /* rss */
	CAP_FORMAT_EDXL,  /* EDXLDistribution */
	CAP_FORMAT_OTHER, /* XML, but none of these */
	CAP_FORMAT_NONE, /* not well-formed, or over a limit: the tree is what could be read */
};
const char *cap_format_name(enum cap_format format); /* "CAP 1.2", "Atom" … */

/* An attribute; declarations of namespaces are none. */
struct cap_attribute {
	const char
		*name; /* with its prefix if it has one: "href", "xml:base", "xsi:type" */
	const char *value;
	struct cap_attribute *next;
};

/* One element. Names and text are UTF-8, NUL-terminated, and live as long as the arena. */
struct cap_node {
	const char *name; /* local name; the same pointer for the same known name */
	const char
		*text; /* its own text, all parts joined, blanks kept; "" if it has none */
	struct cap_node *parent, *first, *last, *next;
	uint32_t text_len;
	uint32_t line, column; /* of its "<", both from 1; columns count characters */
	uint32_t children;
	enum cap_space space;
	bool loose; /* text that is not blank stands beside elements in it */
	const struct cap_attribute *attributes; /* NULL: none; in their order */
	const char *attribute; /* the first but where a schema is; NULL: none */
};

struct cap_tree {
	enum cap_format format;
	struct cap_node *root; /* NULL: not even a root could be read */
	uint32_t nodes;
};

struct cap_limits {
	size_t bytes;	/* of the document; 0: CAP_BYTES_MAX */
	unsigned depth; /* elements within elements; 0: CAP_DEPTH_MAX */
	uint32_t nodes; /* elements; 0: CAP_NODES_MAX */
};
enum {
	CAP_BYTES_MAX = 4 << 20, /* what an operator hands in; strangers: 256 KiB */
	CAP_BYTES_STRANGER = 256 << 10,
	CAP_DEPTH_MAX = 32,
	CAP_NODES_MAX = 200000,
};

/*
 * Read a document. ERR_OK: out->root is there, whatever it is. ERR_FORMAT: not well-formed (a
 * finding of rule 1 says where and why) or with a DTD (rule 52; nothing behind it was read);
 * out->root is NULL then. ERR_FULL: over a limit (rule 1's finding says which). ERR_NOMEM.
 * `findings` may be NULL.
 */
CHECKED enum err cap_tree_read(struct cap_tree *out, struct arena *arena,
	struct bytes document, const struct cap_limits *limits,
	struct cap_findings *findings);

/* The first child with this name in this namespace; NULL: none. */
struct cap_node *cap_child(
	const struct cap_node *parent, enum cap_space space, const char *name);
/* The next sibling of the same name and namespace. */
struct cap_node *cap_again(const struct cap_node *node);
/* An attribute's value; NULL: it has none of this name. */
const char *cap_attribute(const struct cap_node *node, const char *name);
/* Is there nothing in it but blanks? */
bool cap_is_blank(const struct cap_node *node);
/* Its text without blanks at both ends. */
struct bytes cap_trimmed(const struct cap_node *node);
/* "/alert/info[2]/area[1]/polygon[1]": a step has its number where the parent has two of its name. */
void cap_xpath(struct buffer *out, const struct cap_node *node);

#endif
