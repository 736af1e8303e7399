#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# orders.sh: 10^6 runs of reordered orders, 105,000 forgeries and 1,000 stolen hubs; the plain programs.
set -eu
build=${BELFRY_RELEASE:-$BELFRY_BUILD}
"$build/tests/sim/reorder" 1000000
"$build/tests/sim/forgeries" 20261122 1000
