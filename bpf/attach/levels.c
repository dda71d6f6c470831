// SPDX-License-Identifier: GPL-2.0-only
#include "bpf/attach/levels.h"

#include "bpf/wire.h"

#include "bpf/record_levels.skel.h"

const void *levels_elf(size_t *ret_len)
{
	return record_levels_bpf__elf_bytes(ret_len);
}
