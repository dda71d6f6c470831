/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Which events are recorded at all: those of chosen threads on chosen CPUs, and those of the pages which such an
 * event allocated, whoever causes them, until they are freed. Of these only what falls into the sample. BPF side.
 */
#ifndef BPF_SELECT_BPF_H
#define BPF_SELECT_BPF_H

#include "bpf/programs/append.bpf.h"
#include "trace/sample.h"

const volatile struct wire_select selection;

uint32_t sample_mask; /* one page in so many more than this is recorded */
uint32_t judgements;  /* counts what may make a thread chosen, or no longer chosen, while it runs */

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, uint32_t);
	__type(value, struct wire_owned);
} owned SEC(".maps");

/*
 * Chosen processes: WIRE_LOCAL | id in the recorder's pid namespace as told, others by the id that the kernel uses. What
 * was told becomes 0 when the process has been met: another may get its number when it has ended.
 */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, WIRE_MEMBERS);
	__type(key, uint64_t);
	__type(value, uint8_t);
} members SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_CGROUP_ARRAY);
	__uint(max_entries, 1);
	__uint(key_size, 4);
	__uint(value_size, 4);
} chosen_cgroup SEC(".maps");

/* Process id << 32 | thread id as the recorder would name them; 0 for threads outside its pid namespace. */
static __always_inline uint64_t local_ids(void)
{
	struct bpf_pidns_info ids = {0};

	if (bpf_get_ns_current_pid_tgid(selection.ns_dev, selection.ns_ino, &ids, sizeof(ids)))
		return 0;
	return (uint64_t)ids.tgid << 32 | ids.pid;
}

static __always_inline int is_member(uint64_t process)
{
	uint64_t local;
	uint8_t yes = 1, *told;

	if (bpf_map_lookup_elem(&members, &process))
		return 1;
	local = local_ids() >> 32 | WIRE_LOCAL;
	told = bpf_map_lookup_elem(&members, &local);
	if (!told || !*told)
		return 0;
	bpf_map_update_elem(&members, &process, &yes, 0);
	*told = 0;
	return 1;
}

/* Asking costs, so the answer is kept until another thread causes an event on this CPU. */
static __always_inline int chosen_thread(struct wire_cpu *home)
{
	uint64_t id, known, key;

	if (selection.by_cpu && home->barred)
		return 0;
	if (!selection.by_pid && !selection.by_cgroup)
		return 1;
	id = bpf_get_current_pid_tgid();
	key = (uint64_t)judgements << 33 | (uint32_t)id;
	known = *(volatile uint64_t *)&home->judged;
	if ((known & ~WIRE_CHOSEN) == key)
		return !!(known & WIRE_CHOSEN);
	if ((!selection.by_pid || is_member(id >> 32)) &&
	    (!selection.by_cgroup || bpf_current_task_under_cgroup(&chosen_cgroup, 0) == 1))
		key |= WIRE_CHOSEN;
	*(volatile uint64_t *)&home->judged = key;
	return !!(key & WIRE_CHOSEN);
}

static __always_inline uint8_t *mark_of(uint64_t pfn)
{
	uint32_t key = (uint32_t)(pfn / WIRE_OWNED_PAGES);
	struct wire_owned *marks = bpf_map_lookup_elem(&owned, &key);

	return marks ? &marks->page[pfn % WIRE_OWNED_PAGES] : NULL;
}

/* Blocks are aligned, and at most 1024 pages. */
static __always_inline void mark(uint64_t pfn, uint32_t order, uint8_t value)
{
	uint32_t key = (uint32_t)(pfn / WIRE_OWNED_PAGES), first = pfn % WIRE_OWNED_PAGES, nr;
	struct wire_owned *marks = bpf_map_lookup_elem(&owned, &key);
	uint64_t word = value ? 0x0101010101010101 : 0;

	if (!marks || order > SAMPLE_SHIFT)
		return;
	nr = 1u << order;
	for (uint32_t i = 0; i < 4 && i < nr; i++)
		marks->page[(first + i) % WIRE_OWNED_PAGES] = value;
	for (uint32_t i = 0; i < (1u << SAMPLE_SHIFT) / 8 && 8 * i < nr && nr >= 8; i++)
		marks->word[(first / 8 + i) % (WIRE_OWNED_PAGES / 8)] = word;
}

