#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""belfry replay on small invented recordings: each zone sounds what expected.py says, the figures
add up, and a chain that breaks is no success."""
import json
import os
import signal
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
sys.path.insert(0, os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "replay"))
import chain  # noqa: E402
import expected  # noqa: E402

DAY = "2031-05-04"
FIELDS = ("alerts", "zones", "sounded", "missed", "doubled", "unsigned", "unmatched", "p50_ms", "p99_ms")
NAMES = {"belfry-siren": "sirens", "belfry-edge": "edge", "belfryd": "hub"}
TMP = tempfile.mkdtemp(prefix="belfry-replay-test-")


def replay(recorded, zones, *more, closings=None):
    argv = [chain.program("belfry"), "replay", recorded, "--zones", zones, "--json", "--quiet", *more]
    if closings:
        argv += ["--closings", closings]
    return subprocess.run(argv, capture_output=True, text=True, check=False, timeout=7200)


def day_of(recorded, zones, day):
    return expected.expect(expected.read(recorded), expected.read(zones), day)


def played(name, recorded, zones, day, *more):
    """Play it, compare zone by zone; the figures, for those that want to print them."""
    closings = os.path.join(TMP, "closings.tsv")
    done = replay(recorded, zones, "--day", day, *more, closings=closings)
    if not chain.check(f"{name}: replay ends with 0", done.returncode == 0, done.stderr + done.stdout):
        return None
    must, said = day_of(recorded, zones, day), json.loads(done.stdout)
    wrong = expected.differences(must, expected.read(closings))
    chain.check(f"{name}: every siren sounds what the recording asks", not wrong, "; ".join(wrong[:5]))
    sums = must.sums()
    same = {"rows": sums["rows"], "unmatched": sums["unmatched"], "sounded": sums["alarms"],
            "all_clears": sums["all_clears"], "missed": 0, "doubled": 0, "unsigned": 0}
    chain.check(f"{name}: the figures are those of the recording",
                {key: said.get(key) for key in same} == same, f"{said}, must be {same}")
    chain.check(f"{name}: the object has all its fields", all(field in said for field in FIELDS), said)
    return said


def children(pid):
    with open(f"/proc/{pid}/task/{pid}/children", encoding="ascii") as f:
        return [int(one) for one in f.read().split()]


def command_of(pid):
    try:
        with open(f"/proc/{pid}/cmdline", "rb") as f:
            return f.read().split(b"\0")[0].decode()
    except OSError:
        return ""


def broken(victim, how):
    """One of the chain's programs is killed or stopped while the day runs: never a success."""
    day = os.path.join(chain.DATA, "nested")
    argv = [chain.program("belfry"), "replay", day + ".tsv", "--zones", day + ".geojson", "--day", DAY, "--json",
            "--quiet"]
    with subprocess.Popen(argv, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        until, found = time.monotonic() + 60, []
        while not found and time.monotonic() < until and process.poll() is None:
            found = [pid for pid in children(process.pid) if command_of(pid).endswith(victim)]
            time.sleep(0.02)
        time.sleep(2)
        for pid in found:
            os.kill(pid, how)
        out, err = process.communicate(timeout=300)
    chain.check(f"a chain without {victim} is no success, and the sentence names it",
                bool(found) and process.returncode not in (0, None) and (f"{NAMES[victim]} ended" in err or "missed" in out),
                f"{process.returncode} {out} {err}")


def refused(name, want, *argv):
    done = subprocess.run([chain.program("belfry"), "replay", *argv], capture_output=True, text=True,
                          check=False, timeout=60)
    chain.check(f"refused with a sentence: {name}", done.returncode != 0 and want in done.stderr,
                f"{done.returncode} {done.stderr}")


def bad_files():
    flat = os.path.join(chain.DATA, "flat.geojson")
    path = os.path.join(TMP, "bad.tsv")

    def with_text(text):
        with open(path, "w", encoding="utf-8") as f:
            f.write(text)
        return path

    head = "time_utc\tkind\tzone_id\n"
    refused("no such file", "nothing.tsv", os.path.join(TMP, "nothing.tsv"), "--zones", flat)
    refused("a bad time, by its line", "line 3", with_text(
        head + "2031-05-04T10:00:00Z\tmissiles\t101\nyesterday\tmissiles\t101\n"), "--zones", flat)
    refused("columns that nobody knows", "time_utc", with_text("when\twhere\n1\t2\n"), "--zones", flat)
    refused("a day without a row", "2040", with_text(head + "2031-05-04T10:00:00Z\tmissiles\t101\n"),
            "--zones", flat, "--day", "2040")
    refused("an empty file", "belfry replay", with_text(""), "--zones", flat)
    refused("no zones", "--zones", path)
    refused("a speed that is none", "speed", path, "--zones", flat, "--speed", "-1")


def main():
    chain.need_programs()
    for name in ("flat", "nested"):
        path = os.path.join(chain.DATA, name)
        played(name, path + ".tsv", path + ".geojson", DAY)
    path = os.path.join(chain.DATA, "flat")
    # 90 s and 120 s apart at 100 times life: repeats by their recorded time, not by ours.
    played("flat, 100 times life", path + ".tsv", path + ".geojson", DAY, "--speed", "100")
    broken("belfry-siren", signal.SIGKILL)
    broken("belfry-edge", signal.SIGKILL)
    broken("belfryd", signal.SIGKILL)
    bad_files()
    chain.end()


if __name__ == "__main__":
    main()
