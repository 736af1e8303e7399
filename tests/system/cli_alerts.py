#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""The life of alerts by the command line, at a real hub: two persons, one rule each time."""
import base64
import os
import re
import signal

from belfry_test import GOOD, NOT_FOUND, REFUSED, USAGE, Territory, check, end, need

need("belfry", "belfryd")


def propose_and_approve(t):
    code, p = t.ask("anna", "alert", "propose", "--playbook", "missile", "--zones",
                    "bergfrid-upper,3", "--minutes", "30")
    check("a proposal waits for a second operator", code == GOOD and p["state"] == "proposed", p)
    check("the answer holds what was signed", p["zones"] == [2, 3] and len(p["digest"]) == 64 and
          p["mode"] == "live" and p["cap"], p)
    code, a = t.ask("anna", "alert", "approve", p["proposal"])
    check("the author's own approval is refused", code == REFUSED and
          "own approval" in a["error"], a)
    code, listed = t.look("alert", "list")
    check("a proposal is no alert", code == GOOD and listed["alerts"] == [], listed)
    code, a = t.ask("boris", "alert", "approve", p["proposal"][-4:].upper())
    check("a second operator approves it by its last four digits", code == GOOD and
          a["state"] == "live", a)
    code, a = t.ask("boris", "alert", "approve", p["proposal"])
    check("a second approval of the same is refused", code == REFUSED, a)
    code, listed = t.look("alert", "list")
    check("it lives", [x["state"] for x in listed["alerts"]] == ["live"], listed)
    code, shown = t.look("alert", "show", p["alert"])
    check("its four verbs are prepared", code == GOOD and
          sorted(shown["prepared"]) == ["all-clear", "correction", "stop", "update"] and
          all("error" not in v for v in shown["prepared"].values()), shown.get("prepared"))
    check("each prepared verb has its CAP message", all(
        "urn:oasis:names:tc:emergency:cap:1.2" in v["cap"] and p["alert"] in v["cap"]
        for v in shown["prepared"].values()))
    return p["alert"]


def approve_the_newest(t):
    t.ask("anna", "alert", "propose", "--playbook", "fire", "--zones", "lindwell")
    code, p = t.ask("anna", "alert", "propose", "--playbook", "flood", "--zones", "crowmere")
    check("an id and --last together are wrong use", t.ask(
        "boris", "alert", "approve", "--last", p["proposal"])[0] == USAGE)
    check("neither an id nor --last is wrong use", t.ask("boris", "alert", "approve")[0] == USAGE)
    code, a = t.ask("boris", "alert", "approve", "--last")
    check("--last approves the newest that waits", code == GOOD and a["alert"] == p["alert"], a)


def stop_and_correct(t, alert):
    code, a = t.ask("clara", "alert", "stop", alert)
    check("one operator stops it", code == GOOD and a["state"] == "live", a)
    check("it is stopped", t.state(alert) == "stopped")
    code, a = t.ask("anna", "alert", "correct", alert)
    check("a correction of a stopped alert only proposes", code == GOOD and
          a["state"] == "proposed" and a["verb"] == "correction", a)
    check("until the second signature it is not corrected", t.state(alert) == "stopped")
    code, a = t.ask("boris", "alert", "approve", a["proposal"])
    check("the second signature corrects it", code == GOOD and t.state(alert) == "corrected", a)
    code, a = t.ask("anna", "alert", "stop", alert)
    check("what is over cannot be stopped", code == REFUSED, a)


def correct_a_live_one(t):
    alert = t.live("lindwell")
    code, a = t.ask("anna", "alert", "correct", alert)
    check("a correction stops at once, by one signature", code == GOOD and
          (a["stop"]["state"], a["state"]) == ("live", "proposed") and t.state(alert) == "stopped", a)
    code, a = t.ask("anna", "alert", "approve", a["proposal"])
    check("the false alarm still needs another operator", code == REFUSED, a)


def update_and_all_clear(t):
    alert = t.live("2,3", "flood")
    code, a = t.ask("anna", "alert", "update", alert, "--zones", "3,4")
    check("an update proposes other zones", code == GOOD and a["zones"] == [3, 4], a)
    code, a = t.ask("boris", "alert", "approve", a["proposal"])
    code, shown = t.look("alert", "show", alert)
    check("after it the alert is in the new zones", shown["zones"] == [3, 4] and
          shown["state"] == "live", shown["zones"])
    other = t.live("4", "missile")
    code, a = t.ask("anna", "alert", "all-clear", alert)
    check("no all clear while another alert lives in a zone of it", code == REFUSED and
          other in a["error"], a)
    code, a = t.ask("anna", "alert", "end", alert)
    check("to end it without a sound is possible", code == GOOD, a)
    code, a = t.ask("boris", "alert", "approve", a["proposal"])
    check("then it is over and owes an all clear", code == GOOD and t.state(alert) == "over",
          t.state(alert))
    code, a = t.ask("anna", "alert", "all-clear", other)
    check("the last one gets the all clear", code == GOOD, a)
    check("and pays for the zones of the first", code == GOOD and set(a["zones"]) == {3, 4}, a)
    t.ask("boris", "alert", "approve", a["proposal"])
    check("then it is ended", t.state(other) == "ended", t.state(other))


