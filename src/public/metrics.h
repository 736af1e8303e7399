/* SPDX-License-Identifier: GPL-3.0-or-later */
/* metrics.h: GET /metrics: the Prometheus text format, version 0.0.4. */
#ifndef PUBLIC_METRICS_H
#define PUBLIC_METRICS_H

#include "public/site.h"

void metrics_write(struct buffer *out, const struct site_look *look, int64_t now_ms);

#endif
