/* SPDX-License-Identifier: GPL-2.0-only */
/* record.bpf.c compiled with MEMSIM_LEVELS. */
#ifndef BPF_LEVELS_H
#define BPF_LEVELS_H

#include <stddef.h>

const void *levels_elf(size_t *ret_len);

#endif
