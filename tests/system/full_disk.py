#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""The hub's disk is full (a small tmpfs, so for root alone): what two operators signed sounds all the
same, the hub ends and says why, nothing is half there, and with room again it goes on."""
import os
import shutil
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import chain  # noqa: E402

ROOM = 4 << 20


def small_disk(of):
    """The hub's folder on a disk of its own; False if we may not."""
    hub, kept = of.path("hub"), of.path("hub-kept")
    shutil.copytree(hub, kept, ignore=shutil.ignore_patterns("*.sock"))
    done = subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={ROOM}", "tmpfs", hub], capture_output=True,
                          text=True, check=False)
    if done.returncode != 0:
        chain.skipped("a full disk", done.stderr.strip() or "no mount")
        return False
    shutil.copytree(kept, hub, dirs_exist_ok=True)
    return True


def fill(of):
    with open(of.path("hub/filler"), "wb", buffering=0) as f:
        block = 1 << 16
        while block:
            try:
                f.write(bytes(block))
            except OSError:
                block //= 2


def full(of):
    of.start()
    draft = of.draft(verb="alert", playbook="missile", zones=[of.zone_of[3]], seconds=2, lifetime_s=600)
    proposal = of.propose(draft, of.olena)
    time.sleep(1)
    fill(of)
    try:
        answer = of.approve(proposal["proposal"], draft["digest"], of.iryna, 10)
    except (OSError, chain.Refused, chain.http.client.HTTPException) as problem:
        answer = problem
    chain.check("a full disk: nobody is told that the alert is stored", not isinstance(answer, dict), answer)
    of.wait(lambda: of.log.closed(3), 5, "the relay")
    chain.passed("a full disk: what two operators signed sounds all the same")
    hub = of.process["hub"]
    hub.popen.wait(10)
    chain.check("a full disk: the hub ends with 1 and says why", hub.popen.returncode == 1 and
                "journal" in hub.said(), f"{hub.popen.returncode} {hub.said()[-300:]}")
    os.unlink(of.path("hub/filler"))
    checked = subprocess.run([chain.program("belfryd"), "--config", of.path("hub/belfryd.json"), "--check"],
                             capture_output=True, text=True, check=False)
    chain.check("room again: the journal is whole", checked.returncode == 0, checked.stderr)
    of.start("hub")
    of.wait(lambda: [one for one in of.ask("GET", "/api/v1/alerts") if one["alert"] == proposal["proposal"]], 20,
            "the alert, from the siren's receipt")
    chain.passed("room again: the hub learns of the alert from what the siren says")
    made = of.alarm(of.zone_of[4])
    of.wait(lambda: of.log.closed(4), 10, "the next alarm")
    time.sleep(2)
    chain.check("room again: the next alarm sounds, the first not twice", made["state"] == "live" and
                len(of.log.closed(3)) == 1, of.log.all())


def main():
    chain.need_programs()
    if os.geteuid() != 0:
        chain.skipped("a full disk", "only root may mount a small one")
        sys.exit(77)
    folder = tempfile.mkdtemp(prefix="belfry-full-")
    with chain.Chain(chain.grid(os.path.join(folder, "zones.geojson"), 4), folder) as of:
        if not small_disk(of):
            sys.exit(77)
        try:
            full(of)
        except (AssertionError, OSError, chain.Refused) as problem:
            chain.failed("a full disk", problem)
        finally:
            of.stop()
            subprocess.run(["umount", of.path("hub")], check=False)
    chain.end()


if __name__ == "__main__":
    main()
