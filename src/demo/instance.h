/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * instance.h: makes the files of a whole territory in one folder: keys, roster, zones, hub, edge,
 * sirens, cabinets. For `belfry demo` and `belfry replay`; a real territory is made by people.
 *
 *   roster.json          the first roster, signed by two administrators
 *   zones.json           the zones document with its geometry, signed alike
 *   keys/NAME.key        four persons: two operators who are administrators, two who are not
 *   hub/belfryd.json     … key, tls.key, tls.crt, journal.db, hub.sock
 *   edge/belfry-edge.json … tls.key, tls.crt, state/
 *   sirens/belfry-siren.json, sirens/state/fleet.json (or one folder a siren)
 *   cabinet.sock, cabinet.log
 *   demo.json            ports and zones, for the next start
 */
#ifndef DEMO_INSTANCE_H
#define DEMO_INSTANCE_H

#include "base/hash.h"
#include "bulletin/order.h"
#include "geo/zones.h"

enum { INSTANCE_PERSONS = 4 };

struct person {
	const char *name;
	uint16_t number;
	bool administrator;
	struct secret_key key;
};

struct instance {
	char *dir;	  /* absolute */
	const char *data; /* folder that holds share/ and web/ */
	uint32_t territory;
	enum mode mode;
	struct person person[INSTANCE_PERSONS];
	struct zones *zones;
	size_t siren_count;
	uint16_t *
		siren_zone; /* siren i + 1 stands in this zone; its cabinet has the same number */
	uint16_t
		port; /* of the edge's pages; the console's is the next, the link's the one after */
};

struct instance_plan {
	const char *dir, *data;
	enum mode mode;
	struct bytes geojson; /* zones; mended where that is needed */
	bool siren_everywhere; /* one in each zone; else one in each of three zones without children */
	bool fleet;	       /* all sirens in one process */
	const char *playbooks; /* folder; NULL: share/playbooks */
	uint16_t port;	       /* 0: a free one */
};

/* Make it, or open what an earlier start made (its dir holds demo.json). On success the caller
 * ends *out with instance_free(). Errors: ERR_IO, ERR_FORMAT and those of the zones. */
CHECKED enum err instance_make(
	struct instance *out, const struct instance_plan *plan, struct fault *fault);
void instance_free(struct instance *in);

/* A path in the instance's folder, in a buffer that the next eight calls leave alone. */
const char *instance_path(const struct instance *in, const char *name);

#endif
