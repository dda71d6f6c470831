// SPDX-License-Identifier: GPL-2.0-only
#include "bpf/nofetch.h"

#include "bpf/wire.h"

#include "bpf/record_nofetch.skel.h"

const void *nofetch_elf(size_t *ret_len)
{
	return record_nofetch_bpf__elf_bytes(ret_len);
}
