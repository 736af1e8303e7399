#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
# check: alone
"""One belfry-siren, its cabinet, and an edge or two: sounds, reports, survives."""
import contextlib
import json
import os
import resource
import signal
import subprocess
import time

from siren_rig import ATTACK, STEADY, Town, run


@contextlib.contextmanager
def town(**options):
    t = Town(**options)
    try:
        yield t
    finally:
        t.close()


def an_order_with_two_signatures_closes_the_relay_within_300_ms():
    with town() as t:
        t.start()
        worst = 0
        for n in range(1, 6):
            t.maker.ask("order", "alarm", STEADY, 1, 100, "1,2")
            line = t.maker.ask("entry")
            at = time.monotonic()
            t.edges[0].publish(line)
            t.wait(lambda: len(t.sounded()) == n, 5, "the relay closes")
            worst = max(worst, t.sounded()[-1][0] - at)
            t.wait(lambda: len(t.closings()) == 2 * n, 5, "the relay opens")
            time.sleep(0.3)  # else the silence between two soundings is measured
        assert worst < 0.3, f"{worst * 1000:.0f} ms"
        t.wait(lambda: len(t.edges[0].of("sounded")) == 5, 5, "five receipts: sounded")
        return f"{worst * 1000:.1f} ms at worst"


def a_forged_order_and_one_of_a_single_signer_change_nothing():
    with town() as t:
        t.start()
        for how, keys in ("forged", "1,2"), ("order", "1"), ("order", "1,1"):
            t.maker.ask(how, "alarm", STEADY, 1, 100, keys)
            t.edges[0].publish(t.maker.ask("entry"))
        t.wait(lambda: len(t.edges[0].of("refused")) == 3, 5, "three refusals")
        time.sleep(0.3)
        assert t.closings() == []
        t.wait(lambda: sum(t.status()["refused"].values()) == 3, 5, "three in the status")


def an_order_not_yet_on_disk_sounds_and_comes_back_in_the_receipt():
    with town() as t:
        t.start()
        t.maker.ask("order", "alarm", STEADY, 1, 100, "1,2")
        t.edges[0].send("order", t.maker.ask("bare"))
        t.wait(lambda: len(t.sounded()) == 1, 5, "the relay closes")
        t.edges[0].publish(t.maker.ask("entry"))
        t.wait(lambda: t.edges[0].of("heard"), 5, "a receipt: heard")
        assert len(t.edges[0].of("heard")[0]["order_bytes"]) > 100
        time.sleep(1.5)
        assert len(t.sounded()) == 1


def two_edges_bring_one_sounding_and_either_is_enough():
    with town(edges=2) as t:
        t.start()
        t.wait(lambda: all(e.streams for e in t.edges), 5, "both streams")
        t.maker.ask("order", "alarm", STEADY, 1, 100, "1,2")
        line = t.maker.ask("entry")
        for e in t.edges:
            e.publish(line)
        t.wait(lambda: len(t.closings()) == 2, 5, "sounded once")
        t.edges[0].close()
        t.maker.ask("order", "alarm", STEADY, 1, 100, "1,2")
        t.edges[1].publish(t.maker.ask("entry"))
        t.wait(lambda: len(t.closings()) == 4, 5, "sounded by the other")
        t.wait(lambda: len(t.edges[1].of("sounded")) >= 1, 10, "receipt at the other")


def a_lost_stream_is_taken_up_where_it_ended():
    with town() as t:
        t.start()
        t.maker.ask("order", "alarm", STEADY, 1, 100, "1,2")
        t.edges[0].publish(t.maker.ask("entry"))
        t.wait(lambda: len(t.closings()) == 2, 5, "sounded")
        t.edges[0].drop()
        t.maker.ask("order", "alarm", STEADY, 1, 100, "1,2")
        t.edges[0].lines.append(t.maker.ask("entry"))  # while nobody listens
        t.wait(lambda: len(t.closings()) == 4, 10, "sounded after coming back")
        assert any("after=1" in path for path in t.edges[0].asked), t.edges[0].asked


