#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""
Where `belfry cap check` and independent judges agree and where not, on the recorded messages: the
official schema (xmllint), xmlsec1, and google/cap-library as recorded in the index. The table in
doc/cap-agreement.md is made here and compared; --write writes it anew.
"""
import collections
import csv
import json
import os
import pathlib
import re
import shutil
import subprocess
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import chain  # noqa: E402

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
DATA = ROOT / "../shared/data/cap"
PAGE = ROOT / "doc/cap-agreement.md"
# What the schema does not test (ref: CAP-v1.2-os section 3.2, text) or tests by its pattern alone.
NOT_IN_SCHEMA = {5, 6, 12, 16, 17, 20, 21, 22, 25, 42, 44, 45, 47, 49, 51, 52}
HEAD = """<!-- SPDX-License-Identifier: GPL-3.0-or-later -->
# CAP: where we and others agree

Made by `tests/system/cap_agreement.py --write` over 93 recorded files, right and broken; each run of the tests compares it again. "Errors" are
the rules of [formats/cap-rules.md](formats/cap-rules.md) that `belfry cap check` finds broken. Only rows on which judges differ are listed.

"""


def run(*command):
    return subprocess.run(command, capture_output=True, text=True, errors="replace", check=False,
                          env=dict(os.environ, LC_ALL="C.UTF-8", LANGUAGE="en"))


def ours(path):
    done = run(chain.program("belfry"), "cap", "check", "--json", str(path))
    said = json.loads(done.stdout.splitlines()[0])
    said["rules"] = sorted({f["rule"] for f in said["findings"] if f["level"] == "error"})
    said["notes"] = sorted({f["rule"] for f in said["findings"] if f["level"] != "error"})
    return said


def rules(said):
    return ", ".join(map(str, said["rules"])) or "none"


def schema_row(name, said, official):
    """Only CAP 1.2 is in the schema's reach."""
    if said["verdict"] in ("legacy", "feed", "not-cap"):
        return None
    theirs = "pass" if official == "pass" else "fail"
    good = "pass" if not said["rules"] else "fail"
    if theirs == good:
        return None
    if theirs == "pass":
        why = "the schema does not test " + ("this rule" if len(said["rules"]) == 1 else "these rules")
        known = set(said["rules"]) <= NOT_IN_SCHEMA
    else:
        why, known = "the schema refuses what no rule of the text forbids", False
    return name, theirs, rules(said), why if known else why + " (look at it)"


def google_row(name, said, theirs):
    if theirs not in ("VALID", "INVALID") or said["verdict"] in ("legacy", "feed", "not-cap"):
        return None
    refused = theirs == "INVALID"
    if refused == bool(said["rules"]):
        return None
    if refused:
        why = "it refuses by its own extended schema or profile" if not said["notes"] else \
            "ours are warnings or notes: rule " + ", ".join(map(str, said["notes"]))
    else:
        why = "it does not test rule " + rules(said)
    return name, "refused" if refused else "taken", rules(said), why


def signature_row(name, path, said):
    if not shutil.which("xmlsec1"):
        return None
    text = path.read_bytes()
    if not re.search(rb"<(\w+:)?Signature[\s>]", text) or said["verdict"] in ("legacy", "feed", "not-cap"):
        return None
    done = run("xmlsec1", "--verify", "--insecure", str(path))
    theirs = "OK" if done.returncode == 0 else "fails"
    signed = [f for f in said["findings"] if f["rule"] in (53, 54, 55)]
    mine = "bad" if said["verdict"] == "bad-signature" else "cannot be verified" if any(
        f["level"] == "warning" for f in signed) else "good"
    if (theirs == "OK") == (mine == "good"):
        return None
    why = "several signatures: each was made over the message without any, and xmlsec1 takes out one" \
        if len(re.findall(rb"<(?:\w+:)?Signature[\s>]", text)) > 1 else \
        signed[0]["text"] if signed else "xmlsec1 refuses its form"
    return name, theirs, mine, why


def table(title, head, rows, of):
    out = [f"## {title}", "", f"{of - len(rows)} of {of} files agree." + (" The others:" if rows else ""), ""]
    if rows:
        out += ["| " + " | ".join(head) + " |", "|" + "---|" * len(head)]
        out += ["| " + " | ".join(str(c).replace("|", "\\|") for c in row) + " |" for row in rows] + [""]
    return out


def make():
    with open(DATA / "index.tsv", encoding="utf-8") as f:
        index = list(csv.DictReader(f, delimiter="\t", quoting=csv.QUOTE_NONE))
    found = collections.defaultdict(list)
    count = collections.Counter()
    for row in index:
        path = DATA / row["file"]
        said = ours(path)
        in_reach = said["verdict"] not in ("legacy", "feed", "not-cap")
        for key, one, counts in (
                ("schema", schema_row(row["file"], said, row["official_xsd"]), in_reach),
                ("google", google_row(row["file"], said, row["google_lib"]),
                 in_reach and row["google_lib"] in ("VALID", "INVALID")),
                ("signature", signature_row(row["file"], path, said), in_reach and row["signed"])):
            count[key] += bool(counts)
            if one:
                found[key].append(one)
    lines = table("The official schema", ("file", "schema", "our errors", "why"), found["schema"], count["schema"])
    lines += table("google/cap-library, as recorded", ("file", "it says", "our errors", "why"), found["google"], count["google"])
    lines += table("xmlsec1 (key from the message)", ("file", "it says", "we say", "why"), found["signature"], count["signature"])
    return HEAD + "\n".join(lines).rstrip() + "\n", found


def main():
    chain.need_programs()
    if not DATA.exists():
        chain.skipped("agreement", f"no recorded messages in {DATA}")
        sys.exit(77)
    text, found = make()
    if "--write" in sys.argv:
        PAGE.write_text(text)
    chain.check("doc/cap-agreement.md is current", PAGE.exists() and PAGE.read_text() == text)
    chain.check("each disagreement with the schema is explained by a rule that it does not test",
                all("look at it" not in row[3] for row in found["schema"]), found["schema"])
    chain.end()


main()
