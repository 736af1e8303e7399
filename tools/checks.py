#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Run Belfry's checks, two at a time, and count what passed. Started by ./check."""

import argparse
import fnmatch
import os
import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))

from checklib.jobs import all_jobs  # noqa: E402
from checklib.runner import Runner  # noqa: E402

ROOT = pathlib.Path(__file__).resolve().parent.parent

HELP = """\
Without options: every check, under 20 minutes on two cores.

What is counted: each case of a unit test (cmocka), each PASS, FAIL or SKIP line
of a script in tests/system/, each fuzz target, and each build or lint as one.
The last line is "N passed, N failed, N skipped"; the exit status is 1 if
anything failed. Logs are in build-logs/.
"""


def arguments():
    p = argparse.ArgumentParser(prog="./check", epilog=HELP,
                                formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("--quick", action="store_true", help="no clang build, no fuzzing")
    p.add_argument("--long", action="store_true",
                   help="only the long forms, tests/long/*; they write their counts into doc/")
    p.add_argument("--bench", action="store_true", help="only the benchmarks, tests/bench/*/run*")
    p.add_argument("--only", metavar="PATTERN", action="append",
                   help="only checks of this name and the builds they need (may be repeated)")
    p.add_argument("--list", action="store_true", help="name the checks and stop")
    return p.parse_args()


def chosen(jobs, patterns):
    """The jobs whose name fits, with all that they need."""
    want = {j.name for j in jobs if any(fnmatch.fnmatch(j.name, p) for p in patterns)}
    for job in reversed(jobs):  # a job stands after what it needs
        if job.name in want:
            want.update(job.needs)
    return [j for j in jobs if j.name in want]


def main():
    args = arguments()
    os.chdir(ROOT)
    jobs = all_jobs(ROOT, args)
    if args.only:
        jobs = chosen(jobs, args.only)
    if args.list:
        print("\n".join(j.name for j in jobs))
        return 0
    if not jobs:
        print("no check has that name; ./check --list names them", file=sys.stderr)
        return 2
    return Runner(ROOT / "build-logs").run(jobs)


if __name__ == "__main__":
    sys.exit(main())