def a_missing_entry_is_asked_for():
    with town() as t:
        t.start()
        t.maker.ask("order", "alarm", STEADY, 1, 100, "1,2")
        line = t.maker.ask("entry")
        t.edges[0].publish(line)
        t.wait(lambda: len(t.sounded()) == 1, 5, "sounded")
        t.maker.ask("order", "alarm", STEADY, 1, 100, "1,2")
        t.edges[0].lines.append(t.maker.ask("entry"))  # this one is never sent
        t.edges[0].heartbeat()
        t.wait(lambda: len(t.sounded()) == 2, 5, "fetched and sounded")
        assert "/bulletin?after=1" in t.edges[0].asked


def a_stop_of_one_operator_silences():
    with town() as t:
        t.start()
        order = t.maker.ask("order", "alarm", ATTACK, 60, 100, "1,2")
        t.edges[0].publish(t.maker.ask("entry"))
        t.wait(lambda: len(t.sounded()) == 1, 5, "sounds")
        t.maker.ask("order", "stop", 0, 0, 0, "3", order)
        t.edges[0].publish(t.maker.ask("entry"))
        t.wait(lambda: len(t.closings()) == 2, 5, "silent")
        t.wait(lambda: t.edges[0].of("stopped"), 5, "a receipt: stopped")


def killed_while_it_sounds_it_ends_the_sounding_once():
    with town() as t:
        t.start()
        t.maker.ask("order", "alarm", ATTACK, 4, 100, "1,2")
        at = time.monotonic()
        t.edges[0].publish(t.maker.ask("entry"))
        t.wait(lambda: len(t.sounded()) == 1, 5, "sounds")
        time.sleep(1)
        assert t.stop(signal.SIGKILL) == -signal.SIGKILL
        t.start()
        t.wait(lambda: len(t.closings()) == 2, 10, "the relay opens")
        length = t.closings()[1][0] - at
        assert 3.8 < length < 4.6, f"it sounded {length:.2f} s instead of 4"
        t.wait(lambda: t.edges[0].of("restarted"), 5, "a receipt: restarted")
        t.wait(lambda: t.edges[0].of("sounded"), 5, "a receipt: sounded")
        time.sleep(1)
        assert len(t.closings()) == 2, t.closings()
        numbers = [(r["siren"], r["number"]) for r in t.edges[0].receipts]
        assert len(numbers) == len(set(numbers)), "a receipt number was used twice"
        return f"{length:.2f} s of 4"


def a_stopped_service_is_silent_and_keep_goes_on():
    for options, end in ((), 2), (("--keep",), 1):
        with town() as t:
            t.start(*options)
            t.maker.ask("order", "alarm", ATTACK, 30, 100, "1,2")
            t.edges[0].publish(t.maker.ask("entry"))
            t.wait(lambda: len(t.sounded()) == 1, 5, "sounds")
            assert t.stop() == 0
            time.sleep(0.2)
            assert len(t.closings()) == end, (options, t.closings())


def no_more_bytes():
    """A disk that takes nothing: each write fails."""
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))


def with_a_dead_disk_it_sounds_once_and_says_so():
    worst = 0
    for dead_from_the_start in False, True:
        with town() as t:
            if dead_from_the_start:
                (t.state / "state.log").mkdir()  # cannot be opened
                t.start()
            else:
                t.start(before=no_more_bytes)
            t.maker.ask("order", "alarm", STEADY, 1, 100, "1,2")
            line = t.maker.ask("entry")
            at = time.monotonic()
            t.edges[0].publish(line)
            t.wait(lambda: len(t.sounded()) == 1, 5, "sounds")
            worst = max(worst, t.sounded()[0][0] - at)
            t.wait(lambda: t.edges[0].of("disk"), 5, "a receipt: disk")
            assert any("the disk refuses" in said for said in t.said), t.said
            t.edges[0].send("entry", line, 0)
            time.sleep(1.5)
            assert len(t.sounded()) == 1
    assert worst < 0.6, f"{worst * 1000:.0f} ms"
    return f"{worst * 1000:.0f} ms"


