// SPDX-License-Identifier: GPL-2.0-only
/*
 * A QEMU plugin that sees what a guest kernel does to its memmap between two markers.
 *	-plugin truth_plugin.so,log=FILE[,cache=l1=48K/12,,l2=2M/16,,llc=8M/16][,period=NS]
 * The log has every load and store of struct page, for memsim import --accesses. With cache: all accesses of the
 * guest, user and kernel, go by physical address through that hierarchy (L1 and L2 per vCPU, one LLC; no
 * instruction fetches, no page walks), and each access to the memmap is told where it hit; where all others hit is
 * counted, and the counters are logged every NS ns (100000) of the guest in which vCPUs were busy. Times are the guest's.
 *
 * The guest must run with nokaslr and four-level paging: then the memmap of x86-64 starts at VMEMMAP and
 * kernel text, modules and BPF programs are in the top 2 GiB (Documentation/arch/x86/x86_64/mm.rst).
 */
#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/num.h"
#include "sim/cache/cache.h"
#include "tests/truth/marker.h"
#include "tests/truth/plugin_log.h"
#include "tests/truth/qemu_plugin_abi.h"

#define VMEMMAP 0xffffea0000000000ULL
#define VMEMMAP_SIZE (1ULL << 40)
#define KERNEL_TEXT 0xffffffff80000000ULL
#define LOCKED (1ULL << 32) /* in a callback's context, beside the low half of the pc */

enum { MAX_CPUS = LOG_CPUS, LINE_SHIFT = 6, DEFAULT_PERIOD_NS = 100000 };

static const uint64_t MAX_PERIOD_NS = 1000000000;

__attribute__((visibility("default"))) int qemu_plugin_version = QEMU_PLUGIN_ABI_VERSION;

/* The interface hands no context to translation callbacks, so there is one instance. */
static struct {
	pthread_mutex_t lock; /* everything below, while counting */
	bool counting;
	struct cache_hierarchy *caches; /* NULL: no cache mode */
	unsigned int nr_cpus;
	uint64_t other_hits[MAX_CPUS][CACHE_LEVEL_MAX]; /* not the memmap */
	uint64_t instructions, start_instructions;	/* of all vCPUs, which take turns */
	uint64_t marker_ns;
	uint64_t period_ns;
	uint64_t
		due; /* at so many instructions the counters are logged next: one is a nanosecond */
	uint64_t said; /* by the program that sets the markers, byte by byte */
	unsigned int said_len;
	uint32_t last_call[MAX_CPUS]; /* written by their own vCPU only */
	struct log log;
} truth = {.lock = PTHREAD_MUTEX_INITIALIZER, .period_ns = DEFAULT_PERIOD_NS};

/*
 * The guest's clock, which counts instructions and the time when all vCPUs were halted. A vCPU may not ask for it
 * in the middle of a block of instructions, and QEMU adds up what it has executed only at the end of its slice: so
 * it asks as nobody, keeps the halts, and counts instructions itself.
 */
static uint64_t guest_ns(void)
{
	void *cpu = current_cpu;
	int64_t halted;

	current_cpu = NULL;
	halted = qemu_clock_get_ns(QEMU_CLOCK_VIRTUAL) - icount_to_ns(icount_get_raw());
	current_cpu = cpu;
	return (uint64_t)(halted + icount_to_ns((int64_t)truth.instructions));
}

static void log_counters(uint64_t ns)
{
	log_add(&truth.log, ns, ACCESS_LOG_COUNTER, ACCESS_LOG_INSTRUCTIONS,
		truth.instructions - truth.start_instructions);
	for (uint64_t cpu = 0; cpu < truth.nr_cpus && truth.caches; cpu++)
		for (unsigned int level = 0; level < CACHE_LEVEL_MAX; level++)
			log_add(&truth.log, ns, ACCESS_LOG_COUNTER,
				cpu << ACCESS_LOG_CPU_SHIFT | (ACCESS_LOG_OTHER + level),
				truth.other_hits[cpu][level]);
	truth.due = truth.instructions + truth.period_ns;
}

/*
 * At any access, not only at those to the memmap: between two of these others may fill the caches for long. Time in which
 * all vCPUs are halted is not waited for, as nothing fills the caches then, and asking the clock each time would take longer
 * than all the rest.
 */
static void log_counters_if_due(void)
{
	if (truth.instructions >= truth.due)
		log_counters(guest_ns());
}

static void start_counting(void)
{
	pthread_mutex_lock(&truth.lock);
	truth.counting = true;
	truth.start_instructions = truth.instructions;
	truth.marker_ns = guest_ns();
	log_counters(truth.marker_ns);
	pthread_mutex_unlock(&truth.lock);
}

static void stop_counting(void)
{
	pthread_mutex_lock(&truth.lock);
	if (truth.counting) {
		truth.marker_ns = guest_ns();
		log_counters(truth.marker_ns);
		truth.counting = false;
	}
	pthread_mutex_unlock(&truth.lock);
}

