#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Start the real belfry-cabinet and talk to it as boxes, tests and a crash would.

test_cabinet.py PROGRAM
"""
import os
import re
import signal
import socket
import subprocess
import sys
import tempfile
import time
import unittest

PROGRAM = sys.argv.pop(1)


class Line:
    """One connection; speaks and hears lines."""

    def __init__(self, path):
        self.socket = socket.socket(socket.AF_UNIX)
        self.socket.settimeout(20)
        self.socket.connect(path)
        self.file = self.socket.makefile("rb")

    def say(self, *lines):
        self.socket.sendall("".join(line + "\n" for line in lines).encode())

    def hear(self):
        line = self.file.readline().decode()
        return line.rstrip("\n") if line else None

    def ask(self, line):
        self.say(line)
        return self.hear()

    def close(self):
        self.file.close()
        self.socket.close()


class Cabinet(unittest.TestCase):
    boxes = 2000

    def setUp(self):
        self.work = tempfile.TemporaryDirectory()
        self.path = os.path.join(self.work.name, "socket")
        self.log = os.path.join(self.work.name, "log")
        self.lines = []
        self.start()

    def start(self):
        self.process = subprocess.Popen(
            [PROGRAM, "--socket", self.path, "--log", self.log, "--boxes", str(self.boxes)],
            stdout=subprocess.PIPE, text=True)
        self.assertIn(f"{self.boxes} boxes on", self.process.stdout.readline())

    def tearDown(self):
        for line in self.lines:
            line.close()
        self.process.send_signal(signal.SIGTERM)
        self.assertEqual(self.process.wait(20), 0)
        self.process.stdout.close()
        self.assertFalse(os.path.exists(self.path))
        self.work.cleanup()

    def line(self):
        self.lines.append(Line(self.path))
        return self.lines[-1]

    def logged(self):
        with open(self.log, encoding="ascii") as f:
            return [line.split() for line in f.read().splitlines()]

    def test_current_follows_the_relay_and_the_log_has_the_moment(self):
        box = self.line()
        before_ns, before_ms = time.monotonic_ns(), time.time_ns() // 1000000
        box.say("set 7 on")
        self.assertEqual(box.hear(), "inputs 7 1 0 1 13600 0 0 0")
        self.assertEqual(len(self.logged()), 1)  # written before it was told
        self.assertEqual(box.hear(), "inputs 7 1 1 1 13250 0 0 0")
        waited_ms = (time.monotonic_ns() - before_ns) / 1e6
        self.assertGreaterEqual(waited_ms, 20)
        ns, ms, number, what = self.logged()[0]
        self.assertEqual((number, what), ("7", "on"))
        self.assertTrue(before_ns <= int(ns) <= before_ns + waited_ms * 1e6)
        self.assertTrue(before_ms - 1 <= int(ms) <= before_ms + waited_ms + 1)

    def test_a_fleet_closes_and_opens_by_the_thousand(self):
        fleet, control = self.line(), self.line()
        fleet.say(f"serve 1 {self.boxes}")
        for _ in range(self.boxes):
            self.assertRegex(fleet.hear(), r"^inputs \d+ 0 0 1 ")
        self.assertEqual(fleet.hear(), "ok")
        began = time.monotonic()
        rounds = 5
        closings = rounds * self.boxes
        for n in range(rounds):
            for word in "on", "off":
                fleet.say(*[f"set {box} {word}" for box in range(1, self.boxes + 1)])
        want = f"counts {closings} {closings} {self.boxes}"
        while control.ask("counts") != want and time.monotonic() < began + 20:
            pass
        seconds = time.monotonic() - began
        self.assertEqual(control.ask("counts"), want)
        self.assertEqual(control.ask("count 1234"), f"count 1234 {rounds} {rounds}")
        log = self.logged()
        self.assertEqual(sum(line[3] == "on" for line in log), closings)
        self.assertEqual(sum(line[3] == "off" for line in log), closings)
        times = [int(line[0]) for line in log]
        self.assertEqual(times, sorted(times))
        rate = closings / seconds
        print(f"{closings} closings in {seconds:.2f} s: {rate:.0f} a second", file=sys.stderr)
        self.assertGreater(rate, 1000)

    def test_two_programs_cannot_have_one_relay(self):
        first, second = self.line(), self.line()
        self.assertIn(" 1 0 ", first.ask("set 1 on"))
        self.assertEqual(second.ask("set 1 off"),
                         "error box 1 is served by another connection")
        self.assertEqual(second.ask("count 1"), "count 1 1 0")

    def test_a_killed_box_leaves_its_relay_and_comes_back_to_it(self):
        for n in range(50):
            # A process of its own, killed right after its order is in the socket.
            child = subprocess.Popen([sys.executable, "-c", (
                "import socket, sys, os, signal\n"
                "s = socket.socket(socket.AF_UNIX)\n"
                f"s.connect({self.path!r})\n"
                f"s.sendall(b'serve 1 9\\nset {n % 9 + 1} on\\n')\n"
                "os.kill(os.getpid(), signal.SIGKILL)\n")])
            child.wait(20)
            again = Line(self.path)
            again.say(f"serve {n % 9 + 1} {n % 9 + 1}")
            self.assertRegex(again.hear(), rf"^inputs {n % 9 + 1} 1 ")
            self.assertEqual(again.hear(), "ok")
            self.assertIn(" 0 ", again.ask(f"set {n % 9 + 1} off"))
            again.close()
        self.assertEqual(self.line().ask("counts"), "counts 50 50 9")

    def test_faults_come_from_the_control_connection(self):
        box, control = self.line(), self.line()
        box.say("serve 1 1")
        self.assertEqual([box.hear(), box.hear()], ["inputs 1 0 0 1 13600 0 0 0", "ok"])
        self.assertEqual(control.ask("activate 1 on"), "ok")
        self.assertEqual(box.hear(), "inputs 1 0 0 1 13600 0 0 1")
        self.assertEqual(box.hear(), "inputs 1 0 1 1 13250 0 0 1")
        self.assertEqual(control.ask("fault 1 no-current"), "ok")
        self.assertEqual(box.hear(), "inputs 1 0 1 1 13250 0 0 1")
        self.assertEqual(box.hear(), "inputs 1 0 0 1 13600 0 0 1")
        self.assertEqual(control.ask("mains 1 off"), "ok")
        self.assertEqual(box.hear(), "inputs 1 0 0 0 12700 0 0 1")
        self.assertEqual(self.logged(), [])

    def test_nonsense_costs_nobody_else_anything(self):
        good = self.line()
        self.assertEqual(good.ask("count 1"), "count 1 0 0")
        for junk in b"\0\xff\n", b"x" * 100000, b"\n" * 1000, b"set 1 on " * 50 + b"\n":
            bad = Line(self.path)
            try:
                bad.socket.sendall(junk)
                bad.socket.shutdown(socket.SHUT_WR)
                for line in bad.file:
                    self.assertTrue(line.startswith(b"error "), line)
            except (BrokenPipeError, ConnectionResetError):
                pass
            bad.close()
        self.assertEqual(good.ask("counts"), "counts 0 0 0")

    def test_a_second_one_on_the_same_socket_is_refused(self):
        second = subprocess.run([PROGRAM, "--socket", self.path], capture_output=True, text=True)
        self.assertEqual(second.returncode, 1)
        self.assertIn(self.path, second.stderr)
        self.assertEqual(self.line().ask("count 1"), "count 1 0 0")


class CommandLine(unittest.TestCase):
    def run_it(self, *args):
        return subprocess.run([PROGRAM, *args], capture_output=True, text=True, timeout=20)

    def test_help_and_version(self):
        self.assertEqual(self.run_it("--help").returncode, 0)
        self.assertIn("--boxes N", self.run_it("--help").stdout)
        self.assertTrue(re.match(r"belfry-cabinet \d", self.run_it("--version").stdout))

    def test_wrong_options_are_told(self):
        for args in ((), ("--boxes", "0", "--socket", "x"), ("--boxes", "1x"),
                     ("--socket", "x", "more"), ("--current-ms", "-1"), ("--nonsense",)):
            got = self.run_it(*args)
            self.assertEqual(got.returncode, 2, args)
            self.assertTrue(got.stderr)
        got = self.run_it("--socket", "/no/such/folder/socket")
        self.assertEqual(got.returncode, 1)
        got = self.run_it("--socket", "/tmp/x", "--log", "/no/such/folder/log")
        self.assertEqual(got.returncode, 1)
        self.assertIn("/no/such/folder/log", got.stderr)


if __name__ == "__main__":
    unittest.main()
