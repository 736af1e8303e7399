/* SPDX-License-Identifier: GPL-3.0-or-later */
/* profile_cap_au.c: rule 59, the Australian profile. */
#include "cap/profile.h"

#include <string.h>
#include <strings.h>

static const char event_list[] = "https://govshare.gov.au/xmlui/handle/10772/6495";
static const char profile_code[] =
	"urn:oasis:names:tc:emergency:cap:1.2:profile:CAP-AU:1.0";

/* AUeventLIST 1.0: the code, its kind of event, and its event where that is narrower. */
static const struct listed {
	const char *code, *kind, *event;
} listed[] = {
	{"HurricFrcWnd", "Marine", "Hurricane Force Wind"},
	{"Mobiles", "Utility", "Mobile Service"},
	{"TotalFireBan", "Fire", "Total Fire Ban"},
	{"aQuarantine", "Animal Health", "Animal Quarantine"},
	{"admin", "Administration", NULL},
	{"airQuality", "Air Quality", NULL},
	{"airSearch", "Search", "Air Search"},
	{"aircraft", "Aviation", "Aircraft Incident"},
	{"aircraftCrsh", "Aviation", "Aircraft Crash"},
	{"airportClos", "Aviation", "Airport Closure"},
	{"airspaceClos", "Aviation", "Airspace Closure"},
	{"ambulance", "Health", "Ambulance"},
	{"animalAttack", "Animals", "Animal Attack"},
	{"animalDanger", "Animals", "Dangerous Animal"},
	{"animalDiseas", "Animal Health", "Animal Disease"},
	{"animalFeed", "Animal Health", "Animal Feed"},
	{"animalHealth", "Animal Health", NULL},
	{"animalPest", "Animal Health", "Animal Pest"},
	{"animalWelfar", "Animal Health", "Animal Welfare"},
	{"aqAnimalDiseas", "Animal Health", "Aquatic Animal Disease"},
	{"aqAnimalPest", "Animal Health", "Aquatic Animal Pest"},
	{"asbestos", "Hazardous Materials", "Asbestos"},
	{"avLightning", "Aviation", "Airport Lightning Threat"},
	{"avThunder", "Aviation", "Airport Thunder Threat"},
	{"avalanche", "Geological", "Avalanche"},
	{"aviation", "Aviation", NULL},
	{"aviationSec", "Aviation", "Aviation Security"},
	{"biological", "Hazardous Materials", "Biological Hazard"},
	{"bldgCollapse", "Civil", "Building Collapse"},
	{"blizzard", "Storm", "Blizzard"},
	{"bloodSupply", "Health", "Blood Supply"},
	{"blueGrnAlgae", "Water quality", "Blue Green Algae"},
	{"bridgClose", "Roadway", "Bridge Closure"},
	{"bridgCollaps", "Roadway", "Bridge Collapse"},
	{"bushFire", "Fire", "Bushfire"},
	{"cable", "Utility", "Cable Service"},
	{"chemical", "Hazardous Materials", "Chemical Hazard"},
	{"civil", "Civil", NULL},
	{"civilEmerg", "Civil", "Civil Emergency"},
	{"civilEvent", "Civil", "Public Event"},
	{"communicable", "Health", "Communicable Disease"},
	{"comunication", "Utility", "Communications Service"},
	{"crime", "Criminal Activity", NULL},
	{"cyberCrime", "Criminal Activity", "Cyber Crime"},
	{"damFailure", "Flood", "Dam Failure"},
	{"dangerPerson", "Criminal Activity", "Dangerous Person"},
	{"demonstratin", "Civil", "Demonstration"},
	{"diesel", "Utility", "Diesel Supply"},
	{"distressBcon", "Rescue", "Distress Beacon"},
	{"drinkingWate", "Health", "Drinking Water"},
	{"drugSafety", "Health", "Drug Safety"},
	{"drugSupply", "Health", "Drug Supply"},
	{"dustStorm", "Storm", "Dust Storm"},
	{"earthquake", "Geological", "Earthquake"},
	{"electric", "Utility", "Electricity Supply"},
	{"explosive", "Hazardous Materials", "Explosive Hazard"},
	{"exposure", "Temperature", "Exposure"},
	{"extremeHeat", "Temperature", "Extreme Heat"},
	{"facility", "Public Services", "Service or Facility"},
	{"facilityClos", "Public Services", "Facility Closure"},
	{"facilityLock", "Public Services", "Facility Lockdown"},
	{"fallObject", "Aviation", "Falling Object"},
	{"fire", "Fire", NULL},
	{"fireBan", "Fire", "Fire Ban"},
	{"fireDangrLvl", "Fire", "Fire Danger Level"},
	{"fireWeather", "Fire", "Fire Weather"},
	{"flashFlood", "Flood", "Flash Flood"},
	{"flood", "Flood", NULL},
	{"foodSafety", "Health", "Food Safety"},
	{"foodSupply", "Health", "Food Supply"},
	{"forestFire", "Fire", "Forest Fire"},
	{"freezngSpray", "Marine", "Freezing Spray"},
	{"frost", "Temperature", "Frost"},
	{"galeWind", "Marine", "Gale Wind"},
	{"geologicalHaz", "Geological", NULL},
	{"grassFire", "Fire", "Grass Fire"},
	{"hQuarantine", "Health", "Human Quarantine"},
	{"hail", "Storm", "Hail"},
	{"hazmat", "Hazardous Materials", NULL},
	{"health", "Health", NULL},
	{"heatingOil", "Utility", "Heating Oil Supply"},
	{"highWater", "Flood", "High Water Level"},
	{"hospital", "Health", "Hospital"},
	{"iceberg", "Marine", "Iceberg"},
	{"industryFire", "Fire", "Industrial Fire"},
	{"internet", "Utility", "Internet Service"},
	{"karst", "Geological", "Karst Hazard"},
	{"kingTide", "Flood", "King Tide"},
	{"lahar", "Geological", "Lahar"},
	{"landSearch", "Search", "Over Land Search"},
	{"landlines", "Utility", "Landline Service"},
	{"landslide", "Geological", "Landslide"},
	{"largeSurf", "Marine", "Large Coastal Surf"},
	{"largeSwell", "Marine", "Large Swell Waves"},
	{"lavaFlow", "Geological", "Lava Flow"},
	{"leveeFailure", "Flood", "Levee Failure"},
	{"magnetcStorm", "Geological", "Magnetic Storm"},
	{"marine", "Marine", NULL},
	{"marineDiseas", "Animal Health", "Marine Disease"},
	{"marinePest", "Animal Health", "Marine Pest"},
	{"maritimeSec", "Marine", "Maritime / Marine Security"},
	{"meteor", "Geological", "Meteorite"},
	{"missingPer", "Missing Person", NULL},
	{"missingVPer", "Missing Person", "Missing Vulnerable Person"},
	{"naturalGas", "Utility", "Natural Gas Supply"},
	{"nautical", "Marine", "Nautical Incident"},
	{"notam", "Aviation", "Notice To Airmen"},
	{"oilSpill", "Marine", "Oil Spill"},
	{"other", "Other Non-Urgent Alerts", NULL},
	{"otherUrgent", "Other Urgent Alerts", NULL},
	{"pQuarantine", "Plant Health", "Plant Quarantine"},
	{"petrol", "Utility", "Petrol Supply"},
	{"pipeRupture", "Utility", "Pipeline Rupture"},
	{"plague", "Animals", "Plague"},
	{"plant", "Plant Health", NULL},
	{"plantInfect", "Plant Health", "Plant Infectious Disease"},
	{"plantPest", "Plant Health", "Plant Pest"},
	{"pollution", "Hazardous Materials", "Major Pollution"},
	{"product", "Product Safety", NULL},
	{"publicServic", "Public Services", NULL},
	{"pyroclaSurge", "Geological", "Pyroclastic Surge"},
	{"pyroclasFlow", "Geological", "Pyroclastic Flow"},
	{"radiological", "Hazardous Materials", "Radiological Hazard"},
	{"railCrash", "Railway", "Train / Rail Crash"},
	{"railIncident", "Railway", "Railway Incident"},
	{"railway", "Railway", NULL},
	{"rainfall", "Storm", "Rainfall"},
	{"reminder", "Preparedness Reminders", "Emergency Preparedness Reminder"},
	{"rescue", "Rescue", NULL},
	{"riverineflod", "Flood", "Riverine Flood"},
	{"road", "Roadway", NULL},
	{"roadClose", "Roadway", "Roadway Closure"},
	{"roadCrash", "Roadway", "Motor Vehicle Accident"},
	{"roadDelay", "Roadway", "Roadway Delay"},
	{"roadHazard", "Roadway", "Hazardous Road Conditions"},
	{"roadIncident", "Roadway", "Roadway Incident"},
	{"roadUsage", "Roadway", "Roadway Usage Condition"},
	{"satellite", "Utility", "Satellite Service"},
	{"search", "Search", NULL},
	{"sewer", "Utility", "Sewer System"},
	{"sheepWarning", "Animal Health", "Sheep Grazier Warning"},
	{"smoke", "Fire", "Smoke Alert"},
	{"snowfall", "Storm", "Snowfall"},
	{"spaceDebris", "Aviation", "Satellite / Space Re-entry debris"},
	{"squall", "Marine", "Squall"},
	{"storm", "Storm", NULL},
	{"stormFrcWind", "Marine", "Storm Force Wind"},
	{"stormSurge", "Flood", "Storm Surge"},
	{"strongWind", "Marine", "Strong Wind"},
	{"structurFire", "Fire", "Structure Fire"},
	{"telephone", "Utility", "Telephone Service"},
	{"temperature", "Temperature", NULL},
	{"terrorism", "Criminal Activity", "Terrorism"},
	{"testMessage", "Test Message", NULL},
	{"thunderstorm", "Storm", "Thunderstorm"},
	{"tornado", "Storm", "Tornado"},
	{"toxicPlume", "Hazardous Materials", "Toxic Plume"},
	{"traffic", "Roadway", "Traffic Report"},
	{"transit", "Public Services", "Transit"},
	{"tripleZero", "Utility", "Triple Zero"},
	{"tropCyclone", "Storm", "Tropical Cyclone"},
	{"tsunami", "Geological", "Tsunami"},
	{"utility", "Utility", NULL},
	{"volcanicAsh", "Geological", "Volcanic Ash Cloud"},
	{"volcano", "Geological", "Volcano"},
	{"volunteer", "Civil", "Volunteer Request"},
	{"waste", "Utility", "Waste Management"},
	{"water", "Utility", "Water Supply"},
	{"water", "Water quality", NULL},
	{"waterSearch", "Search", "Over Water Search"},
	{"waterspout", "Marine", "Waterspout"},
	{"weather", "Storm", "Weather"},
	{"wind", "Wind", NULL},
	{"windChange", "Wind", "Wind Change"},
	{"windChill", "Temperature", "Wind Chill"},
	{"zoonoticDis", "Health", "Zoonotic Disease"},
};

