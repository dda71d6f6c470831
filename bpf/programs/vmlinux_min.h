/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The few kernel types that the BPF programs name. Only members in use are listed: CO-RE finds them
 * by name in the running kernel's BTF, so neither their order nor what lies between matters, and
 * the build reads nothing of the build host's kernel. Flavours (NAME___x) are one type as different
 * kernels have it; libbpf matches the part before the three underscores.
 */
#ifndef BPF_VMLINUX_MIN_H
#define BPF_VMLINUX_MIN_H

#include <stdint.h>

typedef uint8_t __u8;
typedef int16_t __s16;
typedef uint16_t __u16;
typedef int32_t __s32;
typedef uint32_t __u32;
typedef int64_t __s64;
typedef uint64_t __u64;
typedef uint16_t __be16;
typedef uint32_t __be32;
typedef uint32_t __wsum;

/* include/uapi/linux/bpf.h: numbers of the system call interface, frozen */
enum {
	BPF_MAP_TYPE_HASH = 1,
	BPF_MAP_TYPE_ARRAY = 2,
	BPF_MAP_TYPE_CGROUP_ARRAY = 8,
	BPF_F_MMAPABLE = 1 << 10,
};

struct bpf_pidns_info {
	__u32 pid, tgid;
};

/* include/linux/sched.h: frozen in practice, bit 21 since v2.6.26 */
#define PF_KTHREAD 0x00200000

#pragma clang attribute push(__attribute__((preserve_access_index)), apply_to = record)

struct list_head {
	struct list_head *next, *prev;
};

struct address_space;
struct mm_struct {
	void *pgd;
};

struct page {
	struct address_space *mapping;
	unsigned long index;
};

/* flags is a word up to v6.17 ... */
struct page___word {
	unsigned long flags;
};

/* ... and a structure since v6.18 */
typedef struct {
	unsigned long f;
} memdesc_flags_t;

struct page___memdesc {
	memdesc_flags_t flags;
};

/* v5.10 and v5.15: the order of a compound page is a byte of its second struct page */
struct page___compound_order {
	unsigned char compound_order;
};

/* the first page of a compound page, as its others name it: up to v6.19, and since v7.0 */
struct page___compound_head {
	unsigned long compound_head;
};

struct page___compound_info {
	unsigned long compound_info;
};

typedef struct {
	int counter;
} atomic_t;

/* page_type lies over _mapcount */
struct page___counts {
	atomic_t _mapcount, _refcount;
};

struct page___lru {
	struct list_head lru;
};

/* of a free block's first page: its order */
struct page___buddy {
	unsigned long private;
};

struct folio___entire {
	atomic_t _entire_mapcount;
};

struct folio {
	struct address_space *mapping;
	unsigned long index;
};

/* v6.1: a byte in the second page's part of struct folio */
struct folio___order_byte {
	unsigned char _folio_order;
};

/* since v6.6: low byte of _flags_1, a member that v6.1 has too, for something else */
struct folio___flags_1 {
	unsigned long _flags_1;
};

/* since v5.11 (bcfe06bf2622), a pointer and enum page_memcg_data_flags */
struct page___memcg {
	unsigned long memcg_data;
};

struct kernfs_node {
	__u64 id; /* the inode, on 64-bit machines */
};

struct cgroup {
	struct kernfs_node *kn;
};

struct cgroup_subsys_state {
	struct cgroup *cgroup;
	unsigned int flags;
	struct cgroup_subsys_state *parent;
};

struct mem_cgroup {
	struct cgroup_subsys_state css;
};

struct obj_cgroup {
	struct mem_cgroup *memcg;
};

/* a kernel of which every page, not those of the kernel only, is charged by way of an obj_cgroup */
struct obj_cgroup___for_all {
	_Bool is_root;
};

struct task_struct {
	unsigned int flags;
	int pid, tgid;
};

struct folio_batch {
	unsigned char nr;
	struct folio *folios[1];
};

struct vm_area_struct {
	struct mm_struct *vm_mm;
	unsigned long vm_start;
	unsigned long vm_end;
	struct anon_vma *anon_vma;
};

struct vm_fault {
	void *pmd;
	struct page *cow_page;
};

/* since v5.17 */
struct slab___objects {
	unsigned int objects : 15;
};

/* a page, or a folio in the same place: both names since v6.2 */
struct buffer_head {
	struct page *b_page;
};

struct pt_regs {
#ifdef __TARGET_ARCH_x86
	unsigned long cx, r9;
#define PARM4(ctx) ((ctx)->cx)
#define PARM6(ctx) ((ctx)->r9)
#else
	unsigned long regs[31];
#define PARM4(ctx) ((ctx)->regs[3])
#define PARM6(ctx) ((ctx)->regs[5])
#endif
};

#pragma clang attribute pop

enum pageflags {
	PG_head,
	PG_locked,
	PG_referenced,
	PG_uptodate,
	PG_dirty,
	PG_lru,
	PG_active,
	PG_writeback,
	PG_reclaim,
	PG_unevictable,
	PG_mlocked,
	PG_swapbacked,
	PG_swapcache,
	PG_private,
	PG_hwpoison,
	PG_reserved,
	PG_double_map, /* up to v6.1 */
};

enum page_memcg_data_flags {
	MEMCG_DATA_OBJEXTS,
	MEMCG_DATA_KMEM,
	__NR_MEMCG_DATA_FLAGS,
};

/* include/linux/cgroup-defs.h: an enumeration without a name; the bit since v3.12 (92fb97487a7e) */
#define CSS_ONLINE (1 << 1)

/* an enumeration of values for the highest byte of page_type since v6.12 (4ffca5a96678) */
enum pagetype {
	PGTY_buddy,
	PGTY_offline,
	PGTY_table,
	PGTY_hugetlb,
	PGTY_slab,
	PGTY_zsmalloc,
	PGTY_unaccepted,
	PGTY_large_kmalloc,
	PGTY_netpp,
};

#endif
