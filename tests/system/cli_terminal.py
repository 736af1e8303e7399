#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""The command line at a terminal: what it asks, what it colours, what the live board shows."""
import os
import pty
import select
import signal
import subprocess
import time

from belfry_test import BIN, GOOD, REFUSED, Territory, check, end, need, wait_until

need("belfry", "belfryd")


class Terminal:
    """`belfry` with a terminal on every side."""

    def __init__(self, t, *args, **env):
        self.master, slave = pty.openpty()
        self.process = subprocess.Popen(
            [os.path.join(BIN, "belfry"), *args], stdin=slave, stdout=slave, stderr=slave,
            env=dict(t.env, TERM="xterm", **env), start_new_session=True)
        os.close(slave)
        self.text = ""

    def read(self, seconds):
        if not select.select([self.master], [], [], seconds)[0]:
            return False
        try:
            part = os.read(self.master, 65536)
        except OSError:  # the other side is closed
            return False
        self.text += part.decode(errors="replace")
        return bool(part)

    def hear(self, words, seconds=20):
        until = time.monotonic() + seconds
        while words not in self.text and time.monotonic() < until:
            self.read(0.1)
        return words in self.text

    def say(self, words):
        os.write(self.master, words.encode())

    def end(self):
        while self.read(20):
            pass
        code = self.process.wait(20)
        os.close(self.master)
        return code


def questions(t):
    words = ("alert", "propose", "--playbook", "missile", "--zones", "2", "--key", t.key("anna"))
    for answer, want in (("no\n", REFUSED), ("y\n", REFUSED), ("\n", REFUSED), ("yes\n", GOOD)):
        terminal = Terminal(t, *words)
        asked = terminal.hear("Type yes:")
        terminal.say(answer)
        code = terminal.end()
        check(f"the answer {answer!r} gives {want}", asked and code == want, (code, terminal.text))
    shown = terminal.text
    check("before that it shows what will be signed", all(
        w in shown.split("Type yes:")[0] for w in
        ("LIVE", "Upper Town (bergfrid-upper, 2)", "missile (hazard 2)", "pattern", "CAP", "Digest",
         "Take cover now", "Roster")), shown)
    check("only the last one is there", len(t.api("GET", "proposals")[1]) == 1)


def colours(t):
    terminal = Terminal(t, "watch", "--once")
    code = terminal.end()
    check("a terminal gets colours", code == GOOD and "\x1b[" in terminal.text, terminal.text)
    terminal = Terminal(t, "watch", "--once", NO_COLOR="1")
    code = terminal.end()
    check("with NO_COLOR it does not", code == GOOD and "\x1b[" not in terminal.text, terminal.text)
    out = t.belfry("watch", "--once")[1]
    check("nor does a file", "\x1b" not in out and "\r" not in out, out)


def board(t):
    terminal = Terminal(t, "watch")
    check("the live board comes", terminal.hear("entries"), terminal.text)
    seen = len(terminal.text)
    check("and again each second", wait_until(
        lambda: terminal.read(0.1) and len(terminal.text) > 2 * seen), terminal.text)
    t.stop(signal.SIGKILL)
    check("without the hub all is UNKNOWN, nothing old stays", terminal.hear(
        "\x1b[H\x1b[2JThe hub is not reached: all is UNKNOWN"), terminal.text[-300:])
    t.start()
    terminal.text = ""
    check("when it is back the board is back", terminal.hear("entries"), terminal.text)
    terminal.process.send_signal(signal.SIGINT)
    terminal.end()
    check("Ctrl-C ends it", terminal.process.returncode == GOOD, terminal.process.returncode)


def interrupted(t):
    """Ctrl-C at the question: nothing signed, ssh ended, folder gone."""
    folder = t.path("bin")
    os.makedirs(folder)
    with open(os.path.join(folder, "ssh"), "w", encoding="utf-8") as f:
        f.write('#!/bin/sh\necho $$ > "$SSH_LOG"\nwhile [ "$1" != -L ]; do shift; done\n'
                'echo "${2%%:*}" >> "$SSH_LOG"\nln -s "${2#*:}" "${2%%:*}"\nexec sleep 60\n')
    os.chmod(os.path.join(folder, "ssh"), 0o755)
    log = t.path("ssh.log")
    before = len(t.api("GET", "proposals")[1])
    terminal = Terminal(t, "alert", "propose", "--playbook", "fire", "--zones", "2", "--key",
                        t.key("anna"), "--via", f"ssh://hub.example{t.socket}",
                        PATH=folder + ":" + os.environ["PATH"], SSH_LOG=log)
    check("through ssh it asks, too", terminal.hear("Type yes:"), terminal.text)
    terminal.process.send_signal(signal.SIGINT)
    terminal.end()
    with open(log, encoding="utf-8") as f:
        pid, path = f.read().split()
    gone = wait_until(lambda: not os.path.exists(f"/proc/{pid}") or
                      open(f"/proc/{pid}/stat", encoding="ascii").read().split()[2] == "Z")
    check("Ctrl-C ends it with ssh and folder", terminal.process.returncode == -signal.SIGINT and
          gone and not os.path.exists(os.path.dirname(path)), (terminal.process.returncode, pid))
    check("and nothing was signed", len(t.api("GET", "proposals")[1]) == before)


def main():
    with Territory() as t:
        t.start()
        t.bring_zones()
        questions(t)
        colours(t)
        board(t)
        interrupted(t)
    end()


main()
