// SPDX-License-Identifier: GPL-2.0-only
#include "bpf/attach/kernel_btf.h"

#include <bpf/btf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <string.h>

int kernel_btf(struct btf **ret, struct error *err)
{
	struct btf *btf = btf__load_vmlinux_btf();

	if (libbpf_get_error(btf))
		return error_set(err, -ENOENT,
				 "this kernel does not describe its types: no "
				 "/sys/kernel/btf/vmlinux (CONFIG_DEBUG_INFO_BTF); memsim snapshot "
				 "and memsim import do without");
	*ret = btf;
	return 0;
}

bool kernel_enum_value(const struct btf *btf, const struct btf_type *type, const char *enumerator,
		       int32_t *ret)
{
	const struct btf_enum *e = btf_enum(type);

	for (int i = 0; i < btf_vlen(type); i++)
		if (!strcmp(btf__name_by_offset(btf, e[i].name_off), enumerator)) {
			*ret = e[i].val;
			return true;
		}
	return false;
}

const struct btf_type *kernel_enum(const struct btf *btf, const char *enumerator)
{
	uint32_t nr = btf__type_cnt(btf);
	int32_t value;

	for (uint32_t id = 1; id < nr; id++) {
		const struct btf_type *type = btf__type_by_id(btf, id);

		if (btf_is_enum(type) && kernel_enum_value(btf, type, enumerator, &value))
			return type;
	}
	return NULL;
}
