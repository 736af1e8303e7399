#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""
The CAP library as somebody else's program meets it: installed into a folder, found by pkg-config,
compiled against by the example of doc/examples, which then makes, checks and reads messages.
"""
import os
import pathlib
import re
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
BUILD = pathlib.Path(os.environ["BELFRY_BUILD"]).resolve()
FAILED = 0


def check(what, good, more=""):
    global FAILED
    FAILED += not good
    print(("PASS " if good else "FAIL ") + what + ("" if good else f": {more}"))


def run(*command, **how):
    return subprocess.run(command, capture_output=True, text=True, errors="replace", check=False, **how)


def install(where):
    """What the library's users get; the paths in the .pc file are set to `where`."""
    done = run("meson", "install", "-C", str(BUILD), "--no-rebuild", "--destdir", str(where), "--quiet")
    check("it installs", done.returncode == 0, done.stderr[-300:])
    pc = next(where.rglob("belfry-cap.pc"))
    text = pc.read_text()
    prefix = re.search(r"^prefix=(.*)$", text, re.M)[1]
    pc.write_text(text.replace(f"prefix={prefix}", f"prefix={where}{prefix}", 1))
    return pc.parent, next(where.rglob("libbelfry-cap.so.0")).parent


def main():
    needed = run("ninja", "-C", str(BUILD))
    check("everything is built", needed.returncode == 0, needed.stdout[-300:])
    with tempfile.TemporaryDirectory(prefix="belfry-library-") as folder:
        where = pathlib.Path(folder)
        pc, libraries = install(where / "root")
        env = dict(os.environ, PKG_CONFIG_PATH=str(pc), LD_LIBRARY_PATH=str(libraries),
                   ASAN_OPTIONS="verify_asan_link_order=0:detect_leaks=0")
        flags = run("pkg-config", "--cflags", "--libs", "belfry-cap", env=env).stdout.split()
        check("pkg-config knows it", any("belfry-cap" in f for f in flags), flags)
        sanitizers = re.findall(r"-fsanitize=[\w,]+", (BUILD / "build.ninja").read_text())
        program = where / "cap"
        made = run(os.environ.get("CC", "cc"), "-Wall", "-Wextra", "-Werror", "-std=c17",
                   *sorted(set(sanitizers))[:1], str(ROOT / "doc/examples/cap.c"), *flags, "-o", str(program), env=env)
        check("the example compiles without a warning", made.returncode == 0, made.stderr[-500:])
        plus = where / "plus.cc"
        plus.write_text("#include <belfry/cap.h>\nint main() { return belfry_cap_version()[0] == 0; }\n")
        made = run("cc", "-xc++", "-fsyntax-only", *flags, str(plus), env=env)
        check("a C++ compiler takes the header", made.returncode == 0 or "cc1plus" in made.stderr, made.stderr[-300:])

        told = run(str(program), env=env)
        check("it makes a message that is right", told.returncode == 0, told.stderr[-500:])
        check("and writes it", "&lt;by the river&gt; &amp; the mill" in told.stdout, told.stdout[-500:])
        good = where / "good.xml"
        good.write_text(told.stdout)
        check("which it takes again", run(str(program), str(good), env=env).returncode == 0)
        bad = where / "bad.xml"
        bad.write_text(told.stdout.replace("<status>Exercise</status>", "<status>Excercise</status>"))
        said = run(str(program), str(bad), env=env)
        check("a wrong word is found with its line", said.returncode == 1 and re.search(
            r"^6:3: error \(rule 8\) /alert/status: .*Excercise", said.stderr, re.M), said.stderr)

        library = libraries / "libbelfry-cap.so.0"
        name = run("readelf", "-d", str(library)).stdout
        check("its soname is libbelfry-cap.so.0", "[libbelfry-cap.so.0]" in name)
        symbols = {line.split()[-1].split("@")[0] for line in
                   run("nm", "-D", "--defined-only", str(library)).stdout.splitlines()}
        symbols = {s for s in symbols if not s.startswith("BELFRY_CAP_")}
        listed = set(re.findall(r"^\t(belfry_cap_\w+);", (ROOT / "include/belfry-cap.map").read_text(), re.M))
        declared = set(re.findall(r"\b(belfry_cap_\w+)\(", (ROOT / "include/belfry/cap.h").read_text()))
        check("it exports what the map lists, and nothing else", symbols == listed, symbols ^ listed)
        check("the map lists what the header declares", listed == declared, listed ^ declared)
    return 1 if FAILED else 0


sys.exit(main())
