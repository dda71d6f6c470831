// SPDX-License-Identifier: GPL-2.0-only
#include "bpf/attach/ladder.h"

#include <bpf/bpf.h>
#include <bpf/btf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <linux/bpf.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

struct climb {
	const struct btf *btf;
	bool trampolines, kprobes;
};

/* Returns the program, or a negative errno: the kernel refuses functions whose arguments it cannot pass on. */
static int load_trial(const struct btf *btf, const char *function, enum bpf_attach_type type)
{
	static const struct bpf_insn nothing[] = {
		{.code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = BPF_REG_0},
		{.code = BPF_JMP | BPF_EXIT},
	};
	LIBBPF_OPTS(bpf_prog_load_opts, opts, .expected_attach_type = type);
	int id = btf__find_by_name_kind(btf, function, BTF_KIND_FUNC);

	if (id < 0)
		return id;
	opts.attach_btf_id = (uint32_t)id;
	return bpf_prog_load(BPF_PROG_TYPE_TRACING, "memsim_trial", "GPL", nothing, 2, &opts);
}

static bool has_fetch_and_add(void)
{
	static const struct bpf_insn add[] = {
		{.code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = BPF_REG_0},
		{.code = BPF_STX | BPF_MEM | BPF_DW,
		 .dst_reg = BPF_REG_10,
		 .src_reg = BPF_REG_0,
		 .off = -8},
		{.code = BPF_STX | BPF_ATOMIC | BPF_DW,
		 .dst_reg = BPF_REG_10,
		 .src_reg = BPF_REG_0,
		 .off = -8,
		 .imm = BPF_ADD | BPF_FETCH},
		{.code = BPF_JMP | BPF_EXIT},
	};
	int fd = bpf_prog_load(BPF_PROG_TYPE_SOCKET_FILTER, "memsim_trial", "GPL", add, 4, NULL);

	if (fd < 0)
		return fd != -EINVAL;
	close(fd);
	return true;
}

/* Some hypervisors and configurations load such a program and refuse to attach it. */
static int attach_trial(const struct btf *btf, const char *function)
{
	int program = load_trial(btf, function, BPF_TRACE_FENTRY), link;

	if (program < 0)
		return program;
	link = bpf_raw_tracepoint_open(NULL, program);
	if (link >= 0)
		close(link);
	close(program);
	return link < 0 ? link : 0;
}

static bool usable(void *arg, const struct hook *hook)
{
	struct climb *c = arg;
	int program;

	if (hook->how == HOOK_TP)
		return probe_args(c->btf, hook->target) == hook->args;
	if (hook_args(c->btf, hook->target) != hook->args)
		return false;
	if (hook->needs && btf__find_by_name_kind(c->btf, hook->needs, BTF_KIND_STRUCT) < 0)
		return false;
	if (hook->how == HOOK_KPROBE)
		return c->kprobes;
	if (!c->trampolines)
		return false;
	if (hook->how == HOOK_VIA)
		return true;
	program = load_trial(c->btf, hook->target,
			     hook->how == HOOK_FEXIT ? BPF_TRACE_FEXIT : BPF_TRACE_FENTRY);
	if (program < 0)
		return false;
	close(program);
	/* attaching takes milliseconds, and only this can fail: before v6.6 six arguments are the most */
	return hook->args <= 6 || !attach_trial(c->btf, hook->target);
}

void ladder_climb(const struct btf *btf, struct ladder *ret)
{
	struct climb c = {.btf = btf};
	int r = attach_trial(btf, "copy_page_range");

	memset(ret, 0, sizeof(*ret));
	ret->fetch_and_add = has_fetch_and_add();
	c.trampolines = !r;
	c.kprobes = !access("/sys/bus/event_source/devices/kprobe/type", R_OK);
	if (!c.trampolines)
		snprintf(ret->why, sizeof(ret->why),
			 "no tracepoint shows it, and this kernel refuses programs on functions "
			 "(fentry: %s%s)",
			 strerror(-r), c.kprobes ? "" : "; it has no kprobes");
	hooks_choose(usable, &c, ret->chosen);
}
