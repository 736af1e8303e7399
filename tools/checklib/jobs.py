# SPDX-License-Identifier: GPL-3.0-or-later
"""What ./check checks: one function for each kind of check, one list at the end."""

import json
import os
import re
import shutil
import subprocess
import tempfile

from .runner import Count, Failed, Job

SANITIZE = ["-Dwerror=true", "-Db_sanitize=address,undefined", "-Db_lundef=false"]
FUZZ_TOTAL_S = 360
SCRIPT_LIMIT_S = 900
LONG_LIMIT_S = 6 * 3600


# -- builds ---------------------------------------------------------------------

def build(folder, *options, compiler="gcc", targets=()):
    """A build folder made with other options than these is made anew."""
    def work(sh):
        note, words = f"{folder}/belfry-options", " ".join(options)
        if not os.path.exists(note) or open(note, encoding="utf-8").read() != words:
            shutil.rmtree(folder, ignore_errors=True)
            sh.must(["meson", "setup", folder, *options], env={"CC": compiler})
            with open(note, "w", encoding="utf-8") as f:
                f.write(words)
        sh.must(["ninja", "-C", folder, *targets], limit_s=1200)
        return Count(passed=1)
    return work


# -- tests ----------------------------------------------------------------------

def count_tap(text):
    """cmocka's cases in TAP: 'ok 3 - name', 'not ok 4 - name', 'not ok 5 # SKIP name'."""
    lines = re.findall(r"^((?:not )?ok) \d+(.*)", text, re.M)
    skipped = sum("# SKIP" in rest for _, rest in lines)
    failed = sum(word == "not ok" and "# SKIP" not in rest for word, rest in lines)
    return Count(passed=len(lines) - skipped - failed, failed=failed, skipped=skipped)


def unit_tests(sh):
    """Each case counts; an executable that ends badly without a failed case counts as one."""
    sh.call(["meson", "test", "-C", "build-check", "--no-rebuild", "--print-errorlogs",
             "--num-processes", "2", "-t", "6"], limit_s=1200,
            env={"CMOCKA_MESSAGE_OUTPUT": "TAP", **sanitizer_env()})
    total = Count()
    with open("build-check/meson-logs/testlog.json", encoding="utf-8") as log:
        for line in log:
            test = json.loads(line)
            count = count_tap((test.get("stdout") or "") + (test.get("stderr") or ""))
            if test["result"] == "SKIP":
                count.skipped += 1
            elif test["result"] != "OK" and not count.failed:
                count.failed += 1
            elif not count.passed + count.failed + count.skipped:
                count.passed += 1
            total.add(count)
    if not total.passed + total.failed + total.skipped:
        raise Failed("no unit test ran")
    return total


def sanitizer_env():
    return {"ASAN_OPTIONS": "detect_leaks=1:abort_on_error=0:allocator_may_return_null=1",
            "UBSAN_OPTIONS": "halt_on_error=1:print_stacktrace=1"}


def script(path, limit_s=SCRIPT_LIMIT_S):
    """
    A test in a language of its own. It finds the programs under $BELFRY_BUILD/src/prog, web/ and
    share/ under $BELFRY_DATA, and an empty $TMPDIR; it prints lines that begin with PASS, FAIL or
    SKIP and ends with 0, with 77 if it cannot run here, or with anything else if it failed.
    """
    def work(sh):
        folder = tempfile.mkdtemp(prefix="belfry-check-")
        env = {"BELFRY_BUILD": os.path.abspath("build-check"), "BELFRY_DATA": os.getcwd(),
               "BELFRY_RELEASE": os.path.abspath("build-bench"), "TMPDIR": folder,
               "PYTHONDONTWRITEBYTECODE": "1", **sanitizer_env()}
        try:
            status = sh.call([f"./{path}"], limit_s=limit_s, env=env)
        finally:
            shutil.rmtree(folder, ignore_errors=True)
        count = Count(*(len(re.findall(rf"^{word}\b", sh.text(), re.M))
                        for word in ("PASS", "FAIL", "SKIP")))
        if status == 77:
            count.skipped = max(count.skipped, 1)
        elif status != 0:
            count.failed = max(count.failed, 1)
            count.note = f"exit status {status}"
        elif not count.passed + count.failed + count.skipped:
            count.passed = 1
        return count
    return work


def fuzz(name, seconds):
    def work(sh):
        corpus, seeds = f"build-fuzz/corpus/{name}", f"tests/fuzz/seeds/{name}"
        os.makedirs(corpus, exist_ok=True)
        sh.must([f"build-fuzz/tests/fuzz/fuzz_{name}", f"-max_total_time={seconds}",
                 "-rss_limit_mb=2048", "-timeout=10", "-print_final_stats=1",
                 f"-artifact_prefix=build-fuzz/crash-{name}-", corpus,
                 *([seeds] if os.path.isdir(seeds) else [])], limit_s=seconds + 120)
        done = re.findall(r"^Done (\d+) runs", sh.text(), re.M)
        return Count(passed=1, note=f"{done[-1] if done else '?'} runs")
    return work


# -- reading the source ---------------------------------------------------------

