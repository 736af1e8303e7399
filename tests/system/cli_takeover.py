#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Two hubs, two edges, a siren: the first hub ends, two operators take over with the command, an
alarm sounds through the second hub; the old hub wakes and nothing forks."""
import json
import os
import shutil
import sqlite3

from belfry_test import (DATA, FAILED, GOOD, NO_HUB, REFUSED, UNVERIFIED, USAGE, Program, Territory, check, end,
                         need, tls_identity, wait_until)

need("belfry", "belfryd", "belfry-edge", "belfry-siren", "belfry-cabinet")


class Standby:
    """The second hub: another folder, another key, another pin, term 2."""

    def __init__(self, t):
        self.t, self.dir = t, t.path("standby")
        os.mkdir(self.dir)
        self.socket = os.path.join(self.dir, "hub.sock")
        self.program = None
        made = json.loads(t.must("key", "new", "--for-hub", os.path.join(self.dir, "hub.key"), "--json"))
        self.public_key = made["public_key"]
        self.pin = tls_identity(self.dir)

    def configure(self):
        """With a backup of the journal of now, as the administrator's guide says."""
        with sqlite3.connect(self.t.path("journal.db")) as here, \
                sqlite3.connect(os.path.join(self.dir, "journal.db")) as there:
            here.backup(there)
        with open(self.t.config, encoding="utf-8") as f:
            config = json.load(f)
        config.update(name="standby", term=2, roster=self.t.roster)
        with open(os.path.join(self.dir, "belfryd.json"), "w", encoding="utf-8") as f:
            json.dump(config, f)

    def start(self):
        self.program = Program("belfryd", "--config", os.path.join(self.dir, "belfryd.json"), env=self.t.env)

    def stop(self):
        if self.program:
            self.program.stop()
        self.program = None


def trusting_both(t, standby):
    """Each edge's file with both hubs' pins."""
    for edge in t.edges:
        path = os.path.join(edge.folder, "edge.json")
        with open(path, encoding="utf-8") as f:
            config = json.load(f)
        config["hubs"].append(standby.pin)
        with open(path, "w", encoding="utf-8") as f:
            json.dump(config, f)
        edge.start()


def next_roster(t, standby):
    path = t.path("roster2.json")
    t.must("roster", "propose", path, "--add-hub", f"2,standby,{standby.public_key}")
    for person in ("clara", "dmytro"):
        t.must("roster", "sign", path, "--key", t.key(person), "--yes")
    t.must("roster", "submit", path)


class Siren:
    """One box in Upper Town that hears both edges, and its cabinet."""

    def __init__(self, t):
        self.dir, self.log = t.path("siren"), t.path("cabinet.log")
        state = os.path.join(self.dir, "state")
        os.makedirs(state)
        key = json.loads(t.must("key", "new", "--for-hub", os.path.join(state, "key"), "--json"))
        shutil.copy(t.path("roster2.json"), os.path.join(state, "roster.json"))
        with open(os.path.join(state, "place.json"), "w", encoding="utf-8") as f:
            json.dump({"siren": 7, "zone": 2, "path": [2, 1], "groups": [],
                       "territory": t.look("hub", "status")[1]["territory"]}, f)
        config = os.path.join(self.dir, "belfry-siren.json")
        with open(config, "w", encoding="utf-8") as f:
            json.dump({"state": "state", "edges": [f"127.0.0.1:{e.port}" for e in t.edges],
                       "relay": {"cabinet": "cabinets", "box": 1},
                       "patterns": os.path.join(DATA, "share", "patterns")}, f)
        t.must("siren", "enrol", "--siren", "7", "--zone", "bergfrid-upper", "--name", "School roof",
               "--public-key", key["public_key"], "--key", t.key("clara"), "--yes")
        self.programs = [Program("belfry-cabinet", "--socket", os.path.join(self.dir, "cabinets"), "--log",
                                 self.log, "--boxes", "1", env=t.env, ready="boxes on"),
                         Program("belfry-siren", "--config", config, env=t.env, ready="listening")]

    def closings(self):
        if not os.path.exists(self.log):
            return 0
        with open(self.log, encoding="ascii") as f:
            return sum(line.split()[3:] == ["on"] for line in f)

    def stop(self):
        for program in reversed(self.programs):
            program.stop()


