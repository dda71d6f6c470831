/* SPDX-License-Identifier: GPL-2.0-only */
/* record.bpf.c compiled with MEMSIM_NO_FETCH. */
#ifndef BPF_NOFETCH_H
#define BPF_NOFETCH_H

#include <stddef.h>

const void *nofetch_elf(size_t *ret_len);

#endif
