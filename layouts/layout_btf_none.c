// SPDX-License-Identifier: GPL-2.0-only
/* In place of layout_btf_read.c where memsim is built without libbpf. */
#include <errno.h>

#include "layouts/layout_btf.h"

int layout_btf_read(const char *path, struct layout_btf **ret, struct error *err)
{
	(void)ret;
	return error_set(err, -ENOTSUP, "%s: this memsim was built without BTF support", path);
}
