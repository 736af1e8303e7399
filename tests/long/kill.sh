#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# kill.sh: 2,000 times kill -9 of hub, edge and sirens; the plain programs, as in life.
set -eu
BELFRY_BUILD=${BELFRY_RELEASE:-$BELFRY_BUILD}
export BELFRY_BUILD
exec tests/system/kill_random.py 2000 20
