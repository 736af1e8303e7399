/* SPDX-License-Identifier: GPL-3.0-or-later */
/* shape.c: CAP-v1.2-os section 3.4 as tables, and lists that grow in an arena. */
#include "cap/shape.h"

#include <string.h>

#define COUNT(table) (sizeof(table) / sizeof *(table))
#define TEXT(type, member, name, rule)                                                     \
	{                                                                                  \
		name, SHAPE_TEXT, offsetof(struct type, member), rule, NULL                \
	}
#define TEXTS(type, member, name, rule)                                                    \
	{                                                                                  \
		name, SHAPE_TEXTS, offsetof(struct type, member), rule, NULL               \
	}
#define LIST(type, member, name, kind, shape)                                              \
	{                                                                                  \
		name, kind, offsetof(struct type, member), 0, shape                        \
	}

static const struct shape_field pair_fields[] = {
	TEXT(cap_pair, name, "valueName", 31),
	TEXT(cap_pair, value, "value", 31),
};
static const struct shape pair_shape = {"valueName and value", pair_fields,
	COUNT(pair_fields), sizeof(struct cap_pair), 31};

static const struct shape_field resource_fields[] = {
	TEXT(cap_resource, desc, "resourceDesc", 38),
	TEXT(cap_resource, mime_type, "mimeType", 38),
	TEXT(cap_resource, size, "size", 0),
	TEXT(cap_resource, uri, "uri", 0),
	TEXT(cap_resource, deref_uri, "derefUri", 0),
	TEXT(cap_resource, digest, "digest", 0),
};
static const struct shape resource_shape = {"resource", resource_fields,
	COUNT(resource_fields), sizeof(struct cap_resource), 38};

static const struct shape_field area_fields[] = {
	TEXT(cap_area, desc, "areaDesc", 43),
	TEXTS(cap_area, polygon, "polygon", 0),
	TEXTS(cap_area, circle, "circle", 0),
	LIST(cap_area, geocode, "geocode", SHAPE_PAIRS, &pair_shape),
	TEXT(cap_area, altitude, "altitude", 0),
	TEXT(cap_area, ceiling, "ceiling", 0),
};
static const struct shape area_shape = {
	"area", area_fields, COUNT(area_fields), sizeof(struct cap_area), 43};

static const struct shape_field info_fields[] = {
	TEXT(cap_info, language, "language", 0),
	TEXTS(cap_info, category, "category", 26),
	TEXT(cap_info, event, "event", 27),
	TEXTS(cap_info, response_type, "responseType", 0),
	TEXT(cap_info, urgency, "urgency", 29),
	TEXT(cap_info, severity, "severity", 29),
	TEXT(cap_info, certainty, "certainty", 29),
	TEXT(cap_info, audience, "audience", 0),
	LIST(cap_info, event_code, "eventCode", SHAPE_PAIRS, &pair_shape),
	TEXT(cap_info, effective, "effective", 0),
	TEXT(cap_info, onset, "onset", 0),
	TEXT(cap_info, expires, "expires", 0),
	TEXT(cap_info, sender_name, "senderName", 0),
	TEXT(cap_info, headline, "headline", 0),
	TEXT(cap_info, description, "description", 0),
	TEXT(cap_info, instruction, "instruction", 0),
	TEXT(cap_info, web, "web", 0),
	TEXT(cap_info, contact, "contact", 0),
	LIST(cap_info, parameter, "parameter", SHAPE_PAIRS, &pair_shape),
	LIST(cap_info, resource, "resource", SHAPE_RESOURCES, &resource_shape),
	LIST(cap_info, area, "area", SHAPE_AREAS, &area_shape),
};
static const struct shape info_shape = {
	"info", info_fields, COUNT(info_fields), sizeof(struct cap_info), 24};

static const struct shape_field alert_fields[] = {
	TEXT(capmsg, identifier, "identifier", 4),
	TEXT(capmsg, sender, "sender", 4),
	TEXT(capmsg, sent, "sent", 4),
	TEXT(capmsg, status, "status", 4),
	TEXT(capmsg, msg_type, "msgType", 4),
	TEXT(capmsg, source, "source", 0),
	TEXT(capmsg, scope, "scope", 4),
	TEXT(capmsg, restriction, "restriction", 0),
	TEXT(capmsg, addresses, "addresses", 0),
	TEXTS(capmsg, code, "code", 0),
	TEXT(capmsg, note, "note", 0),
	TEXT(capmsg, references, "references", 0),
	TEXT(capmsg, incidents, "incidents", 0),
	LIST(capmsg, info, "info", SHAPE_INFOS, &info_shape),
};
const struct shape shape_alert = {
	"alert", alert_fields, COUNT(alert_fields), sizeof(struct capmsg), 3};