static __always_inline int chosen_page(struct wire_cpu *home, uint32_t kind, uint64_t pfn,
				       uint32_t order)
{
	int chosen = chosen_thread(home), own;
	uint8_t *now = mark_of(pfn);

	own = now && *now;
	if (kind == EVENT_PAGE_ALLOC || kind == EVENT_BULK_ALLOC) {
		/* a mark that is left over belongs to a free which no program saw */
		if (chosen != own || order)
			mark(pfn, order, (uint8_t)chosen);
		return chosen;
	}
	if (kind == EVENT_PAGE_FREE && own)
		mark(pfn, order, 0);
	return chosen || own;
}

/* Whose page it was, its is, wherever it is now. */
static __always_inline void move_mark(uint64_t from, uint64_t to, uint32_t order)
{
	const uint8_t *was;

	if (!selection.by_cpu && !selection.by_pid && !selection.by_cgroup)
		return;
	was = mark_of(from);
	mark(to, order, was && *was);
}

/* Counters of an address space are in the sample with it; ranges of a file always are: their folios are told elsewhere. */
static __noinline int judge(struct wire_cpu *home, uint32_t cls, uint64_t word0, uint64_t object)
{
	uint32_t kind = word0 & ((1u << WIRE_KIND_BITS) - 1);
	uint32_t order = word0 >> WIRE_ORDER_SHIFT & ((1u << WIRE_ORDER_BITS) - 1);
	uint32_t mask = *(volatile uint32_t *)&sample_mask;
	uint64_t pfn = word0 >> WIRE_PFN_SHIFT;
	int page = WIRE_PAGE_KINDS >> kind & 1;

	if (mask && (page || kind == EVENT_RSS_STAT) && !sample_holds(page ? pfn : object, mask)) {
		__sync_fetch_and_add(&home->unsampled[cls & (WIRE_CLASSES - 1)], 1);
		return 0;
	}
	if (!selection.by_cpu && !selection.by_pid && !selection.by_cgroup)
		return 1;
	return page ? chosen_page(home, kind, pfn, order) : chosen_thread(home);
}

static __always_inline int selected(struct wire_cpu *home, uint32_t cls, uint64_t word0,
				    uint64_t object)
{
	return !home->choosy || judge(home, cls, word0, object);
}

static __always_inline void put(struct wire_cpu *c, uint32_t cpu, uint32_t kind, uint32_t cls,
				uint64_t word0, uint64_t object, uint64_t index)
{
	if (selected(c, cls, word0, object) && append(c, cpu, kind, word0, object, index) < 0)
		__sync_fetch_and_add(&c->lost[cls & (WIRE_CLASSES - 1)], 1);
}

static __always_inline void put_page(struct wire_cpu *c, uint32_t cpu, uint32_t kind, uint32_t cls,
				     uint64_t page, uint32_t order, uint32_t arg)
{
	put(c, cpu, kind, cls, wire_word0(kind, order, arg, pfn_above(c->vmemmap_base, page)), 0,
	    0);
}

static __always_inline void calibrate(uint64_t page)
{
	uint32_t nr = calibration_nr;

	if (!calibration_task || nr >= WIRE_CALIBRATION ||
	    (uint32_t)local_ids() != calibration_task)
		return;
	calibration[nr & (WIRE_CALIBRATION - 1)] = page;
	calibration_nr = nr + 1;
}

/* Children of chosen processes are chosen. The parent is the current thread, so its own choice may be new. */
SEC("tp_btf/sched_process_fork")
int BPF_PROG(select_fork, struct task_struct *parent, struct task_struct *child)
{
	uint64_t process = child->tgid;
	uint8_t yes = 1;

	if (is_member((uint32_t)parent->tgid))
		bpf_map_update_elem(&members, &process, &yes, 0);
	return 0;
}

/* A process ends with its first thread's structure: the kernel keeps that for the others. */
SEC("tp_btf/sched_process_free")
int BPF_PROG(select_free, struct task_struct *task)
{
	uint64_t process = task->tgid;

	if (task->pid == task->tgid)
		bpf_map_delete_elem(&members, &process);
	return 0;
}

SEC("tp_btf/cgroup_attach_task")
int select_move(uint64_t *ctx)
{
	__sync_fetch_and_add(&judgements, 1);
	return 0;
}

#endif