/* The list is in English; it does not tell what an event is called in another language. */
static bool
is_english(const struct profile *p, const struct cap_node *info)
{
	struct bytes language = profile_language(p, info);

	return language.len >= 2 && strncasecmp((const char *)language.at, "en", 2) == 0;
}

static void
judge_event(
	const struct profile *p, const struct cap_node *info, const struct cap_node *code)
{
	const struct cap_node *event = profile_child(p, info, "event");
	const char *kind = NULL;

	for (size_t i = 0; i < sizeof listed / sizeof *listed; i++) {
		if (!profile_is(code, listed[i].code))
			continue;
		kind = listed[i].event != NULL ? listed[i].event : listed[i].kind;
		if (profile_is(event, listed[i].kind) ||
			(listed[i].event != NULL && profile_is(event, listed[i].event)))
			return;
	}
	if (kind == NULL)
		cap_find(p->c->f, CAP_ERROR, p->rule, code,
			N_("The event code \"%s\" is not in the list of %s. Take one of "
			   "the "
			   "list, such as fire."),
			CAP_SHOWN(code), p->name);
	else if (event != NULL && is_english(p, info))
		cap_find(p->c->f, CAP_ERROR, p->rule, event,
			N_("<event> is \"%s\", but the event code \"%s\" means \"%s\". "
			   "Make "
			   "them agree."),
			CAP_SHOWN(event), CAP_SHOWN(code), kind);
}

