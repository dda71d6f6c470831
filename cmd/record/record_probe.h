/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef CMD_RECORD_PROBE_H
#define CMD_RECORD_PROBE_H

#include <stdbool.h>

#include "base/error.h"

/* memsim record --probe */
int record_probe(bool json, struct error *err) __must_check;

#endif