def with_a_disk_that_hangs_it_sounds_after_250_ms_and_says_so():
    with town() as t:
        library, hung = t.work / "hung_disk.so", t.work / "hung"
        source = os.path.join(os.path.dirname(os.path.abspath(__file__)), "hung_disk.c")
        subprocess.run(["cc", "-shared", "-fPIC", "-o", library, source], check=True)
        t.start(env={"LD_PRELOAD": str(library), "HUNG_DISK": str(hung),
                     "ASAN_OPTIONS": "verify_asan_link_order=0"})
        time.sleep(0.3)
        hung.touch()
        t.maker.ask("order", "alarm", STEADY, 1, 100, "1,2")
        line = t.maker.ask("entry")
        at = time.monotonic()
        t.edges[0].publish(line)
        t.wait(lambda: len(t.sounded()) == 1, 5, "sounds")
        late = t.sounded()[0][0] - at
        assert 0.2 < late < 0.6, f"{late * 1000:.0f} ms"
        t.wait(lambda: len(t.closings()) == 2, 5, "the relay opens")
        t.wait(lambda: t.edges[0].of("disk"), 5, "a receipt: disk")
        hung.unlink()
        time.sleep(0.5)
        t.stop(signal.SIGKILL)
        t.start()
        time.sleep(1)
        assert len(t.sounded()) == 1, "the disk that came back knows the order"
        return f"{late * 1000:.0f} ms"


def an_unordered_activation_is_reported_within_2_s():
    with town() as t:
        t.start()
        time.sleep(1.2)
        at = time.monotonic()
        assert t.cabinet("activate 1 on") == "ok"
        t.wait(lambda: t.edges[0].of("unordered"), 5, "a receipt: unordered")
        late = t.edges[0].of("unordered")[0]["at"] - at
        assert late < 2, f"{late:.2f} s"
        t.cabinet("activate 1 off")
        t.wait(lambda: t.edges[0].of("unordered-end"), 5, "its end")
        return f"{late:.2f} s"


def without_current_it_says_failed_and_never_sounded():
    with town() as t:
        t.cabinet("fault 1 no-current")
        t.start()
        t.maker.ask("order", "alarm", ATTACK, 3, 100, "1,2")
        t.edges[0].publish(t.maker.ask("entry"))
        t.wait(lambda: t.edges[0].of("failed"), 6, "a receipt: failed")
        time.sleep(1.5)
        assert not t.edges[0].of("sounded") and not t.edges[0].of("sounding")


def a_busy_siren_that_reads_its_sensor_late_has_sounded():
    with town(current_ms=300) as t:
        t.start()
        t.maker.ask("order", "alarm", STEADY, 1, 100, "1,2")
        t.edges[0].publish(t.maker.ask("entry"))
        t.wait(lambda: len(t.sounded()) == 1, 5, "the relay closes")
        t.process.send_signal(signal.SIGSTOP)
        time.sleep(1.5)  # the current is seen, and the sounding's time is over, at once
        t.process.send_signal(signal.SIGCONT)
        t.wait(lambda: t.edges[0].of("sounded"), 5, "the receipt: sounded")
        assert t.edges[0].of("failed") == [], t.edges[0].of("failed")


def an_edge_that_does_not_answer_is_passed_over():
    with town(edges=2) as t:
        t.edges[0].replies = False
        t.start()
        t.maker.ask("order", "alarm", STEADY, 1, 100, "1,2")
        line = t.maker.ask("entry")
        for e in t.edges:
            e.publish(line)
        t.wait(lambda: t.edges[1].of("heard"), 8, "the receipt is at the other edge")


