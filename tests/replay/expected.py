#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""What one siren in each zone must sound when recorded alerts are played; shares nothing with
the product, so that both must have understood doc/formats/recorded.md alike.

expected.py RECORDED.tsv --zones ZONES.geojson [--day PREFIX] [--json] [--tsv FILE] [--compare FILE]

RECORDED.tsv has a head line and either `time_utc … kind zone_id` (alarms without an end) or
`start_utc end_utc zone_id` (alarms with an end). The rules:

 1. A row without a zone, or with one that the zones file lacks, is unmatched and sounds nothing.
 2. A row sounds every siren in its zone and below it.
 3. A row for the same zone and the same hazard (column kind), at most 120 s after the newest row
    of an alarm that lives there, extends that alarm and does not sound. The window slides.
 4. Rows of one moment, zone and hazard are one row; they may have several ends.
 5. At one moment alarms come before ends; ends come in the order of their rows' beginnings.
 6. An alarm is over when every row that it absorbed has ended. A row without an end never ends:
    its alarm runs out in time and nobody gives an all clear.
 7. If another living alarm overlaps the one that is over (the same zone, or one zone within the
    other), it ends without a sound and owes its all clear. Else an all clear sounds in its zone
    and below, and in those of every alarm that owes one, overlaps this one and is overlapped by no
    other living alarm; these owe nothing any more. A siren sounds one all clear once.