def alarm(t, hub):
    """Proposed and approved through the hub of this socket: the exit codes and the alert."""
    code, p = t.ask("anna", "alert", "propose", "--playbook", "missile", "--zones", "bergfrid-upper", "--seconds",
                    "1", "--separate", "--hub", hub)
    if code != GOOD:
        return code, p
    return t.ask("boris", "alert", "approve", p["proposal"], "--hub", hub)


def sounds(t, siren, hub, what):
    had = siren.closings()
    code, a = alarm(t, hub)
    check(what, code == GOOD and wait_until(lambda: siren.closings() > had), (code, a))


def state(t, *more):
    code, s = t.look("hub", "status", *more)
    return s.get("state") if code == GOOD else s


def same(t):
    """Both edges have as many entries, and the same ones."""
    texts = [t.belfry("bulletin", "get", e.url)[1] for e in t.edges]
    entries = [[x for x in text.splitlines() if x.startswith('{"entry"')] for text in texts]
    return entries[0] == entries[1] and len(entries[0])


def refusals_while_it_lives(t, standby):
    paper, at = t.path("too-early"), ("--hub", standby.socket)
    code, a = t.look("takeover", "show")
    check("the hub that reigns takes over nothing; the words name the other one", code == REFUSED and
          "reigns already" in a["error"] and "--via" in a["error"], (code, a))
    check("the standby says that it stands by", state(t, *at) == "stands-by", state(t, *at))
    code, a = t.ask("anna", "takeover", "propose", paper, *at)
    check("while the old hub signs, a takeover is refused, with the way out", code == REFUSED and
          "still signs" in a["error"] and "--though-alive" in a["error"] and not os.path.exists(paper), (code, a))
    code, a = t.ask("anna", "takeover", "propose", paper, *at, "--though-alive", "--edge", t.edges[0].url)
    check("unless the person insists", code == GOOD and a["old_alive"] and a["signed_by"] == [1], (code, a))
    return paper


def refusals(t, standby, early):
    at = ("--hub", standby.socket, "--though-alive")
    code, a = t.ask("boris", "takeover", "sign", early, *at)
    check("a number below what the edges have is refused: entries would be lost", code == REFUSED and
          "would be lost" in a["error"] and "Propose it anew" in a["error"], (code, a))
    t.edges[1].stop()
    wait_until(lambda: t.look("hub", "status", "--hub", standby.socket)[1]["edges"][1]["state"] != "up")
    code, a = t.look("takeover", "show", *at)
    check("while an edge is missing it is refused, and the edge is named", code == REFUSED and
          "edge2 did not say" in a["error"] and "belfry hub alone" in a["error"], (code, a))
    code, _, err = t.belfry("hub", "alone", "--hub", standby.socket)
    check("alone is not said without a person or --yes", code == USAGE and "--yes" in err, (code, err))
    t.edges[1].start()
    check("the edge is back", wait_until(lambda: t.look("takeover", "show", *at)[0] == GOOD, 60),
          t.look("takeover", "show", *at))
    code, a = t.look("takeover", "show", *at, "--edge", "http://127.0.0.1:9/")
    check("an edge that cannot be asked is no edge that agrees", code == FAILED, (code, a))
    with Territory() as other:
        code, a = t.ask("anna", "takeover", "propose", t.path("x"), *at, "--roster", other.roster)
        check("with another roster pinned nothing is signed", code == UNVERIFIED and
              not os.path.exists(t.path("x")), (code, a))
    with open(t.path("nonsense"), "w", encoding="ascii") as f:
        f.write('{"takeover": "AAAA"}')
    code, a = t.ask("boris", "takeover", "sign", t.path("nonsense"), *at)
    check("a file that is no takeover is refused", code == FAILED and "not a takeover" in a["error"], (code, a))


