#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
# check: alone
"""The hub's disk hangs for ten seconds: what two operators signed reaches the relay all the same,
marked, and the hub has it afterwards, also when it was killed meanwhile."""
import json
import os
import sys
import tempfile
import threading
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import chain  # noqa: E402

HANG_MS = 10000
SOON_S = 1.5


def on_hub_disk(of, alert):
    status, body = of.edge("/alerts.json")
    for one in json.loads(body)["alerts"] if status == 200 else []:
        if alert in (one.get("alert"), one.get("id")):
            return one["on_hub_disk"]
    return None


def alarm_while_hanging(of, box):
    """The alert's id and the seconds from the approval's posting to the relay; the approving thread."""
    draft = of.draft(verb="alert", playbook="missile", zones=[of.zone_of[box]], seconds=2, lifetime_s=600,
                     separate=True)
    proposal = of.propose(draft, of.olena)
    had = len(of.log.closed(box))
    begun = time.monotonic()
    answers = []

    def approve():
        try:
            answers.append(of.approve(proposal["proposal"], draft["digest"], of.iryna, 60))
        except Exception as problem:        # the hub is killed meanwhile
            answers.append(problem)

    thread = threading.Thread(target=approve, daemon=True)
    thread.start()
    while len(of.log.closed(box)) == had and time.monotonic() - begun < HANG_MS / 1000:
        time.sleep(0.005)
    thread.took = time.monotonic() - begun
    thread.answers = answers
    return proposal["proposal"], thread


def live(of, alert):
    return [one for one in of.ask("GET", "/api/v1/alerts") if one["alert"] == alert]


def hub_with(of, **test):
    of.process["hub"].stop()
    config = json.loads(of.read("hub/belfryd.json"))
    config.pop("test", None)
    if test:
        config["test"] = test
    with open(of.path("hub/belfryd.json"), "w", encoding="utf-8") as f:
        json.dump(config, f)
    of.start("hub")


def hang(of):
    hub_with(of, store_hang_ms=HANG_MS)
    alert, approving = alarm_while_hanging(of, 3)
    chain.check(f"the disk hangs: from the approval to the relay in {SOON_S} s", approving.took <= SOON_S,
                f"{approving.took:.2f} s")
    print(f"# approval to relay while the disk hangs: {approving.took * 1000:.0f} ms")
    chain.check("the disk hangs: the edge says that it is not on the hub's disk", on_hub_disk(of, alert) is False,
                f"{on_hub_disk(of, alert)} {of.edge('/alerts.json')[1][:300]}")
    chain.check("the disk hangs: nobody is told that it is stored before it is", not approving.answers,
                approving.answers)
    approving.join(30)
    chain.check("the disk is back: the approval is answered", bool(approving.answers) and
                isinstance(approving.answers[0], dict) and approving.answers[0]["state"] == "live",
                approving.answers)
    of.wait(lambda: on_hub_disk(of, alert) is True, 20, "the edge to hear that it is on the disk")
    chain.passed("the disk is back: the edge says so")
    hub_with(of)
    chain.check("the hub knows the alert after its next start", bool(live(of, alert)), of.ask("GET", "/api/v1/alerts"))
    time.sleep(2)
    chain.check("it sounded once", len(of.log.closed(3)) == 1, of.log.closed(3))


def killed_meanwhile(of):
    hub_with(of, store_hang_ms=HANG_MS)
    alert, approving = alarm_while_hanging(of, 4)
    chain.check("killed meanwhile: the alarm had reached the relay", approving.took <= SOON_S, f"{approving.took:.2f}")
    of.process["hub"].kill()
    approving.join(10)
    chain.check("killed meanwhile: nobody was told that it is stored", bool(approving.answers) and
                not isinstance(approving.answers[0], dict), approving.answers)
    hub_with(of)
    of.wait(lambda: live(of, alert), 20, "the hub to learn of the alert from the siren's receipt")
    chain.passed("killed meanwhile: the hub learns of the alert from what the siren says")
    of.wait(lambda: on_hub_disk(of, alert) is True, 20, "the edge to hear that it is on the disk")
    chain.passed("killed meanwhile: the alert gets its entry in the bulletin")
    time.sleep(2)
    chain.check("killed meanwhile: it sounded once", len(of.log.closed(4)) == 1, of.log.closed(4))


def refusing(of):
    """A commit that fails ends the hub; it goes on from its journal, and an alarm that left has sounded."""
    hub_with(of, store_fail_after=2)
    draft = of.draft(verb="alert", playbook="missile", zones=[of.zone_of[5]], seconds=1, separate=True)
    try:
        proposal = of.propose(draft, of.olena)
        of.approve(proposal["proposal"], draft["digest"], of.iryna, 10)
        for _ in range(3):
            of.alarm(of.zone_of[6])
        chain.failed("the disk refuses: the hub ends", "it went on and answered")
    except (OSError, chain.Refused, chain.http.client.HTTPException):
        of.process["hub"].popen.wait(10)
        chain.check("the disk refuses: the hub ends and says why",
                    of.process["hub"].popen.returncode == 1 and "journal" in of.process["hub"].said(),
                    f"{of.process['hub'].popen.returncode} {of.process['hub'].said()[-300:]}")
    hub_with(of)
    made = of.alarm(of.zone_of[5], seconds=1)
    of.wait(lambda: of.log.closed(5), 10, "an alarm after the restart")
    chain.check("the disk refuses: the next start goes on", made["state"] == "live", made)


def main():
    chain.need_programs()
    folder = tempfile.mkdtemp(prefix="belfry-hang-")
    with chain.Chain(chain.grid(os.path.join(folder, "zones.geojson"), 6), folder) as of:
        of.start()
        for step in (hang, killed_meanwhile, refusing):
            try:
                step(of)
            except AssertionError as problem:
                chain.failed(step.__name__.replace("_", " "), problem)
    chain.end()


if __name__ == "__main__":
    main()