def what_an_edge_holds_and_the_hub_lacks_goes_to_the_other():
    with town(edges=2) as t:
        t.edges[0].cursors = False
        t.start()
        t.maker.ask("order", "alarm", STEADY, 1, 100, "1,2")
        line = t.maker.ask("entry")
        for e in t.edges:
            e.publish(line)
        t.wait(lambda: t.edges[0].of("heard") or t.edges[1].of("heard"), 8, "held")
        t.wait(lambda: t.edges[1].of("heard"), 15, "the receipt is at the other edge")


def receipts_wait_for_an_edge_and_a_restart():
    with town() as t:
        t.start()
        t.edges[0].refuse = 507
        t.maker.ask("order", "alarm", STEADY, 1, 100, "1,2")
        t.edges[0].publish(t.maker.ask("entry"))
        t.wait(lambda: len(t.closings()) == 2, 5, "sounded")
        time.sleep(0.5)
        t.stop(signal.SIGKILL)
        t.edges[0].refuse = None
        t.start()
        t.wait(lambda: t.edges[0].of("sounded"), 8, "the receipt of before")


def the_sound_is_played_by_a_child():
    import wave
    with town() as t:
        t.configure(sound="wav:out.wav")
        t.start()
        t.maker.ask("order", "alarm", STEADY, 2, 100, "1,2")
        t.edges[0].publish(t.maker.ask("entry"))
        t.wait(lambda: len(t.closings()) == 2, 5, "sounded")
        with wave.open(str(t.work / "out.wav")) as w:
            length = w.getnframes() / w.getframerate()
        assert 1.9 < length < 2.1, f"{length} s"
        assert not any("the sound ended" in line for line in t.said), t.said


def check_changes_nothing_and_tells_faults_by_line_and_column():
    from siren_rig import BUILD
    with town() as t:
        before = sorted(os.listdir(t.state))
        ask = lambda: subprocess.run([BUILD / "src/prog/belfry-siren", "--config", t.config,
                                      "--check"], capture_output=True, text=True)
        done = ask()
        assert done.returncode == 0 and "siren 1: zone 100" in done.stdout, done
        assert sorted(os.listdir(t.state)) == before
        t.configure(seconds_cap="x")
        done = ask()
        assert done.returncode == 1 and "siren.json:1:" in done.stderr, done.stderr
        t.config.write_text('{\n "state": "state",\n}')
        done = ask()
        assert done.returncode == 1 and "siren.json:3:1" in done.stderr, done.stderr
        t.configure()
        os.chmod(t.state / "key", 0o644)
        done = ask()
        assert done.returncode == 1 and "chmod 600" in done.stderr, done.stderr
        os.chmod(t.state / "key", 0o600)
        place = json.loads((t.state / "place.json").read_text())
        (t.state / "place.json").write_text(json.dumps({**place, "territory": "00000001"}))
        done = ask()
        assert done.returncode == 1 and "territory" in done.stderr, done.stderr


run([an_order_with_two_signatures_closes_the_relay_within_300_ms,
     a_forged_order_and_one_of_a_single_signer_change_nothing,
     an_order_not_yet_on_disk_sounds_and_comes_back_in_the_receipt,
     two_edges_bring_one_sounding_and_either_is_enough,
     a_lost_stream_is_taken_up_where_it_ended,
     a_missing_entry_is_asked_for,
     a_stop_of_one_operator_silences,
     killed_while_it_sounds_it_ends_the_sounding_once,
     a_stopped_service_is_silent_and_keep_goes_on,
     with_a_dead_disk_it_sounds_once_and_says_so,
     with_a_disk_that_hangs_it_sounds_after_250_ms_and_says_so,
     an_unordered_activation_is_reported_within_2_s,
     without_current_it_says_failed_and_never_sounded,
     a_busy_siren_that_reads_its_sensor_late_has_sounded,
     an_edge_that_does_not_answer_is_passed_over,
     what_an_edge_holds_and_the_hub_lacks_goes_to_the_other,
     receipts_wait_for_an_edge_and_a_restart,
     the_sound_is_played_by_a_child,
     check_changes_nothing_and_tells_faults_by_line_and_column])
