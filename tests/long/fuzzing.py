#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""
Fuzz each target for a long time and add the runs to doc/fuzzing.md, which is committed: the
figures grow from run to run. Minutes for each target: $BELFRY_LONG_MINUTES, else 20.
"""

import datetime
import os
import pathlib
import re
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
PAGE = ROOT / "doc/fuzzing.md"
SECONDS = int(float(os.environ.get("BELFRY_LONG_MINUTES", "20")) * 60)
ROW = re.compile(r"^\| `(\w+)` \| ([\d,]+) \| ([\d.]+) \| (\d+) \| ([\d-]+) \|$", re.M)


def read_page():
    return {m[1]: [int(m[2].replace(",", "")), float(m[3]), int(m[4]), m[5]]
            for m in ROW.finditer(PAGE.read_text())}


def write_page(rows):
    text = PAGE.read_text()
    head = text[:text.index("| target |")]
    lines = ["| target | runs | hours | crashes | last |", "|---|---|---|---|---|"]
    lines += [f"| `{name}` | {runs:,} | {hours:.2f} | {crashes} | {day} |"
              for name, (runs, hours, crashes, day) in sorted(rows.items())]
    PAGE.write_text(head + "\n".join(lines) + "\n")


def fuzz(program):
    """Runs done, and whether it ended well."""
    name = program.name.removeprefix("fuzz_")
    corpus = ROOT / "build-fuzz/corpus" / name
    corpus.mkdir(parents=True, exist_ok=True)
    seeds = ROOT / "tests/fuzz/seeds" / name
    done = subprocess.run(
        [program, f"-max_total_time={SECONDS}", "-rss_limit_mb=2048", "-timeout=10",
         f"-artifact_prefix={ROOT}/build-fuzz/crash-{name}-", corpus,
         *([seeds] if seeds.is_dir() else [])],
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, errors="replace")
    runs = re.findall(r"^(?:Done|stat::number_of_executed_units:|#)\s*(\d+)", done.stdout, re.M)
    if done.returncode != 0:
        print(done.stdout[-4000:])
    return int(runs[-1]) if runs else 0, done.returncode == 0


def main():
    programs = sorted(p for p in (ROOT / "build-fuzz/tests/fuzz").glob("fuzz_*")
                      if p.is_file() and os.access(p, os.X_OK))
    rows, bad = read_page(), 0
    for program in programs:
        name = program.name.removeprefix("fuzz_")
        runs, well = fuzz(program)
        row = rows.setdefault(name, [0, 0.0, 0, ""])
        row[0], row[1] = row[0] + runs, row[1] + SECONDS / 3600
        row[2], row[3] = row[2] + (not well), datetime.date.today().isoformat()
        write_page(rows)
        bad += not well
        print(f"{'PASS' if well else 'FAIL'} {name}: {runs:,} runs", flush=True)
    return 1 if bad or not programs else 0


if __name__ == "__main__":
    sys.exit(main())