/* Eight bytes, the highest first: what the guest's clock said at the marker before. */
static void listen(uint8_t byte)
{
	pthread_mutex_lock(&truth.lock);
	truth.said = truth.said << 8 | byte;
	if (++truth.said_len == sizeof(truth.said)) {
		log_add(&truth.log, truth.marker_ns, ACCESS_LOG_CLOCK, !truth.counting, truth.said);
		truth.said_len = 0;
	}
	pthread_mutex_unlock(&truth.lock);
}

/* Where the access hit; an access over two lines counts as the slower of both. */
static enum cache_level through_caches(unsigned int cpu, uint32_t info, uint64_t vaddr)
{
	const struct qemu_plugin_hwaddr *hw = qemu_plugin_get_hwaddr(info, vaddr);
	uint64_t at, end;
	enum cache_level slowest = CACHE_L1;

	if (!hw || qemu_plugin_hwaddr_is_io(hw))
		return CACHE_LEVEL_MAX;
	at = qemu_plugin_hwaddr_phys_addr(hw);
	end = at + (1ULL << qemu_plugin_mem_size_shift(info)) - 1;
	for (uint64_t line = at >> LINE_SHIFT; line <= end >> LINE_SHIFT; line++) {
		enum cache_level level = cache_access(truth.caches, cpu % MAX_CPUS, line,
						      qemu_plugin_mem_is_store(info));

		if (level > slowest)
			slowest = level;
	}
	return slowest;
}

static void log_memmap(unsigned int cpu, uint32_t info, uint64_t vaddr, uint64_t ctx,
		       enum cache_level level)
{
	/* the read-write bits of version 1's information word: an atomic helper reports both at once */
	uint64_t rw = info >> 16 & 3;

	log_access(&truth.log, guest_ns(), cpu % MAX_CPUS,
		   (vaddr - VMEMMAP) |
			   (uint64_t)qemu_plugin_mem_size_shift(info) << ACCESS_LOG_SIZE_SHIFT |
			   rw * ACCESS_LOG_LOAD | (ctx & LOCKED ? ACCESS_LOG_LOCKED : 0) |
			   (uint64_t)(level < CACHE_LEVEL_MAX ? level + 1 : 0)
				   << ACCESS_LOG_LEVEL_SHIFT,
		   (uint64_t)(uint32_t)ctx << 32 | truth.last_call[cpu % MAX_CPUS]);
}

static void on_kernel_access(unsigned int cpu, uint32_t info, uint64_t vaddr, void *ctx)
{
	if (!truth.counting || vaddr - VMEMMAP >= VMEMMAP_SIZE)
		return;
	pthread_mutex_lock(&truth.lock);
	log_memmap(cpu, info, vaddr, (uintptr_t)ctx, CACHE_LEVEL_MAX);
	log_counters_if_due();
	pthread_mutex_unlock(&truth.lock);
}

static void on_cached_access(unsigned int cpu, uint32_t info, uint64_t vaddr, void *ctx)
{
	enum cache_level level;

	if (!truth.counting)
		return;
	pthread_mutex_lock(&truth.lock);
	level = through_caches(cpu, info, vaddr);
	if (vaddr - VMEMMAP < VMEMMAP_SIZE)
		log_memmap(cpu, info, vaddr, (uintptr_t)ctx, level);
	else if (level < CACHE_LEVEL_MAX)
		truth.other_hits[cpu % MAX_CPUS][level]++;
	log_counters_if_due();
	pthread_mutex_unlock(&truth.lock);
}

static void on_user_store(unsigned int cpu, uint32_t info, uint64_t vaddr, void *ctx)
{
	(void)cpu;
	(void)info;
	(void)ctx;
	if (vaddr == TRUTH_MARKER_START)
		start_counting();
	else if (vaddr == TRUTH_MARKER_STOP)
		stop_counting();
	else if (vaddr - TRUTH_MARKER_SAY < TRUTH_MARKER_BYTES)
		listen((uint8_t)(vaddr - TRUTH_MARKER_SAY));
}

/* A call stores its return address, so it is seen as one more access. */
static void on_call(unsigned int cpu, uint32_t info, uint64_t vaddr, void *ctx)
{
	(void)info;
	(void)vaddr;
	truth.last_call[cpu % MAX_CPUS] = (uint32_t)(uintptr_t)ctx;
}

/* call rel32, and call through register or memory. */
static bool is_call(const struct qemu_plugin_insn *insn)
{
	const uint8_t *bytes = qemu_plugin_insn_data(insn);
	size_t size = qemu_plugin_insn_size(insn), i = 0;

	while (i + 1 < size && ((bytes[i] & 0xf0) == 0x40 || bytes[i] == 0x2e))
		i++;
	return bytes[i] == 0xe8 ||
	       (bytes[i] == 0xff && i + 1 < size && (bytes[i + 1] >> 3 & 7) == 2);
}

