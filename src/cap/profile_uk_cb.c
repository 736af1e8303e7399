/* SPDX-License-Identifier: GPL-3.0-or-later */
/* profile_uk_cb.c: rule 63, cell broadcast in the United Kingdom; rings are judged in rules_area.c. */
#include "cap/gsm7.h"
#include "cap/profile.h"

static void
judge_type(const struct profile *p)
{
	const struct cap_node *type = profile_child(p, p->c->alert, "msgType");

	if (type != NULL && !profile_is(type, "Alert") && !profile_is(type, "Cancel"))
		cap_find(p->c->f, CAP_ERROR, p->rule, type,
			N_("%s takes Alert and Cancel only; <msgType> is \"%s\". Cancel "
			   "the "
			   "old alert and send a new one."),
			p->name, CAP_SHOWN(type));
}

static void
judge_length(const struct profile *p, const struct cap_node *text)
{
	struct phone_size size;

	if (text == NULL)
		return;
	size = phone_size_of(cap_trimmed(text));
	if (size.gsm7 && size.septets > CELL_SEPTETS_MAX)
		cap_find(p->c->f, CAP_ERROR, p->rule, text,
			N_("%s carries %d characters of the GSM alphabet; here are %zu. "
			   "Shorten the text."),
			p->name, (int)CELL_SEPTETS_MAX, size.septets);
	else if (!size.gsm7 && size.ucs2 > CELL_UCS2_MAX)
		cap_find(p->c->f, CAP_ERROR, p->rule, text,
			N_("%s carries %d characters where one is not of the GSM alphabet; "
			   "here are %zu. Shorten the text, or write it in that alphabet."),
			p->name, (int)CELL_UCS2_MAX, size.ucs2);
}

void
profile_uk_cb(struct cap_checking *c)
{
	const struct profile p = {c, 63, "UK cell broadcast"};
	const struct cap_node *info = profile_child(&p, c->alert, "info"), *area;

	judge_type(&p);
	for (; info != NULL; info = cap_next_same(info)) {
		judge_length(&p, profile_child(&p, info, "description"));
		area = profile_child(&p, info, "area");
		for (; area != NULL; area = cap_next_same(area)) {
			profile_need(&p, area, "areaDesc");
			profile_need(&p, area, "polygon");
		}
	}
}