const char **
shape_text(const struct shape_field *f, void *place)
{
	return (const char **)(void *)((char *)place + f->at);
}

size_t
shape_count(const struct shape_field *f, const void *place)
{
	const void *list = (const char *)place + f->at;

	switch (f->kind) {
	case SHAPE_TEXT:
		return *(const char *const *)list != NULL;
	case SHAPE_TEXTS:
		return ((const struct cap_texts *)list)->n;
	case SHAPE_PAIRS:
		return ((const struct cap_pairs *)list)->n;
	case SHAPE_RESOURCES:
		return ((const struct cap_resources *)list)->n;
	case SHAPE_AREAS:
		return ((const struct cap_areas *)list)->n;
	case SHAPE_INFOS:
		return ((const struct cap_infos *)list)->n;
	}
	return 0;
}

const void *
shape_item(const struct shape_field *f, const void *place, size_t i)
{
	const void *list = (const char *)place + f->at;

	switch (f->kind) {
	case SHAPE_TEXT:
		return *(const char *const *)list;
	case SHAPE_TEXTS:
		return ((const struct cap_texts *)list)->at[i];
	case SHAPE_PAIRS:
		return &((const struct cap_pairs *)list)->at[i];
	case SHAPE_RESOURCES:
		return &((const struct cap_resources *)list)->at[i];
	case SHAPE_AREAS:
		return &((const struct cap_areas *)list)->at[i];
	case SHAPE_INFOS:
		return &((const struct cap_infos *)list)->at[i];
	}
	return NULL;
}

/* Lists double when their length reaches a power of two; the arena frees the old ones. */
static void *
grown(struct arena *arena, void *at, size_t n, size_t size)
{
	void *more;

	if (n != 0 && (n & (n - 1)) != 0)
		return at;
	more = arena_alloc(arena, (n == 0 ? 1 : 2 * n) * size);
	if (more != NULL && n > 0)
		memcpy(more, at, n * size);
	return more;
}

#define ADD(list, type)                                                                    \
	do {                                                                               \
		struct type *l_ = (list);                                                  \
		void *at_ = grown(arena, l_->at, l_->n, sizeof *l_->at);                   \
                                                                                           \
		if (at_ == NULL)                                                           \
			return NULL;                                                       \
		l_->at = at_;                                                              \
		return &l_->at[l_->n++];                                                   \
	} while (0)

static void *
add_text(struct cap_texts *l, struct arena *arena, const char *text)
{
	const char **at = grown(arena, l->at, l->n, sizeof *l->at);

	if (at == NULL)
		return NULL;
	l->at = at;
	l->at[l->n] = text;
	return &l->at[l->n++];
}

void *
shape_add(const struct shape_field *f, void *place, struct arena *arena, const char *text)
{
	void *list = (char *)place + f->at;

	switch (f->kind) {
	case SHAPE_TEXT:
		*shape_text(f, place) = text;
		return list;
	case SHAPE_TEXTS:
		return add_text(list, arena, text);
	case SHAPE_PAIRS:
		ADD(list, cap_pairs);
	case SHAPE_RESOURCES:
		ADD(list, cap_resources);
	case SHAPE_AREAS:
		ADD(list, cap_areas);
	case SHAPE_INFOS:
		ADD(list, cap_infos);
	}
	return NULL;
}

static enum err
copy(void *out, struct arena *arena, const struct shape *shape, const void *in)
{
	for (size_t i = 0; i < shape->fields; i++) {
		const struct shape_field *f = &shape->field[i];
		bool text = f->kind == SHAPE_TEXT || f->kind == SHAPE_TEXTS;

		for (size_t k = 0; k < shape_count(f, in); k++) {
			const void *item = shape_item(f, in, k);
			const char *own =
				text ? arena_text(arena, item, strlen(item)) : NULL;
			void *place;

			if (text && own == NULL)
				return ERR_NOMEM;
			place = shape_add(f, out, arena, own);
			if (place == NULL)
				return ERR_NOMEM;
			if (!text && copy(place, arena, f->shape, item) != ERR_OK)
				return ERR_NOMEM;
		}
	}
	return ERR_OK;
}

enum err
capmsg_copy(struct capmsg *out, struct arena *arena, const struct capmsg *in)
{
	struct capmsg made = {.signatures = in->signatures};
	enum err err = copy(&made, arena, &shape_alert, in);

	if (err == ERR_OK)
		*out = made;
	return err;
}
