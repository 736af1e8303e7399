#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
# check: alone
"""Recorded alerts of two countries, a slice of each, where the files are at hand: the heaviest
minute as fast as it was, and some minutes as fast as the chain goes."""
import os
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import chain  # noqa: E402
from replay_small import played  # noqa: E402

IL = ("il_2019-01_2023-10-19.tsv", "il_zones.geojson")
UA = ("ua_official_2022-03_2023-07.tsv", "ua_zones.geojson")


def real(name, files, day, *more):
    recorded, zones = (os.path.join(chain.REAL, one) for one in files)
    said = played(name, recorded, zones, day, *more)
    if said:
        print(f"# {name}: {said['rows']} rows, {said['alerts']} alerts, {said['sounded']} alarms and "
              f"{said['all_clears']} all clears sounded, p50 {said['p50_ms']:.0f} ms, "
              f"p99 {said['p99_ms']:.0f} ms, {said['seconds']:.0f} s", flush=True)
    return said


def main():
    chain.need_programs()
    if not os.path.exists(os.path.join(chain.REAL, IL[0])):
        chain.skipped("recorded days", f"no recordings in {chain.REAL}")
        sys.exit(77)
    real("Israel 2023-10-07 17:00, as recorded", IL, "2023-10-07T17:00", "--speed", "1")
    real("Israel 2023-10-07 05:3x", IL, "2023-10-07T05:3")
    real("Ukraine 2022-08-24 00h", UA, "2022-08-24T00")
    chain.end()


if __name__ == "__main__":
    main()