def overlap_between_draft_and_approval(t):
    alert = t.live("5", "flood")
    code, clear = t.ask("anna", "alert", "all-clear", alert)
    other = t.live("5", "missile", "clara", "dmytro")
    code, a = t.ask("boris", "alert", "approve", clear["proposal"])
    check("an all clear is refused if another alert came before its approval", code == REFUSED and
          t.state(alert) == "live", a)
    for one in (other, alert):
        code, a = t.ask("anna", "alert", "all-clear", one)
        if code == REFUSED:
            code, a = t.ask("anna", "alert", "end", one)
        t.ask("boris", "alert", "approve", a["proposal"])
    check("the all clear of the last one is the all clear of both", (t.state(alert),
          t.state(other)) == ("ended", "ended"), (t.state(alert), t.state(other)))


def message_without_a_sound(t):
    alarm = t.live("3", "missile")
    message = t.live("3", "power-cut")
    code, shown = t.look("alert", "show", message)
    said = {x["language"]: x for x in shown["content"]["texts"]}["en"]
    check("a playbook without a pattern is a message that lives", shown["silent"] and
          shown["state"] == "live", shown)
    check("its text says who warns, when and where", re.search(
        r"^\S.*, \d\d:\d\d( UTC)?: there is no electricity", said["description"]), said)
    code, a = t.ask("anna", "alert", "all-clear", alarm)
    check("it bars no all clear of an alarm", code == GOOD, a)
    t.ask("boris", "alert", "approve", a["proposal"])
    check("which is then ended, and the message lives", (t.state(alarm), t.state(message)) ==
          ("ended", "live"))
    code, a = t.ask("anna", "alert", "all-clear", message)
    t.ask("boris", "alert", "approve", a["proposal"])
    check("the message ends by an all clear of its own", t.state(message) == "ended")
    code, a = t.ask("anna", "alert", "propose", "--playbook", "curfew", "--zones", "3",
                    "--break-glass")
    check("break-glass refuses it", code == REFUSED and "without a sound" in a["error"], a)


def lint_never_blocks(t):
    code, a = t.look("playbook", "lint")
    check("the linter reads every playbook and blocks nothing", code == GOOD and
          a["files"] == 24, (code, a))
    check("what we ship is unchecked, and nothing else is said of it",
          {x["field"] for x in a["advice"]} == {"checked_by"} and len(a["advice"]) == 24 * 9,
          a["advice"][:3])
    code, a = t.look("playbook", "lint", os.devnull)
    check("a file that is no playbook is an error", code == 1 and "line 1" in a["error"], a)


def reject(t):
    code, p = t.ask("anna", "alert", "propose", "--playbook", "fire", "--zones", "2")
    code, a = t.look("alert", "reject", p["proposal"], "--reason", "wrong quarter", "--key",
                     t.key("boris"))
    check("an operator rejects a proposal", code == GOOD and a["state"] == "rejected", a)
    code, a = t.ask("boris", "alert", "approve", p["proposal"])
    check("what was rejected cannot be approved", code == REFUSED, a)


def repeats_join(t):
    first = t.live("3", "missile")
    code, p = t.ask("anna", "alert", "propose", "--playbook", "missile", "--zones", "3")
    code, a = t.ask("boris", "alert", "approve", p["proposal"])
    check("the same hazard and zones within two minutes join", code == GOOD and a["joined"] and
          a["alert"] == first, a)
    code, p = t.ask("anna", "alert", "propose", "--playbook", "missile", "--zones", "3",
                    "--separate")
    code, a = t.ask("boris", "alert", "approve", p["proposal"])
    check("with --separate they do not", code == GOOD and not a["joined"], a)


