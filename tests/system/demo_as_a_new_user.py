#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""`belfry demo` as a new user meets it: the printed line sounds the first alert, Ctrl-C ends all,
the next start goes on, and a port that is in use is named."""
import os
import re
import shlex
import signal
import socket
import subprocess
import tempfile
import time

from belfry_test import BIN, DATA, check, end, need, wait_until

need("belfry", "belfryd", "belfry-edge", "belfry-siren", "belfry-cabinet")
ENV = dict(os.environ, BELFRY_DATA=DATA, LC_ALL="C.UTF-8")
for name in ("BELFRY_HUB", "BELFRY_KEY", "XDG_CONFIG_HOME"):
    ENV.pop(name, None)


class Demo:
    """A demo in `folder`, up to its last printed line."""

    def __init__(self, folder):
        self.process = subprocess.Popen([os.path.join(BIN, "belfry"), "demo", "--dir", folder],
                                        stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                                        text=True, env=ENV)
        self.said = ""
        for line in self.process.stdout:
            self.said += line
            if line.startswith("Logs:"):
                break

    def interrupt(self):
        self.process.send_signal(signal.SIGINT)
        out, err = self.process.communicate(timeout=30)
        return self.process.returncode, out + err


def shell(line, home):
    return subprocess.run(["bash", "-c", line], env=dict(ENV, HOME=home), capture_output=True,
                          text=True, timeout=60, check=False)


def running(folder):
    """Programs whose arguments name the folder."""
    found = []
    for pid in filter(str.isdigit, os.listdir("/proc")):
        try:
            with open(f"/proc/{pid}/cmdline", encoding="utf-8", errors="replace") as f:
                words = f.read().split("\0")
        except OSError:
            continue
        if "belfry" in os.path.basename(words[0]) and any(folder in w for w in words):
            found.append(pid)
    return found


def closings(folder):
    with open(os.path.join(folder, "cabinet.log"), encoding="utf-8") as f:
        return sum(line.endswith(" on\n") for line in f)


def first_start(folder, home):
    demo = Demo(folder)
    line = re.search(r"^  (\. .*)$", demo.said, re.M)
    if not check("it prints one line that sounds the first alert", line, demo.said):
        return demo.interrupt()
    done = shell(line[1], home)
    check("that line works as it is printed", done.returncode == 0, done.stderr)
    check("two sirens sound", wait_until(lambda: closings(folder) == 2), closings(folder))
    code, said = demo.interrupt()
    check("Ctrl-C ends it well", code == 0, said)
    check("and leaves no process", wait_until(lambda: not running(folder), 5), running(folder))
    return None


def second_start(folder, home):
    begun = time.monotonic()
    demo = Demo(folder)
    took = time.monotonic() - begun
    check("it starts again", "Logs:" in demo.said, demo.said)
    check("within 10 s", took < 10, f"{took:.1f} s")
    done = shell(f". {shlex.quote(folder)}/env && belfry alert list", home)
    check("the alert that lived still lives", " live " in done.stdout, done.stdout + done.stderr)
    other = Demo(folder)
    said = other.process.communicate(timeout=30)[1]
    check("a second demo in the same folder is refused, and why", other.process.returncode == 1 and
          "in use" in said and "--dir" in said, said)
    done = shell(f". {shlex.quote(folder)}/env && belfry alert list", home)
    check("the first one does not mind", done.returncode == 0 and " live " in done.stdout,
          done.stderr)
    demo.interrupt()


def port_in_use(folder):
    with open(os.path.join(folder, "demo.json"), encoding="utf-8") as f:
        port = int(re.search(r'"port": (\d+)', f.read())[1])
    with socket.socket() as taken:
        taken.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        taken.bind(("127.0.0.1", port))
        taken.listen()
        demo = Demo(folder)
        said = demo.process.communicate(timeout=30)[1]
    check("a port in use is named", demo.process.returncode == 1 and f":{port} is in use" in said,
          said)
    check("and nothing is left", wait_until(lambda: not running(folder), 5), running(folder))


def main():
    with tempfile.TemporaryDirectory(prefix="belfry demo ") as home:
        folder = os.path.join(home, "it's a demo")
        first_start(folder, home)
        second_start(folder, home)
        port_in_use(folder)
    end()


main()