def tracked(*suffixes):
    """Files of the project, also those not committed yet."""
    out = subprocess.run(["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
                         capture_output=True, text=True, check=True).stdout
    return sorted(p for p in set(out.split("\0")) if p.endswith(suffixes) and os.path.isfile(p))


def command(*words):
    def work(sh):
        sh.must(list(words))
        return Count(passed=1)
    return work


def clang_format(sh):
    sh.must(["clang-format", "--dry-run", "-Werror", *tracked(".c", ".h")])
    return Count(passed=1)


def include_flags():
    names = ["libsodium", "jansson", "sqlite3", "libxml-2.0", "openssl", "libcurl", "libgpiod"]
    out = subprocess.run(["pkg-config", "--cflags", *names], capture_output=True, text=True,
                         check=True).stdout
    return ["-Isrc", "-D_GNU_SOURCE", '-DBELFRY_VERSION="0"',
            '-DBELFRY_DATADIR="/"', *out.split()]


def cppcheck(sh):
    # Version 2.10 follows neither compound literals nor out-parameters; both compilers,
    # -fanalyzer and the sanitizers judge these two better.
    unjudged = ["--suppress=uninitvar", "--suppress=memleak"]
    sh.must(["cppcheck", "-q", "-j1", "--enable=warning,performance,portability", "--std=c11",
             "--library=posix", "--library=tools/cppcheck.cfg", "--inline-suppr", "--error-exitcode=1", "-Isrc",
             "-D_GNU_SOURCE", "--suppress=missingIncludeSystem", *unjudged, "src"])
    return Count(passed=1)


def analyzer(sh):
    """gcc -fanalyzer where a mistake would be worst: what is signed, and what a siren does."""
    # gcc 12 loses memory that is stored under a variable index; the sanitizer judges leaks.
    flags = [*include_flags(), "-Wno-analyzer-malloc-leak"]
    bad = [path for path in tracked(".c") if path.startswith(("src/bulletin/", "src/siren/"))
           and sh.call(["gcc", "-std=c17", "-O1", "-fanalyzer", "-Werror", *flags, "-c", "-o",
                        "/dev/null", path]) != 0]
    if bad:
        raise Failed(", ".join(bad))
    return Count(passed=1)


def manual(sh):
    pages = [p for p in tracked(".1", ".8") if p.startswith("doc/man/")]
    if not pages:
        return Count(skipped=1, note="no pages yet")
    sh.must(["mandoc", "-T", "lint", "-W", "warning", *pages])
    return Count(passed=1)


def scripts(sh):
    paths = ["run", "check", ".ci/run", "tools/install-packages", *tracked(".sh")]
    sh.must(["shellcheck", "-x", "-S", "warning", *paths])
    return Count(passed=1)


# -- the lists ------------------------------------------------------------------

def executables(folder, name=lambda n: n.endswith((".sh", ".py"))):
    """Scripts that may be run; what has no run bit is a part that others read."""
    if not os.path.isdir(folder):
        return []
    return [f"{folder}/{n}" for n in sorted(os.listdir(folder))
            if name(n) and os.access(f"{folder}/{n}", os.X_OK)]


def wants_quiet(path):
    """A script that says '# check: alone' in its first lines measures time."""
    with open(path, encoding="utf-8", errors="replace") as f:
        return any("# check: alone" in line for line, _ in zip(f, range(10)))


def script_jobs(paths, needs, limit_s=SCRIPT_LIMIT_S):
    return [Job(p.removeprefix("tests/"), script(p, limit_s), needs, group="scripts",
                alone=wants_quiet(p)) for p in paths]


def fuzz_names():
    """From tests/fuzz/meson.build, where each target is one line: ['name', dependency]."""
    path = "tests/fuzz/meson.build"
    if not os.path.exists(path):
        return []
    with open(path, encoding="utf-8") as f:
        return re.findall(r"^\s*\['([a-z0-9_]+)',", f.read(), re.M)


def fuzz_jobs():
    names = fuzz_names()
    return [Job(f"fuzz/{n}", fuzz(n, FUZZ_TOTAL_S // len(names)), ["build-fuzz"]) for n in names]


def reading_jobs():
    return [
        Job("layers", command("tools/check-layers")),
        Job("layers-selftest", command("tools/check-layers", "--self-test")),
        Job("style", command("tools/check-style")),
        Job("clang-format", clang_format),
        Job("reuse", command("reuse", "lint")),
        Job("man-pages", manual),
        Job("shellcheck", scripts),
    ]


def all_jobs(root, args):
    # The sanitizers make gcc see uses before a value where there are none; build-bench judges that.
    check = Job("build-check", build("build-check", *SANITIZE,
                                     "-Dc_args=-Wno-error=maybe-uninitialized"))
    clang = Job("build-clang", build("build-clang", "-Dwerror=true", compiler="clang"))
    fuzzers = Job("build-fuzz", build("build-fuzz", *SANITIZE, "-Dfuzz=true", compiler="clang",
                                      targets=["fuzzers"]))
    bench = Job("build-bench", build("build-bench", "-Dwerror=true", "-Dtests=false"))
    if args.long:
        long_tests = script_jobs(executables("tests/long"), ["build-check", "build-fuzz",
                                                             "build-bench"], LONG_LIMIT_S)
        return [check, fuzzers, bench, *long_tests]
    if args.bench:
        paths = [p for d in sorted(os.listdir("tests/bench")) if os.path.isdir(f"tests/bench/{d}")
                 for p in executables(f"tests/bench/{d}", lambda n: n.startswith("run"))]
        return [bench, *[Job(p.removeprefix("tests/"), script(p), ["build-bench"], alone=True)
                         for p in paths]]
    tests = [Job("unit", unit_tests, ["build-check"]),
             Job("web", command("tools/check-web", "build-check"), ["build-check"]),
             *script_jobs(executables("tests/system"), ["build-check"])]
    tests.sort(key=lambda j: j.alone)  # those that want quiet come last
    slow = [Job("cppcheck", cppcheck), Job("gcc-analyzer", analyzer)]
    if args.quick:
        return [check, *reading_jobs(), *slow, *tests]
    hard = Job("hardening", command("tools/check-hardening", "build-bench"), ["build-bench"])
    first, last = [j for j in tests if not j.alone], [j for j in tests if j.alone]
    return [check, *reading_jobs(), clang, fuzzers, bench, *first, *slow, hard, *fuzz_jobs(), *last]
