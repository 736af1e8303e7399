#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""`belfry bulletin` on what two real edges serve, and on what a thief would make of it."""
import json
import os

from belfry_test import (FAILED, GOOD, UNVERIFIED, USAGE, Territory, check, end, need,
                         wait_until)

need("belfry", "belfryd", "belfry-edge")


def kinds(found):
    return {f["kind"] for f in found.get("findings", [])}


def save(t, name, lines):
    path = t.path(name)
    with open(path, "w", encoding="utf-8") as f:
        f.writelines(lines)
    return path


def changed(line):
    """The same entry with one letter of its header changed."""
    entry = json.loads(line)
    entry["entry"] = entry["entry"].replace("kind alert", "kind blert")
    return json.dumps(entry) + "\n"


def get(t, edge):
    size = t.api("GET", "status")[1]["size"]
    wait_until(lambda: t.belfry("bulletin", "get", edge.url)[1].count('"entry"') >= size)
    code, out, err = t.belfry("bulletin", "get", edge.url)
    lines = out.splitlines(keepends=True)
    entries = [line for line in lines if '"entry"' in line]
    check("an edge gives every entry, a line each", code == GOOD and len(entries) == size,
          (code, err, len(entries), size))
    code, out, _ = t.belfry("bulletin", "get", edge.url, "--after", "2")
    check("and from a number on", code == GOOD and out.count('"entry"') == size - 2,
          out.count('"entry"'))
    return lines, entries


def bad_ones(t, lines, entries):
    alert = next(i for i, line in enumerate(entries) if "kind alert" in line)
    rest = lines[len(entries):]
    for what, content, kind in (
            ("a changed entry", entries[:alert] + [changed(entries[alert])] + entries[alert + 1:],
             "changed"),
            ("a missing entry", entries[:2] + entries[3:], "missing"),
            ("entries out of order", entries[:1] + [entries[2], entries[1]] + entries[3:],
             "reordered"),
            ("a line that is nothing", entries[:2] + ["{}\n"] + entries[2:], "unreadable")):
        path = save(t, "bad.txt", content + rest)
        code, found = t.look("bulletin", "verify", path, "--roster", t.roster)
        check(f"{what} is found", code == UNVERIFIED and kind in kinds(found), (code, found))
    code, found = t.look("bulletin", "verify", save(t, "cut.txt", entries[:-1]), "--roster", t.roster)
    check("a shorter bulletin is good as far as it goes", code == GOOD, (code, found))


def verify(t, edges, lines, entries):
    path = save(t, "bulletin.txt", lines)
    code, found = t.look("bulletin", "verify", path)
    check("a bulletin agrees with itself, and the answer says that this is all", code == GOOD and
          found["clean"] and "own first roster" in found["trust"], (code, found))
    code, found = t.look("bulletin", "verify", path, "--roster", t.roster)
    check("with the roster it is verified by that", code == GOOD and t.roster in found["trust"] and
          found["sources"][0]["entries"] == len(entries), (code, found))
    hub = json.load(open(t.roster, encoding="utf-8"))
    key = json.loads(hub["document"])["hubs"][0]["public_key"]
    code, found = t.look("bulletin", "verify", path, "--key-of", key)
    check("or by the hub's key alone", code == GOOD and "--key-of" in found["trust"], (code, found))
    with Territory() as other:
        code, found = t.look("bulletin", "verify", path, "--roster", other.roster)
    check("by another territory's roster it is not good", code == UNVERIFIED, (code, found))
    code, found = t.look("bulletin", "verify", edges[0].url, edges[1].url, "--roster", t.roster)
    check("two edges agree", code == GOOD and len(found["sources"]) == 2, (code, found))
    code, out, _ = t.belfry("bulletin", "verify", path, "--roster", t.roster)
    check("and it is said in words", code == GOOD and "Good: nothing is changed" in out, out)


def wrong_use(t):
    code, a = t.look("bulletin", "verify", t.path("nothing.txt"))
    check("a file that is not there is named", code == FAILED and "nothing.txt" in a["error"], a)
    code, a = t.look("bulletin", "get", "ftp://x/")
    check("only http and https", code == USAGE, a)
    code, a = t.look("bulletin", "verify", save(t, "empty.txt", []))
    check("an empty file proves nothing", code == UNVERIFIED, a)


def forked(t, edges):
    """A backup of yesterday, started without asking the edges, signs other entries."""
    t.stop()
    journal = t.path("journal.db")
    kept = {name: open(t.path(name), "rb").read() for name in os.listdir(t.dir)
            if name.startswith("journal.db") and not name.endswith("lock")}
    t.start()
    wait_until(lambda: t.api("GET", "status")[1]["settled"])
    t.live("2", "fire")
    size = t.api("GET", "status")[1]["size"]
    wait_until(lambda: t.belfry("bulletin", "get", edges[0].url)[1].count('"entry"') >= size)
    first = save(t, "first.txt", t.belfry("bulletin", "get", edges[0].url)[1])
    t.stop()
    for edge in edges:
        edge.stop()
    for name in os.listdir(t.dir):
        if name.startswith(os.path.basename(journal)):
            os.unlink(t.path(name))
    for name, content in kept.items():
        with open(t.path(name), "wb") as f:
            f.write(content)
    os.rename(t.path("north", "state"), t.path("north", "before"))
    os.makedirs(t.path("north", "state"))
    t.more.update(alone=True)
    t.write_config()
    edges[0].start()
    t.start()
    t.live("3", "flood")
    size = t.api("GET", "status")[1]["size"]
    wait_until(lambda: t.belfry("bulletin", "get", edges[0].url)[1].count('"entry"') >= size)
    second = save(t, "second.txt", t.belfry("bulletin", "get", edges[0].url)[1])
    code, found = t.look("bulletin", "verify", first, second, "--roster", t.roster)
    proof = [f["proof"] for f in found["findings"] if f["kind"] == "forked"]
    check("two bulletins of one hub that contradict each other are a fork, with its proof",
          code == UNVERIFIED and proof and proof[0], (code, found))


def main():
    with Territory() as t:
        edges = t.add_edges("north", "south")
        for edge in edges:
            edge.start()
        t.start()
        if not check("a hub that asked its edges may sign", wait_until(
                lambda: t.api("GET", "status")[1]["settled"]), t.hub.said()):
            end()
        t.bring_zones()
        t.live("2,3")
        lines, entries = get(t, edges[0])
        get(t, edges[1])
        verify(t, edges, lines, entries)
        bad_ones(t, lines, entries)
        wrong_use(t)
        code, out, _ = t.belfry("watch", "--once")
        check("the live board shows the edges", code == GOOD and "edge north" in out and
              "up" in out, out)
        edges[1].stop()
        wait_until(lambda: "UNKNOWN" in t.belfry("watch", "--once")[1])
        out = t.belfry("watch", "--once")[1]
        check("an edge that is gone is UNKNOWN", "edge south" in out and "UNKNOWN" in
              out.split("edge south")[1].splitlines()[0], out)
        edges[1].start()
        forked(t, edges)
    end()


main()
