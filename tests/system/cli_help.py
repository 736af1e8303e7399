#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""--help, the man page and the completion for bash tell of the same commands, verbs, options."""
import os
import re
import subprocess

from belfry_test import BIN, ROOT, USAGE, check, end, need

need("belfry")
HUMAN = os.path.join(ROOT, "doc", "man", "belfry.1")
COMPLETION = os.path.join(ROOT, "share", "completion", "belfry.bash")
SHARED = {"json", "help"}  # told once for all verbs


def run(*args):
    return subprocess.run([os.path.join(BIN, "belfry"), *args], capture_output=True, text=True,
                          check=False)


def listed(text):
    return re.findall(r"^  ([a-z][a-z-]*)", text, re.M)


def commands_of_help():
    """{(command, verb or ""): options}"""
    found = {}
    for command in listed(run("--help").stdout):
        said = run(command, "--help")
        check(f"belfry {command} --help ends with 0", said.returncode == 0, said.stderr)
        has_verbs = "VERB" in said.stdout.splitlines()[0]
        for verb in listed(said.stdout) if has_verbs else [""]:
            text = run(command, verb, "--help").stdout if verb else said.stdout
            found[command, verb] = set(re.findall(r"^  --([a-z-]+)", text, re.M)) | {"help"}
    return found


def commands_of_man():
    found, at, section = {}, None, ""
    shared = set()
    with open(HUMAN, encoding="utf-8") as f:
        for line in f:
            heading = re.match(r"\.S[sh] (.*)", line)
            if heading:
                section, at = heading[1].strip(), None
            options = re.findall(r"Fl Fl ([a-z-]+)", line)
            if section == "DESCRIPTION" and line.startswith(".It"):
                shared.update(options)
            verb = re.match(r"\.(?:It )?Nm Cm ([a-z]+)(?: Cm ([a-z-]+))?", line)
            if verb and section == "belfry " + verb[1]:
                at = found.setdefault((verb[1], verb[2] or ""), set())
            if at is not None:
                at.update(options)
    return {k: v | {"help"} for k, v in found.items()}, shared


def completed(*words):
    script = f"""source {COMPLETION}
        COMP_WORDS=({' '.join(f'"{w}"' for w in ('belfry', *words))})
        COMP_CWORD={len(words)}
        _belfry; printf '%s\\n' "${{COMPREPLY[@]}}" """
    return set(subprocess.run(["bash", "-c", script], capture_output=True, text=True,
                              check=True).stdout.split())


def main():
    told = commands_of_help()
    man, shared = commands_of_man()
    commands = {c for c, _ in told}
    check("the man page has every command and verb, and no other", set(man) == set(told),
          set(man) ^ set(told))
    check("completion has every command", completed("") == commands | {"--help", "--version"},
          completed("") ^ commands)
    for (command, verb), options in sorted(told.items()):
        name = f"belfry {command} {verb}".strip()
        in_man = man.get((command, verb), set()) | (SHARED & shared & options)
        check(f"{name}: the man page has its options", in_man == options, in_man ^ options)
        words = (command, verb, "--") if verb else (command, "x", "--")
        offered = {o[2:] for o in completed(*words)}
        check(f"{name}: completion has its options", offered == options, offered ^ options)
        if verb:
            check(f"{name}: completion has the verb", verb in completed(command, ""))
        said = run(command, *([verb] if verb else []), "--no-such-option")
        check(f"{name}: an unknown option is wrong use", said.returncode == USAGE, said.stderr)
    for words in ((), ("godzilla",), ("alert",), ("alert", "sing")):
        said = run(*words)
        check(f"belfry {' '.join(words)}: wrong use, and where help is", said.returncode == USAGE and
              "--help" in said.stderr, said.stderr)
    codes = re.findall(r"\b([0-6]) [a-z]", run("--help").stdout.split("Ends with")[1])
    check("--help tells every exit code", codes == list("0123456"), codes)
    end()


main()