def bad_requests(t):
    for what, words, want in (
            ("an unknown zone is named", ["--playbook", "fire", "--zones", "2,atlantis"], NOT_FOUND),
            ("a zone's name is no key", ["--playbook", "fire", "--zones", "Upper Town"], NOT_FOUND),
            ("an unknown playbook is named", ["--playbook", "godzilla", "--zones", "2"], NOT_FOUND),
            ("minutes must be a number", ["--playbook", "fire", "--zones", "2", "--minutes", "x"],
             USAGE),
            ("zones are needed", ["--playbook", "fire"], USAGE),
            ("break-glass needs a mandate", ["--playbook", "fire", "--zones", "2", "--break-glass"],
             REFUSED)):
        code, a = t.ask("anna", "alert", "propose", *words)
        check(f"refused: {what}", code == want and a.get("error", "x"), (code, a))
    for zones, word in (("2,bergfrid-uper", "is bergfrid-upper meant"), ("Oberstadt", "write bergfrid-upper or 2"),
                        ("2,atlantis", "\"atlantis\" is not known")):
        code, a = t.ask("anna", "alert", "propose", "--playbook", "fire", "--zones", zones)
        check(f"of {zones} the unknown zone is named, and what may be meant", word in a["error"], a)
        status, a = t.api("POST", "drafts", {"verb": "alert", "playbook": "fire", "zones": zones.split(",")[-1:]})
        check("by the hub, too", status in (400, 404) and word in a["error"], a)
    code, a = t.look("alert", "show", "0123456789abcdef")
    check("an unknown id is not found", code == NOT_FOUND, (code, a))
    code, a = t.look("alert", "show", "12")
    check("two digits are no id", code == USAGE, (code, a))
    code, a = t.look("alert", "show", "01a2")
    check("digits that several ids have are not enough", code == NOT_FOUND and
          "more of them" in a["error"], (code, a))
    code, out, err = t.belfry("alert", "propose", "--playbook", "fire", "--zones", "2", "--key",
                              t.key("anna"))
    check("without a terminal nobody is asked and nothing is signed", code == USAGE and
          "--yes" in err, err)


def changed_content(t):
    """The hub itself refuses a proposal or an approval that is not for exactly these bytes."""
    _, draft = t.api("POST", "drafts", {"verb": "alert", "playbook": "fire", "zones": [2]})
    status, a = t.api("POST", "proposals", {
        "content": draft["content"].replace("Upper Town", "Lower Town"), "order": draft["order"],
        "key": 1, "signature": base64.b64encode(bytes(64)).decode()})
    check("a proposal whose text is not the order's is refused", status == 409 and
          "SHA-256" in a["error"], (status, a))
    status, a = t.api("POST", "proposals", dict(draft, key=1, signature=base64.b64encode(
        bytes(64)).decode()))
    check("a proposal without the author's signature is refused", status == 403, (status, a))
    _, p = t.ask("anna", "alert", "propose", "--playbook", "fire", "--zones", "2")
    _, q = t.ask("anna", "alert", "propose", "--playbook", "fire", "--zones", "3")
    _, whole = t.api("GET", "proposals/" + p["proposal"])
    for name, body in (
            ("the author's signature again", {"key": 1}),
            ("the author's signature under another's number", {"key": 2}),
            ("a key that is not in the roster", {"key": 77})):
        raw = base64.b64decode(whole["order"])
        status, a = t.api("POST", f"proposals/{q['proposal']}/approvals",
                          dict(body, signature=base64.b64encode(raw[-64:]).decode()))
        check(f"approval refused: {name}", status == 403, (status, a))
    check("and nothing went live", t.state(q["proposal"]) == "proposed", t.state(q["proposal"]))


def restart(t):
    alert = t.live("2", "air-raid")
    _, p = t.ask("anna", "alert", "propose", "--playbook", "fire", "--zones", "5")
    before = t.look("watch", "--once")[1]["status"]
    t.stop(signal.SIGKILL)
    code, a = t.look("alert", "list")
    check("a hub that is gone is said so", code == 4, (code, a))
    t.start()
    after = t.look("watch", "--once")[1]["status"]
    check("the bulletin is the same after kill -9", (after["size"], after["root"]) ==
          (before["size"], before["root"]), (before, after))
    check("the alert lives after kill -9", t.state(alert) == "live")
    code, a = t.ask("boris", "alert", "approve", p["proposal"])
    check("and what waited can be approved", code == GOOD and a["state"] == "live", a)


def main():
    with Territory() as t:
        t.start()
        t.bring_zones()
        alert = propose_and_approve(t)
        stop_and_correct(t, alert)
        correct_a_live_one(t)
        update_and_all_clear(t)
        overlap_between_draft_and_approval(t)
        message_without_a_sound(t)
        lint_never_blocks(t)
        reject(t)
        approve_the_newest(t)
        repeats_join(t)
        bad_requests(t)
        changed_content(t)
        restart(t)
        check("the hub ends well", t.stop() == 0)
    end()


main()
