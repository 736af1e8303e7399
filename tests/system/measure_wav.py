#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Measure the sound of every shipped siren pattern from its WAV file.

measure_wav.py PLAYER FOLDER: PLAYER is tests/unit/hands/play_pattern, FOLDER share/patterns.
Shares no code with the product: reads pattern files with Python's json, finds pitch by zero
crossings, sounds and gaps by loudness. Limits: total length 1 %, gaps 0.1 s, sweep period 2 %,
lowest and highest pitch 2 %, no jump between two samples beyond what the pitch explains.
"""
import array
import json
import math
import os
import subprocess
import sys
import tempfile
import wave

LOUD = 1000        # of 32,768: below is silence
BLOCK = 110        # samples, 5 ms: the step in which loudness is looked at

failures = []
measured = 0


def check(pattern, what, got, want, limit):
    global measured
    measured += 1
    if abs(got - want) > limit:
        failures.append(f"{pattern}: {what} is {got:.3f}, wanted {want:.3f} +- {limit:.3f}")


def samples_of(path):
    with wave.open(path) as w:
        form = (w.getnchannels(), w.getsampwidth(), w.getframerate())
        if form != (1, 2, 22050):
            sys.exit(f"{path}: channels, bytes and rate are {form}")
        data = array.array("h", w.readframes(w.getnframes()))
    if sys.byteorder == "big":
        data.byteswap()
    return data, form[2]


def sounds_of(data, rate):
    """[(from, to)] in samples: runs of loud blocks."""
    runs = []
    for at in range(0, len(data), BLOCK):
        piece = data[at:at + BLOCK]
        if max(max(piece), -min(piece)) < LOUD:
            continue
        if runs and runs[-1][1] == at:
            runs[-1][1] = at + len(piece)
        else:
            runs.append([at, at + len(piece)])
    return runs


def crossings_of(data, first, last):
    """Times, in samples, at which the sound rises through zero, between samples."""
    piece = data[first:last].tobytes()
    high = piece[1::2] if sys.byteorder == "little" else piece[0::2]
    signs = high.translate(bytes(0 if b < 128 else 1 for b in range(256)))
    times = []
    at = signs.find(b"\1\0")
    while at >= 0:
        a, b = data[first + at], data[first + at + 1]
        times.append(first + at + (-a / (b - a) if b != a else 0))
        at = signs.find(b"\1\0", at + 1)
    return times


def pitches_of(times, rate):
    """[(time in s, Hz)], one for each period."""
    return [((a + b) / 2 / rate, rate / (b - a)) for a, b in zip(times, times[1:])]


def period_of(pitches, low, high):
    """Mean distance, in s, of the moments at which the pitch rises through the middle."""
    middle = (low + high) / 2
    rises = []
    for (t1, f1), (t2, f2) in zip(pitches, pitches[1:]):
        if f1 < middle <= f2:
            rises.append(t1 + (t2 - t1) * (middle - f1) / (f2 - f1))
    if len(rises) < 2:
        return None
    return (rises[-1] - rises[0]) / (len(rises) - 1)


def rise_of(pitches, low, high, period, start):
    """The part of each period, in s, in which the pitch is rising, by the mean of one period."""
    times = [t for t, _ in pitches]
    tops = []
    for n in range(int((times[-1] - start) / period)):
        within = [p for p in pitches if start + n * period <= p[0] < start + (n + 1) * period]
        tops.append(max(within, key=lambda p: p[1])[0] - start - n * period)
    return sum(tops) / len(tops)


def expected_sounds(pattern):
    """[(from s, to s, [(from s, to s, segment)])], from the file alone."""
    sounds, at = [], 0.0
    for _ in range(pattern["repeat"]):
        for segment in pattern["segments"]:
            end = at + segment["length_ms"] / 1000
            if segment["tone"] != "silence":
                if sounds and sounds[-1][1] == at:
                    sounds[-1][1] = end
                else:
                    sounds.append([at, end, []])
                sounds[-1][2].append((at, end, segment))
            at = end
    return sounds, at


def measure_segment(name, data, rate, start, end, segment):
    # A tenth of a second inside, so that the ramps at the ends do not count as pitch.
    times = crossings_of(data, int((start + 0.1) * rate), int((end - 0.1) * rate))
    pitches = pitches_of(times, rate)
    lowest, highest = min(f for _, f in pitches), max(f for _, f in pitches)
    low = segment.get("low_hz", segment.get("high_hz"))
    high = segment.get("high_hz", segment.get("low_hz"))
    check(name, "lowest pitch (Hz)", lowest, low, low * 0.02)
    check(name, "highest pitch (Hz)", highest, high, high * 0.02)
    if segment["tone"] != "wail":
        return
    period = segment["period_ms"] / 1000
    got = period_of(pitches, low, high)
    check(name, "sweep period (s)", got or 0, period, period * 0.02)
    rise = segment.get("rise_ms", segment["period_ms"] / 2) / 1000
    check(name, "rising part (s)", rise_of(pitches, low, high, period, start), rise, 0.1)


def measure_jumps(name, data, pattern):
    top = max((s.get("high_hz", s.get("low_hz", 0)) for s in pattern["segments"]), default=0)
    steepest = 32767 * 2 * math.pi * top / 22050
    jump = max((abs(b - a) for a, b in zip(data, data[1:])), default=0)
    check(name, "largest jump", jump, 0, steepest)


def measure(name, pattern, path):
    data, rate = samples_of(path)
    sounds, span = expected_sounds(pattern)
    total = sounds[-1][1] if sounds else span
    check(name, "total length (s)", len(data) / rate, total, total * 0.01)
    got = sounds_of(data, rate)
    check(name, "number of sounds", len(got), len(sounds), 0)
    measure_jumps(name, data, pattern)
    if len(got) != len(sounds):
        return
    for (a, b), (start, end, segments) in zip(got, sounds):
        check(name, "length of a sound (s)", (b - a) / rate, end - start, (end - start) * 0.01)
        check(name, "start of a sound (s)", a / rate, start, 0.1)
        for segment in segments:
            measure_segment(name, data, rate, *segment)
    for (_, b), (a, _), want, following in zip(got, got[1:], sounds, sounds[1:]):
        check(name, "gap (s)", (a - b) / rate, following[0] - want[1], 0.1)


def main():
    player, folder = sys.argv[1:3]
    names = sorted(f[:-5] for f in os.listdir(folder) if f.endswith(".json"))
    with tempfile.TemporaryDirectory() as work:
        for name in names:
            path = os.path.join(work, name + ".wav")
            subprocess.run([player, folder, name, "0", "wav:" + path], check=True)
            with open(os.path.join(folder, name + ".json"), encoding="utf-8") as f:
                measure(name, json.load(f), path)
            os.remove(path)
    for line in failures:
        print(line)
    print(f"{len(names)} patterns, {measured} measurements, {len(failures)} outside their limits")
    return 1 if failures or not names else 0


if __name__ == "__main__":
    sys.exit(main())