/*
 * A lock prefix anywhere before the opcode, or xchg with memory, which locks by itself. With one CPU the kernel
 * replaces its lock prefixes by DS prefixes (alternatives_smp_unlock(), arch/x86/kernel/alternative.c).
 */
static bool is_locked(const struct qemu_plugin_insn *insn)
{
	const uint8_t *bytes = qemu_plugin_insn_data(insn);
	size_t size = qemu_plugin_insn_size(insn);

	for (size_t i = 0; i < size; i++) {
		uint8_t b = bytes[i];

		if (b == 0xf0 || b == 0x3e)
			return true;
		if (b == 0x86 || b == 0x87)
			return true;
		/* operand size, rep, segment overrides and REX go before the opcode */
		if (b != 0x66 && b != 0xf2 && b != 0xf3 && b != 0x2e && b != 0x65 &&
		    (b & 0xf0) != 0x40)
			return false;
	}
	return false;
}

static void on_translation(uint64_t id, struct qemu_plugin_tb *tb)
{
	size_t nr = qemu_plugin_tb_n_insns(tb);

	(void)id;
	qemu_plugin_register_vcpu_tb_exec_inline(tb, QEMU_PLUGIN_INLINE_ADD_U64,
						 &truth.instructions, nr);
	for (size_t i = 0; i < nr; i++) {
		struct qemu_plugin_insn *insn = qemu_plugin_tb_get_insn(tb, i);
		uint64_t pc = qemu_plugin_insn_vaddr(insn), ctx = (uint32_t)pc;

		if (is_locked(insn))
			ctx |= LOCKED;
		if (pc >= KERNEL_TEXT && is_call(insn))
			qemu_plugin_register_vcpu_mem_cb(insn, on_call, QEMU_PLUGIN_CB_NO_REGS,
							 QEMU_PLUGIN_MEM_W, (void *)(uintptr_t)ctx);
		if (!(pc >> 63))
			qemu_plugin_register_vcpu_mem_cb(insn, on_user_store,
							 QEMU_PLUGIN_CB_NO_REGS, QEMU_PLUGIN_MEM_W,
							 NULL);
		if (truth.caches)
			qemu_plugin_register_vcpu_mem_cb(insn, on_cached_access,
							 QEMU_PLUGIN_CB_NO_REGS, QEMU_PLUGIN_MEM_RW,
							 (void *)(uintptr_t)ctx);
		else if (pc >= KERNEL_TEXT)
			qemu_plugin_register_vcpu_mem_cb(insn, on_kernel_access,
							 QEMU_PLUGIN_CB_NO_REGS, QEMU_PLUGIN_MEM_RW,
							 (void *)(uintptr_t)ctx);
	}
}

static void on_exit_of_qemu(uint64_t id, void *ctx)
{
	(void)id;
	(void)ctx;
	stop_counting();
	if (log_close(&truth.log) != 0)
		perror("truth plugin");
}

static int use_option(const char *option, unsigned int cpus)
{
	struct cache_geometry geometry;
	struct error err = {0};

	if (strncmp(option, "log=", 4) == 0)
		return log_open(&truth.log, option + 4);
	if (strncmp(option, "period=", 7) == 0 &&
	    num_parse(option + 7, "period", 1, MAX_PERIOD_NS, &truth.period_ns, &err) == 0)
		return 0;
	if (strncmp(option, "cache=", 6) == 0 &&
	    cache_geometry_parse(option + 6, &geometry, &err) == 0 &&
	    cache_hierarchy_create(&geometry, cpus, false, &truth.caches, &err) == 0)
		return 0;
	fprintf(stderr, "truth plugin: '%s': %s\n", option, err.code ? err.msg : "no such option");
	return -1;
}

__attribute__((visibility("default"))) int
qemu_plugin_install(uint64_t id, const struct qemu_plugin_info *info, int argc, char **argv)
{
	if (!info->system_emulation || info->system.smp_vcpus > MAX_CPUS) {
		fprintf(stderr, "truth plugin: emulates a system of at most %d CPUs\n", MAX_CPUS);
		return -1;
	}
	truth.nr_cpus = (unsigned int)info->system.smp_vcpus;
	for (int i = 0; i < argc; i++)
		if (use_option(argv[i], (unsigned int)info->system.smp_vcpus) < 0)
			return -1;
	if (use_icount != 1) {
		fputs("truth plugin: the guest's clock must count instructions: -icount shift=0\n",
		      stderr);
		return -1;
	}
	if (!truth.log.out) {
		fputs("truth plugin: log=FILE is missing\n", stderr);
		return -1;
	}
	qemu_plugin_register_vcpu_tb_trans_cb(id, on_translation);
	qemu_plugin_register_atexit_cb(id, on_exit_of_qemu, NULL);
	return 0;
}
