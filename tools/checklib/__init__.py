# SPDX-License-Identifier: GPL-3.0-or-later
"""The parts of ./check: jobs.py says what is checked, runner.py runs and counts it."""
