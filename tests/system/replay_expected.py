#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Does tests/replay/expected.py compute what was worked out by hand, rule by rule?"""
import os
import sys
import unittest

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
sys.path.insert(0, os.path.join(ROOT, "tests", "replay"))
import expected  # noqa: E402


def data(name):
    return expected.read(os.path.join(ROOT, "tests", "data", "alerts", name))


NESTED = data("nested.geojson")
FLAT = data("flat.geojson")


def nested(*rows):
    """Rows as (start, end, zone), in minutes and seconds; what each zone sounds as {zone: (a, c)}."""
    lines = ["start_utc\tend_utc\tzone_id\tlevel"]
    lines += [f"2031-05-04T10:{start}Z\t{f'2031-05-04T10:{end}Z' if end else ''}\t{zone}\ttown"
              for start, end, zone in rows]
    return counts(expected.expect("\n".join(lines) + "\n", NESTED))


def flat(*rows):
    lines = ["time_utc\tmsg_id\tcategory\tkind\tzone_id\tzone_he"]
    lines += [f"2031-05-04T10:{time}Z\t1\t1\t{kind}\t{zone}\tx" for time, kind, zone in rows]
    return counts(expected.expect("\n".join(lines) + "\n", FLAT))


def counts(day):
    return {zone: (day.alarms[zone], day.all_clears[zone]) for zone in day.alarms
            if day.alarms[zone] or day.all_clears[zone]}


class Expected(unittest.TestCase):
    def test_a_row_sounds_its_zone_and_below(self):
        self.assertEqual(nested(("00:00", "", "west")),
                         {"west": (1, 0), "ford": (1, 0), "hill": (1, 0)})

    def test_a_repeat_after_120_s_extends_and_after_121_s_sounds(self):
        self.assertEqual(flat(("00:00", "missiles", "101"), ("02:00", "missiles", "101")),
                         {"101": (1, 0)})
        self.assertEqual(flat(("00:00", "missiles", "101"), ("02:01", "missiles", "101")),
                         {"101": (2, 0)})

    def test_the_window_slides_with_the_newest_row(self):
        self.assertEqual(flat(("00:00", "missiles", "101"), ("01:50", "missiles", "101"),
                              ("03:40", "missiles", "101")), {"101": (1, 0)})

    def test_another_hazard_sounds_of_its_own(self):
        self.assertEqual(flat(("00:00", "missiles", "101"), ("00:10", "infiltration", "101"),
                              ("00:20", "aircraft_intrusion", "101")), {"101": (3, 0)})

    def test_an_alarm_that_ended_is_not_extended(self):
        self.assertEqual(nested(("00:00", "00:30", "port"), ("00:40", "00:50", "port")),
                         {"port": (2, 2)})

    def test_at_one_moment_the_alarm_comes_before_the_end(self):
        self.assertEqual(nested(("00:00", "00:30", "port"), ("00:30", "00:50", "port")),
                         {"port": (1, 1)})

    def test_an_alarm_is_over_when_all_its_rows_have_ended(self):
        self.assertEqual(nested(("00:00", "09:00", "port"), ("01:00", "02:00", "port"),
                                ("05:00", "08:00", "ford")), {"port": (1, 1), "ford": (1, 1)})

    def test_an_alarm_with_one_row_without_end_gives_no_all_clear(self):
        self.assertEqual(nested(("00:00", "01:00", "port"), ("00:30", "", "port")),
                         {"port": (1, 0)})

    def test_an_end_under_the_county_is_silent_and_the_county_clears_both(self):
        self.assertEqual(nested(("00:00", "09:00", "west"), ("03:00", "05:00", "ford")),
                         {"west": (1, 1), "ford": (2, 1), "hill": (1, 1)})

    def test_the_last_town_clears_the_county_that_ended_before(self):
        self.assertEqual(nested(("00:00", "05:00", "west"), ("03:00", "09:00", "ford")),
                         {"west": (1, 1), "ford": (2, 1), "hill": (1, 1)})

    def test_a_county_stays_owed_while_another_town_of_it_is_alarmed(self):
        self.assertEqual(nested(("00:00", "04:00", "west"), ("01:00", "05:00", "ford"),
                                ("01:00", "", "hill")),
                         {"west": (1, 0), "ford": (2, 1), "hill": (2, 0)})

    def test_towns_beside_one_another_do_not_overlap(self):
        self.assertEqual(nested(("00:00", "04:00", "ford"), ("01:00", "05:00", "hill")),
                         {"ford": (1, 1), "hill": (1, 1)})

    def test_an_owed_all_clear_is_given_once(self):
        self.assertEqual(nested(("00:00", "02:00", "west"), ("01:00", "03:00", "ford"),
                                ("05:00", "06:00", "ford")),
                         {"west": (1, 1), "ford": (3, 2), "hill": (1, 1)})

    def test_the_invented_flat_day(self):
        day = expected.expect(data("flat.tsv"), FLAT, "2031-05-04")
        self.assertEqual(counts(day), {"101": (4, 0), "102": (2, 0), "103": (1, 0), "104": (1, 0)})
        self.assertEqual(day.sums(), {"alerts": 8, "rows": 13, "unmatched": 2, "alarms": 8,
                                      "all_clears": 0})

    def test_the_invented_nested_day(self):
        day = expected.expect(data("nested.tsv"), NESTED, "2031-05-04")
        self.assertEqual(counts(day), {"land": (1, 1), "west": (2, 2), "east": (3, 2),
                                       "ford": (4, 3), "hill": (3, 2), "port": (5, 3)})
        self.assertEqual(day.unmatched, 1)

    def test_differences_name_the_zone(self):
        day = expected.expect(data("flat.tsv"), FLAT, "2031-05-04")
        self.assertEqual(expected.differences(day, day.table()), [])
        self.assertEqual(len(expected.differences(day, day.table().replace("103\t1", "103\t2"))), 1)
        self.assertEqual(len(expected.differences(day, "zone_id\talarms\tall_clears\n")), 4)


class Lines(unittest.TextTestResult):
    """One line a test: PASS what, FAIL what: why."""

    @staticmethod
    def name(test):
        return "replay rules: " + test.id().rpartition(".test_")[2].replace("_", " ")

    def addSuccess(self, test):
        print("PASS", self.name(test))

    def _wrong(self, test, err):
        print(f"FAIL {self.name(test)}: {' '.join(str(err[1]).split())[:300]}")

    def addFailure(self, test, err):
        super().addFailure(test, err)
        self._wrong(test, err)

    def addError(self, test, err):
        super().addError(test, err)
        self._wrong(test, err)


if __name__ == "__main__":
    runner = unittest.TextTestRunner(resultclass=Lines, stream=open(os.devnull, "w"))
    good = runner.run(unittest.defaultTestLoader.loadTestsFromTestCase(Expected)).wasSuccessful()
    sys.exit(0 if good else 1)