"""
import argparse
import datetime
import json
import sys

REPEAT_S = 120


class Zones:
    def __init__(self, text):
        self.parent, self.key = {}, {}
        for feature in json.loads(text)["features"]:
            about = feature.get("properties") or {}
            zone = str(about["id"] if about.get("id") is not None else feature["id"])
            parent = about.get("parent")
            self.parent[zone] = None if parent in (None, 0, "", "0") else str(parent)
            aliases = about.get("aliases") or []
            for name in [zone] + (aliases if isinstance(aliases, list) else [aliases]):
                self.key[str(name)] = zone
        self.above = {zone: self._above(zone) for zone in self.parent}
        self.below = {zone: set() for zone in self.parent}
        for zone, above in self.above.items():
            for one in above:
                self.below[one].add(zone)

    def _above(self, zone):
        out = []
        while zone is not None and zone not in out:
            out.append(zone)
            zone = self.parent.get(zone)
        return out

    def overlap(self, a, b):
        return a in self.above[b] or b in self.above[a]


class Alarm:
    def __init__(self, zone, kind, start):
        self.zone, self.kind, self.newest = zone, kind, start
        self.open = 0          # rows that have not ended
        self.live = True
        self.owes = False


def moment(text):
    return datetime.datetime.fromisoformat(text.replace("Z", "+00:00")).timestamp()


def rows_of(text, day):
    lines = text.lstrip("\ufeff").splitlines()
    head = {name: i for i, name in enumerate(lines[0].split("\t"))}
    start_at = head["start_utc"] if "start_utc" in head else head["time_utc"]
    for line in lines[1:]:
        if not line:
            continue
        field = line.split("\t") + [""] * len(head)
        if day and not field[start_at].startswith(day):
            continue
        end = field[head["end_utc"]] if "end_utc" in head else ""
        yield {
            "start": moment(field[start_at]),
            "end": moment(end) if end else None,
            "zone": field[head["zone_id"]],
            "kind": field[head["kind"]] if "kind" in head else "",
        }


class Day:
    def __init__(self, zones):
        self.zones = zones
        self.alarms = {zone: 0 for zone in zones.parent}
        self.all_clears = {zone: 0 for zone in zones.parent}
        self.made = []                 # every alarm, oldest first
        self.living = {}               # (zone, kind) -> the newest alarm
        self.unmatched = self.rows = 0

    def begin(self, row):
        place = (row["zone"], row["kind"])
        alarm = self.living.get(place)
        if alarm is None or not alarm.live or row["start"] - alarm.newest > REPEAT_S:
            alarm = Alarm(*place, row["start"])
            self.made.append(alarm)
            self.living[place] = alarm
            for zone in self.zones.below[row["zone"]]:
                self.alarms[zone] += 1
        alarm.newest = row["start"]
        alarm.open += 1
        row["alarm"] = alarm

    def others(self, alarm, but):
        return [a for a in self.made
                if a.live and a is not but and self.zones.overlap(a.zone, alarm.zone)]

    def end(self, row):
        alarm = row["alarm"]
        alarm.open -= 1
        if alarm.open > 0:
            return
        alarm.live = False
        if self.others(alarm, alarm):
            alarm.owes = True
            return
        settled = [a for a in self.made
                   if a.owes and self.zones.overlap(a.zone, alarm.zone) and not self.others(a, alarm)]
        cleared = set(self.zones.below[alarm.zone])
        for one in settled:
            one.owes = False
            cleared |= self.zones.below[one.zone]
        for zone in cleared:
            self.all_clears[zone] += 1

    def play(self, rows):
        events = []
        for row in sorted(rows, key=lambda row: row["start"]):    # stable: as in the file
            self.rows += 1
            row["zone"] = self.zones.key.get(row["zone"])
            if row["zone"] is None:
                self.unmatched += 1
                continue
            events.append((row["start"], 0, len(events), row))
            if row["end"] is not None:
                events.append((row["end"], 1, len(events), row))
        for _, is_end, _, row in sorted(events, key=lambda event: event[:3]):
            (self.end if is_end else self.begin)(row)
        return self

    def sums(self):
        return {
            "alerts": len(self.made),
            "rows": self.rows,
            "unmatched": self.unmatched,
            "alarms": sum(self.alarms.values()),
            "all_clears": sum(self.all_clears.values()),
        }

    def table(self):
        return "zone_id\talarms\tall_clears\n" + "".join(
            f"{zone}\t{self.alarms[zone]}\t{self.all_clears[zone]}\n" for zone in self.alarms)


def expect(recorded, zones, day=None):
    """All that must sound; recorded and zones are the texts of the two files."""
    return Day(Zones(zones)).play(rows_of(recorded, day))


def differences(day, closings):
    """Lines about zones where `belfry replay --closings` counted something else."""
    said = {}
    for line in closings.splitlines()[1:]:
        zone, alarms, clears = line.split("\t")
        said[zone] = (int(alarms), int(clears))
    out = []
    for zone in day.alarms:
        must = (day.alarms[zone], day.all_clears[zone])
        if said.get(zone, (0, 0)) != must:
            out.append(f"zone {zone}: sounded {said.get(zone)}, must be {must}")
    out += [f"zone {zone} is not in the zones file" for zone in said if zone not in day.alarms]
    return out


def read(path):
    with open(path, encoding="utf-8") as f:
        return f.read()


def main():
    ask = argparse.ArgumentParser(description="What one siren in each zone must sound.")
    ask.add_argument("recorded")
    ask.add_argument("--zones", required=True)
    ask.add_argument("--day")
    ask.add_argument("--json", action="store_true", help="print the sums as one JSON object")
    ask.add_argument("--tsv", help="write zone id, alarms and all clears there")
    ask.add_argument("--compare", help="a file of belfry replay --closings; differences are an error")
    asked = ask.parse_args()
    day = expect(read(asked.recorded), read(asked.zones), asked.day)
    if asked.tsv:
        with open(asked.tsv, "w", encoding="utf-8") as f:
            f.write(day.table())
    if asked.json:
        print(json.dumps(day.sums()))
    elif not asked.tsv and not asked.compare:
        sys.stdout.write(day.table())
    if asked.compare:
        wrong = differences(day, read(asked.compare))
        print("\n".join(wrong[:20]), file=sys.stderr)
        return 1 if wrong else 0
    return 0


if __name__ == "__main__":
    sys.exit(main())
