#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""
Run many seeds of the simulator, two at a time, and add the figures to doc/simulation.md, which is
committed: they grow from run to run. Seeds: $BELFRY_LONG_SEEDS, else 10,000, behind those already run.
"""

import datetime
import os
import pathlib
import re
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
PAGE = ROOT / "doc/simulation.md"
SEEDS = int(os.environ.get("BELFRY_LONG_SEEDS", "10000"))
PIECE = 500
ROW = re.compile(r"^\| ([\d,]+) \| ([\d,]+) \| ([\d.]+) \| ([\d,]+) \| (\d+) \| ([\d-]+) \|$", re.M)
FIRST = 1_000_000


def program():
    for folder in (os.environ.get("BELFRY_RELEASE"), os.environ.get("BELFRY_BUILD")):
        path = pathlib.Path(folder or "/nowhere") / "tests/sim/simulator"
        if path.is_file():
            return [str(path)]
    for folder in (os.environ.get("BELFRY_RELEASE"), os.environ.get("BELFRY_BUILD")):
        path = pathlib.Path(folder or "/nowhere") / "src/prog/belfry"
        if path.is_file():
            return [str(path), "sim"]
    sys.exit("no simulator was built: set BELFRY_BUILD")


def start(command, first, seeds):
    return subprocess.Popen([*command, "--seeds", str(seeds), "--seed", str(first)],
                            stdout=subprocess.PIPE, text=True, errors="replace")


def figures(text):
    """seeds, failed, days, events, soundings; and what broke."""
    head = re.search(r"^(\d+) seeds, (\d+) failed; simulated ([\d.]+) days, (\d+) events$", text, re.M)
    sounded = re.search(r"soundings (\d+)", text)
    if not head or not sounded:
        return [0, 1, 0.0, 0, 0], ["the simulator died"]
    return ([int(head[1]), int(head[2]), float(head[3]), int(head[4]), int(sounded[1])],
            [line for line in re.findall(r"^seed \d+: .*$", text, re.M) if " virtual time" not in line])


def run(command, first):
    total, broken = [0, 0, 0.0, 0, 0], []
    starts = list(range(first, first + SEEDS, PIECE))
    while starts:
        pair = [start(command, s, min(PIECE, first + SEEDS - s)) for s in starts[:2]]
        starts = starts[2:]
        for process in pair:
            one, words = figures(process.communicate()[0])
            total = [a + b for a, b in zip(total, one)]
            broken += words
    return total, broken


def main():
    text = PAGE.read_text()
    old = ROW.search(text)
    sums = [0, 0, 0.0, 0, 0]
    if old:
        sums = [int(old[1].replace(",", "")), int(old[5]), float(old[3]),
                int(old[2].replace(",", "")), int(old[4].replace(",", ""))]
    total, broken = run(program(), FIRST + sums[0])
    for line in broken:
        print("FAIL", line)
    print(f"{'FAIL' if broken else 'PASS'} {total[0]} seeds, {total[2]:.1f} simulated days")
    seeds, failed, days, events, sounded = (a + b for a, b in zip(sums, total))
    row = (f"| {seeds:,} | {events:,} | {days:.2f} | {sounded:,} | {failed} "
           f"| {datetime.date.today().isoformat()} |")
    PAGE.write_text(ROW.sub(row, text) if old else text.rstrip("\n") + "\n" + row + "\n")
    return 1 if broken else 0


if __name__ == "__main__":
    sys.exit(main())