def take_over(t, standby):
    paper, at = t.path("takeover"), ("--hub", standby.socket)
    check("half a minute after its last heartbeat the old hub counts as gone", wait_until(
        lambda: t.look("takeover", "show", *at)[0] == GOOD, 45), t.look("takeover", "show", *at))
    code, out, err = t.belfry("takeover", "propose", paper, *at, "--key", t.key("anna"), "--yes", "--edge",
                              t.edges[0].url, "--edge", t.edges[1].url)
    size = t.look("hub", "status", *at)[1]["size"]
    check("the proposal says who, from whom, up to where, and how that was found", code == GOOD and
          "standby, term 2, key" in out and "test, term 1, key" in out and f"entries 0 to {size - 1}" in out and
          out.count("asked by the hub just now") == 2 and out.count("asked from here, verified") == 2, out + err)
    code, a = t.ask("anna", "takeover", "sign", paper, *at)
    check("the same person is not the second one", code == REFUSED and "anna signed it already" in a["error"],
          (code, a))
    code, a = t.look("takeover", "submit", paper, *at)
    check("with one signature it is not posted", code == REFUSED and "1 signatures" in a["error"], (code, a))
    code, a = t.ask("boris", "takeover", "sign", paper)
    check("a hub that is switched off is not reached", code == NO_HUB, (code, a))
    code, a = t.ask("boris", "takeover", "sign", paper, *at)
    check("the second operator signs and the standby reigns", code == GOOD and a["number"] == size and
          a["signed"] and a["signed_by"] == [1, 2] and state(t, *at) == "signs", (code, a, state(t, *at)))
    code, a = t.look("takeover", "submit", paper, *at)
    check("the same again is refused", code == REFUSED, (code, a))


def old_hub_wakes(t, siren, standby):
    t.start()
    check("the old hub says that it is superseded", wait_until(lambda: state(t) == "superseded"), state(t))
    code, out, _ = t.belfry("hub", "status")
    check("in words, too", code == GOOD and "SUPERSEDED" in out, out)
    code, a = t.look("hub", "alone", "--yes")
    check("it cannot be told to sign alone", code == REFUSED and "superseded" in a["error"], (code, a))
    code, a = t.look("takeover", "show")
    check("nor takes it over again under its old term", code == REFUSED and "new term" in a["error"], (code, a))
    sounds(t, siren, t.socket, "an order of two operators passes through it all the same")
    sounds(t, siren, standby.socket, "and through the hub that reigns")


def nothing_forks(t):
    check("both edges come to the same bulletin", wait_until(lambda: same(t)), "")
    code, a = t.look("bulletin", "verify", t.edges[0].url, t.edges[1].url, "--roster", t.roster)
    check("belfry bulletin verify finds both clean, and no fork", code == GOOD and a["clean"] and
          not [f for f in a["findings"] if f["kind"] == "forked"], a)


def main():
    with Territory() as t:
        t.add_edges("edge1", "edge2")
        standby = Standby(t)
        trusting_both(t, standby)
        t.start()
        check("the first hub signs", wait_until(lambda: state(t) == "signs"), state(t))
        t.bring_zones()
        next_roster(t, standby)
        siren = Siren(t)
        standby.configure()
        try:
            run(t, siren, standby)
        finally:
            siren.stop()
            standby.stop()
    end()


def run(t, siren, standby):
    sounds(t, siren, t.socket, "an alarm through the first hub sounds")
    standby.start()
    wait_until(lambda: state(t, "--hub", standby.socket) == "stands-by")
    early = refusals_while_it_lives(t, standby)
    sounds(t, siren, t.socket, "another alarm through the first hub")
    t.stop()
    refusals(t, standby, early)
    take_over(t, standby)
    sounds(t, siren, standby.socket, "an alarm through the second hub sounds")
    old_hub_wakes(t, siren, standby)
    nothing_forks(t)


main()
