/* SPDX-License-Identifier: GPL-3.0-or-later */
/* metrics.h: GET /metrics: the Prometheus text format, version 0.0.4. */
#ifndef EDGE_METRICS_H
#define EDGE_METRICS_H

#include "edge/site.h"

void metrics_write(struct buffer *out, const struct site_look *look, int64_t now_ms);

#endif
