#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
# check: alone
"""Two whole recorded days as fast as the chain goes; the plain programs, as in life."""
import os
import sys

if "BELFRY_RELEASE" in os.environ:
    os.environ["BELFRY_BUILD"] = os.environ["BELFRY_RELEASE"]
sys.path.insert(0, os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "system"))
import chain  # noqa: E402
import replay_real  # noqa: E402


def main():
    chain.need_programs()
    if not os.path.exists(os.path.join(chain.REAL, replay_real.IL[0])):
        chain.skipped("recorded days", f"no recordings in {chain.REAL}")
        sys.exit(77)
    replay_real.real("Ukraine, the whole of 2022-08-24", replay_real.UA, "2022-08-24")
    replay_real.real("Israel, the whole of 2023-10-07", replay_real.IL, "2023-10-07")
    chain.end()


if __name__ == "__main__":
    main()
