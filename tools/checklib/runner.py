# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs jobs in two lanes, shows what is going on, and counts."""

import os
import signal
import subprocess
import sys
import threading
import time
from dataclasses import dataclass, field

LANES = 2
QUIET_S = 30  # without a terminal: how often to say what is still running


@dataclass
class Count:
    passed: int = 0
    failed: int = 0
    skipped: int = 0
    note: str = ""

    def add(self, other):
        self.passed += other.passed
        self.failed += other.failed
        self.skipped += other.skipped

    def in_words(self):
        parts = [f"{n} {w}" for n, w in ((self.passed, "passed"), (self.failed, "failed"),
                                        (self.skipped, "skipped")) if n]
        if self.note:
            parts.append(self.note)
        return ", ".join(parts)


@dataclass
class Job:
    """`work` gets a Shell and returns a Count; it may raise Failed."""
    name: str
    work: object
    needs: list = field(default_factory=list)
    group: str = ""      # jobs of one group run one after the other
    alone: bool = False  # nothing else may run beside it


class Failed(Exception):
    pass


class Shell:
    """What a job may do: run commands, with their output in the job's log."""

    def __init__(self, log_path, runner):
        self.path = log_path
        self.runner = runner
        self.log = open(log_path, "wb")

    def call(self, command, limit_s=600, env=None, cwd=None):
        """Run to the end and return the exit status; 124 after the time limit."""
        words = " ".join(str(w) for w in command)
        self.write(f"$ {words}\n")
        child = subprocess.Popen([str(w) for w in command], stdin=subprocess.DEVNULL,
                                 stdout=self.log, stderr=subprocess.STDOUT, cwd=cwd,
                                 env={**os.environ, **(env or {})}, start_new_session=True)
        self.runner.children.add(child)
        try:
            return child.wait(timeout=limit_s)
        except subprocess.TimeoutExpired:
            self.write(f"\nstopped: no end after {limit_s} s\n")
            return 124
        finally:
            end_group(child)
            self.runner.children.discard(child)

    def must(self, command, **more):
        status = self.call(command, **more)
        if status != 0:
            raise Failed(f"exit status {status}")

    def write(self, text):
        self.log.write(text.encode())
        self.log.flush()

    def text(self):
        self.log.flush()
        return self.path.read_text(errors="replace")


def end_group(child):
    """A test may leave daemons behind; all that it started is in its process group."""
    try:
        os.killpg(child.pid, signal.SIGKILL)
    except ProcessLookupError:
        pass
    child.wait()


class Runner:
    def __init__(self, log_dir):
        log_dir.mkdir(parents=True, exist_ok=True)
        self.log_dir = log_dir
        self.children = set()
        self.lock = threading.Condition()
        self.running = {}  # job name -> (job, start time)
        self.well = {}     # job name -> whether all went well
        self.total = Count()
        self.stopping = False
        self.tty = sys.stdout.isatty()

    # -- choosing ---------------------------------------------------------------

    def ready(self, job, waiting, groups):
        if any(n in waiting or n in self.running for n in job.needs):
            return False
        if job.alone and self.running:
            return False
        return not (job.group and job.group in groups)

    def take(self, waiting):
        """The next job that may start now, or None. Call with the lock held."""
        now = [job for job, _ in self.running.values()]
        if any(j.alone for j in now):
            return None
        groups = {j.group for j in now}
        for job in list(waiting.values()):
            if self.ready(job, waiting, groups):
                del waiting[job.name]
                return job
        return None

    # -- running ----------------------------------------------------------------

    def one(self, job):
        start = time.monotonic()
        log_path = self.log_dir / (job.name.replace("/", "-") + ".log")
        shell = Shell(log_path, self)
        broken = [n for n in job.needs if not self.well.get(n, True)]
        if broken:
            count = Count(skipped=1, note="needs " + ", ".join(broken))
        else:
            try:
                count = job.work(shell)
            except Failed as why:
                count = Count(failed=1, note=str(why))
            except OSError as why:
                count = Count(failed=1, note=f"{why.filename}: {why.strerror}")
        word = "FAILED" if count.failed else "ok" if count.passed else "skipped"
        shell.log.close()
        with self.lock:
            self.well[job.name] = word == "ok"
            self.total.add(count)
            self.say(job, word, count, time.monotonic() - start, log_path)

    def say(self, job, word, count, took_s, log_path):
        detail = count.in_words()
        if word == "FAILED":
            detail += f"; log: {os.path.relpath(log_path)}"
        self.clear()
        print(f"{word} {job.name} {took_s:.1f} s ({detail})", flush=True)

    def lane(self, waiting):
        while True:
            with self.lock:
                job = None
                while not self.stopping and waiting and (job := self.take(waiting)) is None:
                    self.lock.wait()
                if job is None:
                    return
                self.running[job.name] = (job, time.monotonic())
            try:
                self.one(job)
            finally:
                with self.lock:
                    del self.running[job.name]
                    self.lock.notify_all()

    def run(self, jobs):
        signal.signal(signal.SIGTERM, signal.default_int_handler)  # ends as Ctrl-C does
        waiting = {j.name: j for j in jobs}
        lanes = [threading.Thread(target=self.lane, args=(waiting,), daemon=True)
                 for _ in range(LANES)]
        for t in lanes:
            t.start()
        try:
            self.watch(lanes)
        except KeyboardInterrupt:
            self.stopping = True
            for child in list(self.children):
                end_group(child)
            self.clear()
            print("interrupted")
            return 130
        t = self.total
        print(f"{t.passed} passed, {t.failed} failed, {t.skipped} skipped")
        return 1 if t.failed else 0

    # -- showing ----------------------------------------------------------------

    def watch(self, lanes):
        last = time.monotonic()
        while any(t.is_alive() for t in lanes):
            time.sleep(0.2 if self.tty else 0.5)
            if not self.tty and time.monotonic() - last < QUIET_S:
                continue
            last = time.monotonic()
            with self.lock:
                now = ", ".join(f"{n} ({last - s:.0f} s)" for n, (_, s) in self.running.items())
            if now and self.tty:
                print(f"\r\033[K… {now}", end="", flush=True)
            elif now:
                print(f"… running: {now}", flush=True)
        self.clear()

    def clear(self):
        if self.tty:
            print("\r\033[K", end="")