static void
judge_event_code(const struct profile *p, const struct cap_node *info)
{
	const struct cap_node *pair = NULL, *value, *first = NULL;
	unsigned count = 0;

	while ((value = profile_value(p, info, "eventCode", event_list, &pair)),
		pair != NULL)
		first = count++ == 0 ? value : first;
	if (count == 1 && first != NULL)
		judge_event(p, info, first);
	else
		cap_find(p->c->f, CAP_ERROR, p->rule, info,
			N_("%s asks for exactly one <eventCode> with the valueName %s; "
			   "here "
			   "are %u. Keep or add the one that is meant."),
			p->name, event_list, count);
}

/* "name@domain", without blanks. */
static bool
is_mail(struct bytes text)
{
	const uint8_t *at = memchr(text.at, '@', text.len);
	size_t before = at != NULL ? (size_t)(at - text.at) : 0;

	return before > 0 && before + 1 < text.len &&
	       memchr(at + 1, '@', text.len - before - 1) == NULL &&
	       memchr(text.at, ' ', text.len) == NULL;
}

static void
judge_head(const struct profile *p)
{
	const struct cap_node *sender = profile_child(p, p->c->alert, "sender");
	const struct cap_node *status = profile_child(p, p->c->alert, "status");

	if (sender != NULL && !is_mail(cap_trimmed(sender)))
		cap_find(p->c->f, CAP_WARNING, p->rule, sender,
			N_("%s wants a sender like a mail address, as name@agency.gov.au; "
			   "here it is \"%s\"."),
			p->name, CAP_SHOWN(sender));
	if (profile_is(status, "Test"))
		cap_find(p->c->f, CAP_NOTE, p->rule, status,
			N_("Under %s a Test is logged, never broadcast: nobody will see "
			   "this."),
			p->name);
}

void
profile_cap_au(struct cap_checking *c)
{
	const struct profile p = {c, 59, "CAP-AU"};
	const struct cap_node *info = profile_child(&p, c->alert, "info"), *effective;
	bool cancel = profile_is(profile_child(&p, c->alert, "msgType"), "Cancel");

	profile_need_code(&p, profile_code, profile_code);
	profile_need_info(&p);
	judge_head(&p);
	profile_same_codes(&p);
	profile_same_event(&p);
	for (; info != NULL; info = cap_next_same(info)) {
		judge_event_code(&p, info);
		profile_need(&p, info, "area");
		effective = profile_child(&p, info, "effective");
		if (cancel && effective != NULL)
			cap_find(c->f, CAP_ERROR, p.rule, effective,
				N_("%s does not allow <effective> in a Cancel, which holds "
				   "at "
				   "once. Take it out."),
				p.name);
	}
}
