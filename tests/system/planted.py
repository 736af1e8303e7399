#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""The bugs of tests/planted/, one after the other, planted in a copy: the tests that each patch names
must find it.

planted.py [NAME...]

A patch says in a line "# found by: unit/FOLDER/test_FILE ..." which tests are asked. They are built
without sanitizers and must pass before the first bug is planted.
"""
import concurrent.futures
import glob
import os
import re
import shutil
import subprocess
import sys
import tempfile

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
PLANTED = os.path.join(ROOT, "tests", "planted")
FOUND_BY = re.compile(r"^# found by: (.+)$", re.MULTILINE)
FAILED_CASE = re.compile(r"^\[\s*FAILED\s*\]\s+([a-z]\w*)$", re.MULTILINE)
BEGUN_CASE = re.compile(r"^\[\s*RUN\s*\]\s+([a-z]\w*)$", re.MULTILINE)
PATIENCE_S = 120       # for one test; a bug may make it hang, and then it is found too


class Trouble(Exception):
    """Nothing can be said about this bug."""


def copy_tree(to):
    said = subprocess.run(["git", "ls-files", "-coz", "--exclude-standard"], cwd=ROOT, capture_output=True, check=False)
    names = [os.fsdecode(name) for name in said.stdout.split(b"\0") if name]
    if said.returncode != 0:   # no repository: everything but what was built
        shutil.copytree(ROOT, to, symlinks=True, ignore=shutil.ignore_patterns(".git", "build*"))
        return
    for name in names:
        source, target = os.path.join(ROOT, name), os.path.join(to, name)
        if os.path.isfile(source):
            os.makedirs(os.path.dirname(target), exist_ok=True)
            shutil.copy2(source, target)


class Copy:
    def __init__(self, folder):
        self.tree = os.path.join(folder, "tree")
        self.build = os.path.join(folder, "build")
        self.temporary = os.path.join(folder, "tmp")
        os.mkdir(self.temporary)
        copy_tree(self.tree)
        self.command(["meson", "setup", "--buildtype=plain", "-Doptimization=0", self.build])

    def command(self, words):
        # Not the project's own repository, should the copy lie inside of it.
        env = dict(os.environ, GIT_CEILING_DIRECTORIES=os.path.dirname(self.tree))
        said = subprocess.run(words, cwd=self.tree, env=env, capture_output=True, text=True,
                              check=False)
        if said.returncode != 0:
            lines = (said.stdout + said.stderr).strip().splitlines()
            errors = [line for line in lines if "error" in line.lower()] or lines or ["?"]
            raise Trouble(f"{' '.join(words[:2])}: {errors[0]}")

    @staticmethod
    def target(test):
        """unit/siren/test_horn is built as tests/unit/siren/test_siren_horn."""
        folder, file = os.path.split(test)
        kind = os.path.basename(folder)
        return os.path.join("tests", folder, file.replace("test_", f"test_{kind}_", 1))

    def make(self, tests):
        self.command(["ninja", "-j2", "-C", self.build] + [self.target(test) for test in tests])

    def run(self, test):
        """None if it passes, else what failed in it."""
        env = dict(os.environ, TMPDIR=self.temporary)
        try:
            said = subprocess.run(["stdbuf", "-oL", os.path.join(self.build, self.target(test))],
                                  cwd=self.tree, env=env, capture_output=True, text=True,
                                  errors="replace", timeout=PATIENCE_S, check=False)
        except subprocess.TimeoutExpired:
            return f"{test} (it hangs)"
        if said.returncode == 0:
            return None
        words = said.stdout + said.stderr
        case = FAILED_CASE.search(words)
        if case:
            return case.group(1)
        begun = BEGUN_CASE.findall(words)      # the test died in it
        return f"{begun[-1] if begun else test} (ends with {said.returncode})"

    def apply(self, patch, *more):
        self.command(["git", "apply", "-C1", *more, patch])


def tests_of(patch):
    with open(patch, encoding="utf-8") as file:
        said = FOUND_BY.search(file.read())
    return said.group(1).split() if said else []


def plant(copy, patch):
    """The test case that finds it, or None."""
    tests = tests_of(patch)
    try:
        copy.apply(patch)
    except Trouble as trouble:
        raise Trouble(f"the patch does not apply any more ({trouble})") from trouble
    try:
        copy.make(tests)
        for test in tests:
            case = copy.run(test)
            if case:
                return case
        return None
    finally:
        copy.apply(patch, "--reverse")


def ready(copy, patches):
    """The tests as they are; the ones that cannot be asked, with the reason."""
    tests = sorted({test for patch in patches for test in tests_of(patch)})
    copy.make(tests)
    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        return {test: case for test, case in zip(tests, pool.map(copy.run, tests)) if case}


def ask(copy, patch, broken):
    name = os.path.basename(patch)[:-len(".patch")]
    tests = tests_of(patch)
    try:
        if not tests:
            raise Trouble('the patch has no line "# found by: …"')
        for test in tests:
            if test in broken:
                raise Trouble(f"{broken[test]} fails without it already")
        case = plant(copy, patch)
    except Trouble as trouble:
        print(f"FAIL planted {name}: {trouble}", flush=True)
        return None
    if case is None:
        print(f"FAIL planted {name}: not found", flush=True)
        return None
    print(f"PASS planted {name}: found by {case}", flush=True)
    return name, case


def main(names):
    patches = sorted(glob.glob(os.path.join(PLANTED, "*.patch")))
    if names:
        patches = [p for p in patches if os.path.basename(p)[:-len(".patch")] in names]
    if not patches:
        print("FAIL planted: there are no patches")
        return 1
    with tempfile.TemporaryDirectory(prefix="planted-") as folder:
        try:
            copy = Copy(folder)
            broken = ready(copy, patches)
        except Trouble as trouble:
            print(f"FAIL planted: the copy cannot be built: {trouble}")
            return 1
        found = [ask(copy, patch, broken) for patch in patches]
    print(f"{sum(f is not None for f in found)} of {len(patches)} planted bugs were found:")
    for name, case in filter(None, found):
        print(f"  {name:40} {case}")
    return 0 if all(found) else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
