#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""
What goes out as CAP: an alert's whole life, each message fetched from the edge as a stranger does,
byte for byte the same each time, valid by the official schema, verified by xmlsec1 and by our own
command; the identifier as the configuration says; the chain as a receiver follows it.
"""
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import chain  # noqa: E402

SCHEMA = os.path.join(os.path.dirname(os.path.abspath(__file__)), "../../../shared/data/cap/xsd/CAP-v1.2.xsd")
OID = "2.49.0.1.51.0"


def run(*command, **how):
    return subprocess.run(command, capture_output=True, text=True, errors="replace", check=False, **how)


def make_key(folder, kind):
    """A key with a certificate of its own, as an administrator would make them."""
    key, certificate, both = (os.path.join(folder, f"cap-{kind}.{end}") for end in ("key", "crt", "pem"))
    new = ["-newkey", "rsa:2048"] if kind == "rsa" else ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256"]
    done = run("openssl", "req", "-x509", *new, "-nodes", "-keyout", key, "-out", certificate, "-days", "3650",
               "-subj", "/CN=Alerts of the test", "-addext", "keyUsage=digitalSignature")
    chain.check(f"openssl makes a key ({kind})", done.returncode == 0, done.stderr)
    with open(both, "w", encoding="ascii") as f:
        for part in (key, certificate):
            with open(part, encoding="ascii") as one:
                f.write(one.read())
    os.chmod(both, 0o600)
    return both, certificate


def fetched(of, order):
    of.wait(lambda: of.edge(f"/cap/{order}.xml")[0] == 200, 10, f"the message of {order}")
    once, twice = of.edge(f"/cap/{order}.xml")[1], of.edge(f"/cap/{order}.xml")[1]
    chain.check("the same bytes each time", once == twice)
    path = of.path(f"{order}.xml")
    with open(path, "wb") as f:
        f.write(once)
    return path


def judged(path, certificate, verb):
    """By others and by us."""
    if os.path.exists(SCHEMA):
        lint = run("xmllint", "--noout", "--nonet", "--schema", SCHEMA, path)
        chain.check(f"{verb}: valid by the official schema", lint.returncode == 0, lint.stderr)
    else:
        chain.skipped(f"{verb}: the official schema", f"not in {SCHEMA}")
    if shutil.which("xmlsec1"):
        seen = run("xmlsec1", "--verify", "--enabled-key-data", "x509", "--trusted-pem", certificate, path)
        chain.check(f"{verb}: xmlsec1 verifies it", seen.returncode == 0, seen.stdout + seen.stderr)
    else:
        chain.skipped(f"{verb}: xmlsec1", "it is not installed")
    ours = run(chain.program("belfry"), "cap", "check", "--json", path)
    said = json.loads(ours.stdout)
    chain.check(f"{verb}: belfry cap check finds no error", ours.returncode == 0 and said["verdict"] in ("valid", "warn"),
                ours.stdout)
    with open(path, encoding="utf-8") as f:
        text = f.read()
    with open(path, "w", encoding="utf-8") as f:
        f.write(text.replace("</headline>", ".</headline>", 1))
    spoiled = json.loads(run(chain.program("belfry"), "cap", "check", "--json", path).stdout)
    chain.check(f"{verb}: one letter more, and the signature is bad", spoiled["verdict"] == "bad-signature", spoiled)
    with open(path, "w", encoding="utf-8") as f:
        f.write(text)
    return text


def life(of, certificate):
    alert = of.alarm(of.zone_of[2])["proposal"]
    files = [fetched(of, alert)]
    text = judged(files[0], certificate, "alert")
    identifier = re.search(r"<identifier>([^<]+)</identifier>", text)[1]
    chain.check("the identifier is an arc below our OID", re.fullmatch(re.escape(OID) + r"\.\d+", identifier),
                identifier)
    chain.check("the feeds lead to it", alert in of.edge("/feed.atom")[1].decode() and
                alert in of.edge("/feed.rss")[1].decode())
    for verb, more in (("update", {"zones": [of.zone_of[2], of.zone_of[3]]}), ("all-clear", {})):
        order = of.order(verb=verb, alert=alert, playbook="missile", **more)["proposal"]
        files.append(fetched(of, order))
        text = judged(files[-1], certificate, verb)
        chain.check(f"{verb}: it refers to what came before", identifier in re.search(
            r"<references>([^<]+)</references>", text)[1], text[:600])
        identifier = re.search(r"<identifier>([^<]+)</identifier>", text)[1]
    rows = [json.loads(line) for line in run(chain.program("belfry"), "cap", "chain", "--json", *files).stdout.splitlines()]
    chain.check("a receiver follows the chain: each is accepted, and one lives after it",
                [r["outcome"] for r in rows] == ["accepted"] * 3 and all(len(r["live"]) == 1 for r in rows), rows)


def main():
    chain.need_programs()
    with tempfile.TemporaryDirectory(prefix="belfry-cap-out-") as folder:
        zones = os.path.join(folder, "zones.geojson")
        chain.grid(zones, 6)
        with chain.Chain(zones) as of:
            for kind in ("rsa", "ec"):
                pem, certificate = make_key(folder, kind)
                of.configure("hub/belfryd.json", cap_key=pem, identifier=OID)
                of.start()
                life(of, certificate)
                of.stop()
            os.chmod(pem, 0o644)
            refused = run(chain.program("belfryd"), "--config", of.path("hub/belfryd.json"), "--check")
            chain.check("a key that others may read is refused, and how to mend it", refused.returncode == 1 and
                        "chmod 600" in refused.stderr, refused.stderr)
            os.chmod(pem, 0o600)
            of.configure("hub/belfryd.json", identifier="our alerts")
            refused = run(chain.program("belfryd"), "--config", of.path("hub/belfryd.json"), "--check")
            chain.check("so is an identifier that is neither OID nor URN", refused.returncode == 1 and
                        "OID" in refused.stderr, refused.stderr)
    chain.end()


main()
