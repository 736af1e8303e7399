/* SPDX-License-Identifier: GPL-3.0-or-later */
/* profiles.c: which file judges which profile. */
#include "cap/profile.h"

void
cap_rules_profile(struct cap_checking *c, enum cap_profile p)
{
	switch (p) {
	case CAP_PROFILE_IPAWS:
		profile_ipaws(c);
		return;
	case CAP_PROFILE_CAP_AU:
		profile_cap_au(c);
		return;
	case CAP_PROFILE_CAP_CP:
		profile_cap_cp(c);
		return;
	case CAP_PROFILE_GOOGLE:
		profile_google(c);
		return;
	case CAP_PROFILE_WMO:
		profile_wmo(c);
		return;
	case CAP_PROFILE_METEOALARM:
		profile_meteoalarm(c);
		return;
	case CAP_PROFILE_UK_CB:
		profile_uk_cb(c);
		return;
	case CAP_PROFILES:
		return;
	}
}
