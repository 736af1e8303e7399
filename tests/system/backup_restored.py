#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Yesterday's journal restored, a paused hub woken, two hubs on one journal: never a fork, and
orders pass all the while. Two edges."""
import json
import os
import shutil
import signal
import sys
import tempfile
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import chain  # noqa: E402

SLEEP_S = 7             # longer than what a hub takes for a hiccup (SLEPT_MS of src/hub/hub.c)
JOURNAL = ("journal.db", "journal.db-wal", "journal.db-shm")


def second_edge(of):
    shutil.copytree(of.path("edge"), of.path("edge2"))
    shutil.rmtree(of.path("edge2/state"))
    os.mkdir(of.path("edge2/state"))
    ports = chain.free_ports(2)
    of.configure("edge2/belfry-edge.json", name="edge2", listen=[f"127.0.0.1:{ports[0]}"],
                 link=f"127.0.0.1:{ports[1]}")
    first = json.loads(of.read("hub/belfryd.json"))["edges"][0]
    of.configure("hub/belfryd.json", edges=[first, {**first, "name": "edge2", "address": f"127.0.0.1:{ports[1]}"}])
    of.prepare()
    of.process["edge2"] = chain.Process(of, "edge2", [chain.program("belfry-edge"), "--config",
                                                      of.path("edge2/belfry-edge.json")], "ready")
    of.port2 = ports[0]


def together(of, size):
    """Both edges have `size` entries, and the same."""
    def same():
        one, two = of.bulletin(), of.bulletin(of.port2)
        return len(one) >= size and one == two and one
    return of.wait(same, 20, f"{size} entries at both edges")


def status(of):
    return of.ask("GET", "/api/v1/status")


def settled(of):
    return of.wait(lambda: status(of)["settled"], 20, "a settled hub")


def copy_journal(of, where, back=False):
    os.makedirs(where, exist_ok=True)
    for name in JOURNAL:
        source, target = of.path(f"hub/{name}"), os.path.join(where, name)
        if back:
            source, target = target, source
        if os.path.exists(target):
            os.unlink(target)
        if os.path.exists(source):
            shutil.copy2(source, target)


def sounds(of, box, what):
    had = len(of.log.closed(box))
    made = of.alarm(of.zone_of[box])
    of.wait(lambda: len(of.log.closed(box)) > had, 10, f"the relay of box {box}")
    chain.passed(what)
    return made


def restored(of):
    sounds(of, 3, "an alarm before the backup")
    of.process["hub"].stop()
    copy_journal(of, of.path("yesterday"))
    of.start("hub")
    sounds(of, 4, "an alarm after the backup")
    sounds(of, 5, "another one after the backup")
    before = together(of, status(of)["size"])
    of.process["hub"].kill()
    copy_journal(of, of.path("yesterday"), back=True)
    of.start("hub")
    of.wait(lambda: status(of)["size"] >= len(before), 20, "the lost entries in the journal")
    chain.check("a restored backup takes back what two edges have", status(of)["size"] == len(before) and
                not status(of)["forked"], status(of))
    sounds(of, 6, "an alarm after the restoration")
    after = together(of, len(before) + 2)
    chain.check("a restored backup forks nothing", after[:len(before)] == before and not status(of)["forked"],
                status(of))
    chain.check("the alerts that the backup lacked are known again", len(of.ask("GET", "/api/v1/alerts")) >= 4)


def out_of_reach(of):
    """One edge is down: no entry is signed, orders pass, also to an edge that comes later."""
    before = together(of, 1)
    for name in ("hub", "edge2", "edge"):
        of.process[name].stop()
    copy_journal(of, of.path("yesterday"), back=True)
    of.process["hub"].start()
    made = of.alarm(of.zone_of[7])
    chain.check("no edge in reach: nothing is signed", not status(of)["settled"] and status(of)["waiting"] == 2,
                status(of))
    had = len(of.log.closed(7))
    of.process["edge"].start()
    of.wait(lambda: len(of.log.closed(7)) > had, 20, "the relay, by the edge that came back")
    chain.passed("an order that was approved with no edge in reach sounds when the first one comes")
    chain.check("an edge is missing: still nothing is signed", not status(of)["settled"], status(of))
    of.process["hub"].kill()
    of.process["hub"].start()
    sounds(of, 8, "an edge is missing: an alarm sounds all the same")
    of.process["edge"].kill()
    of.process["edge"].start()
    of.process["edge2"].start()
    settled(of)
    after = together(of, len(before) + 4)
    said = [one["alert"] for one in of.ask("GET", "/api/v1/alerts")]
    chain.check("all edges are back: what waited is signed behind what was lost", after[:len(before)] == before and
                made["alert"] in said and not status(of)["forked"], status(of))
    time.sleep(2)
    chain.check("nothing sounded twice", len(of.log.closed(7)) == 1 and len(of.log.closed(8)) == 1)


def woken(of):
    """A hub sleeps, another starts from a copy of its journal and signs; the first wakes up."""
    before = together(of, 1)
    sleeper = of.process["hub"]
    asleep = time.monotonic()
    sleeper.signal(signal.SIGSTOP)
    of.hub_elsewhere = of.path("hub-elsewhere")
    shutil.copytree(of.path("hub"), of.hub_elsewhere, ignore=shutil.ignore_patterns("hub.sock", "*-shm"))
    console = chain.free_ports(1)[0]
    of.configure("hub-elsewhere/belfryd.json", console=f"127.0.0.1:{console}")
    other = chain.Process(of, "hub-elsewhere", [chain.program("belfryd"), "--config",
                                                os.path.join(of.hub_elsewhere, "belfryd.json")], "ready")
    of.process["hub-elsewhere"] = other
    other.start()
    path = os.path.join(of.hub_elsewhere, "hub.sock")
    of.wait(lambda: of.ask("GET", "/api/v1/status", socket_path=path)["settled"], 60, "the other hub")
    draft = of.ask("POST", "/api/v1/drafts", {"verb": "alert", "playbook": "missile", "zones": [of.zone_of[3]],
                                              "seconds": 1, "separate": True}, socket_path=path)
    digest = bytes.fromhex(draft["digest"])
    proposal = of.ask("POST", "/api/v1/proposals", {"content": draft["content"], "order": draft["order"], "key": 1,
                                                    "signature": of.olena.sign(digest)}, socket_path=path)
    of.ask("POST", f"/api/v1/proposals/{proposal['proposal']}/approvals",
           {"key": of.iryna.number, "signature": of.iryna.sign(digest)}, socket_path=path)
    mid = together(of, len(before) + 2)
    other.kill()
    time.sleep(max(0.0, SLEEP_S - (time.monotonic() - asleep)))
    sleeper.signal(signal.SIGCONT)
    made = of.alarm(of.zone_of[4])
    chain.check("a woken hub takes an alarm at once", made["state"] == "live", made)
    settled(of)
    after = together(of, len(mid) + 2)
    chain.check("a woken hub first takes back what was signed meanwhile: no fork",
                after[:len(mid)] == mid and not status(of)["forked"], status(of))


def one_journal(of):
    config = json.loads(of.read("hub/belfryd.json"))
    config.update(socket="second.sock", console=f"127.0.0.1:{chain.free_ports(1)[0]}")
    with open(of.path("hub/second.json"), "w", encoding="utf-8") as f:
        json.dump(config, f)
    of.process["sirens"].stop()          # their receipts would be written, too
    time.sleep(2)
    size = of.journal_bytes()
    second = chain.Process(of, "second", [chain.program("belfryd"), "--config", of.path("hub/second.json")], "ready")
    try:
        second.start()
        second.stop()
        chain.failed("a second hub on one journal is refused", "it started")
    except AssertionError as problem:
        chain.check("a second hub on one journal is refused, and the first one named",
                    str(of.process["hub"].popen.pid) in str(problem), problem)
    chain.check("the refusal changes nothing", of.journal_bytes() == size and status(of)["settled"])


def main():
    chain.need_programs()
    folder = tempfile.mkdtemp(prefix="belfry-backup-")
    with chain.Chain(chain.grid(os.path.join(folder, "zones.geojson"), 6), folder) as of:
        second_edge(of)
        of.start("cabinet", "edge", "edge2", "hub", "sirens")
        for step in (restored, out_of_reach, woken, one_journal):
            try:
                step(of)
            except (AssertionError, OSError, chain.Refused) as problem:
                chain.failed(step.__name__.replace("_", " "), problem)
    chain.end()


if __name__ == "__main__":
    main()
