// SPDX-License-Identifier: GPL-2.0-only
/*
 * Does things to pages whose number it knows, each in a process of its own, and says what a trace must hold.
 *	vm_known FILE EXPECTED
 *	vm_known --hold FILE		keeps memory of every sort until its input ends, for a census
 * FILE is created on a file system whose pages are only in the page cache. EXPECTED receives
 *	set NUMBER PFN...		as /proc/self/pagemap tells them: a witness that shares nothing
 *	expect WHAT PROCESS KIND MASK VALUE SET LOW HIGH
 * Events KIND of PROCESS on pages of SET (0: on any) with (arg & MASK) == VALUE concern LOW..HIGH pages.
 */
#include <fcntl.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "trace/event.h"

#ifndef MADV_COLLAPSE
#define MADV_COLLAPSE 25 /* v6.1; glibc 2.36 does not know it */
#endif

enum { PAGE = 4096, HUGE = 512, PAGES = 4096, FILE_PAGES = 1024, READS = 4, HUGES = 8, TASKS = 64 };

/* Pages that the process gave back before it had its area may be in the area: its stack, its buffers. */
enum { OWN = 8 };

static FILE *expected;
static const char *file_name;

static void fail(const char *what)
{
	perror(what);
	exit(1);
}

static void expect(const char *what, pid_t process, const char *kind, uint32_t mask, uint32_t value,
		   int set, unsigned int low, unsigned int high)
{
	fprintf(expected, "expect %s %d %s %u %u %d %u %u\n", what, process, kind, mask, value, set,
		low, high);
}

/* Address space of whole page tables, so that nobody else has pages in them. */
static volatile char *map_area(unsigned int pages, int flags, int fd)
{
	size_t len = (size_t)pages * PAGE, align = (size_t)HUGE * PAGE;
	char *p = mmap(NULL, len + align, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (p == MAP_FAILED)
		fail("mmap");
	p += align - (uintptr_t)p % align;
	p = mmap(p, len, PROT_READ | (fd < 0 ? PROT_WRITE : 0), flags | MAP_FIXED, fd, 0);
	if (p == MAP_FAILED)
		fail("mmap");
	return p;
}

static void touch(volatile char *area, unsigned int pages, bool write)
{
	for (unsigned int i = 0; i < pages; i++) {
		if (write)
			area[(size_t)i * PAGE] = 1;
		else
			(void)area[(size_t)i * PAGE];
	}
}

static uint64_t *read_pfns(const volatile char *area, unsigned int pages)
{
	int fd = open("/proc/self/pagemap", O_RDONLY);
	uint64_t *pfns = calloc(pages, sizeof(*pfns));
	size_t len = pages * sizeof(*pfns);

	if (fd < 0 || !pfns ||
	    pread(fd, pfns, len, (off_t)((uintptr_t)area / PAGE * 8)) != (ssize_t)len)
		fail("/proc/self/pagemap");
	for (unsigned int i = 0; i < pages; i++)
		pfns[i] &= ((uint64_t)1 << 55) - 1;
	close(fd);
	return pfns;
}

/* Returns whether they lie one behind the other, as in huge pages. */
static bool write_set(int set, const volatile char *area, unsigned int pages)
{
	uint64_t *pfns = read_pfns(area, pages);
	bool huge = true;

	fprintf(expected, "set %d", set);
	for (unsigned int i = 0; i < pages; i++) {
		fprintf(expected, " %" PRIu64, pfns[i]);
		huge &= i % HUGE ? pfns[i] == pfns[i - 1] + 1 : pfns[i] % HUGE == 0;
	}
	fputc('\n', expected);
	free(pfns);
	return huge;
}

static void wait_for(pid_t child)
{
	int status = 0;

	if (child < 0 || waitpid(child, &status, 0) != child)
		fail("fork");
	if (status) {
		fprintf(stderr, "process %d ended with wait status %#x\n", child, status);
		exit(1);
	}
}

static void anonymous(void)
{
	volatile char *area = map_area(PAGES, MAP_PRIVATE | MAP_ANONYMOUS, -1);
	pid_t self = getpid();

	(void)madvise((void *)area, (size_t)PAGES * PAGE, MADV_NOHUGEPAGE);
	touch(area, PAGES, true);
	write_set(1, area, PAGES);
	munmap((void *)area, (size_t)PAGES * PAGE);
	expect("anon_alloc", self, "page_alloc", 0, 0, 1, PAGES, PAGES + OWN);
	expect("anon_map", self, "map_add", MAPF_LEVEL | MAPF_ANON | MAPF_NEW, MAPF_ANON | MAPF_NEW,
	       1, PAGES, PAGES + OWN);
	expect("anon_unmap", self, "map_del", MAPF_LEVEL | MAPF_ANON, MAPF_ANON, 1, PAGES,
	       PAGES + OWN);
	/* per-CPU LRU batches, of 31 folios at most, may keep some for others to give back */
	expect("anon_free", self, "page_free", 0, 0, 1, PAGES - 62, PAGES + OWN);
	/* besides the area's own tables some for what the process touches for the first time */
	expect("page_tables", self, "pgtable_page", 1, 1, 0, PAGES / HUGE, PAGES / HUGE + 8);
}

static void forked(void)
{
	volatile char *area = map_area(PAGES, MAP_PRIVATE | MAP_ANONYMOUS, -1);
	pid_t self = getpid(), child;

	(void)madvise((void *)area, (size_t)PAGES * PAGE, MADV_NOHUGEPAGE);
	touch(area, PAGES, true);
	write_set(2, area, PAGES);
	child = fork();
	if (!child)
		_exit(0);
	wait_for(child);
	munmap((void *)area, (size_t)PAGES * PAGE);
	expect("fork_dup", self, "map_dup", MAPF_LEVEL | MAPF_ANON, MAPF_ANON, 2, PAGES, PAGES);
	expect("fork_exit", child, "map_del", MAPF_LEVEL | MAPF_ANON, MAPF_ANON, 2, PAGES, PAGES);
	expect("fork_unmap", self, "map_del", MAPF_LEVEL | MAPF_ANON, MAPF_ANON, 2, PAGES,
	       PAGES + OWN);
}

static void file(void)
{
	static char buffer[PAGE];
	int fd = open(file_name, O_RDWR | O_CREAT | O_EXCL, 0600);
	pid_t self = getpid();
	volatile char *area;

	for (unsigned int round = 0; round < 2; round++)
		for (unsigned int i = 0; i < FILE_PAGES; i++)
			if (pwrite(fd, buffer, PAGE, (off_t)i * PAGE) != PAGE)
				fail(file_name);
	for (unsigned int round = 0; round < READS; round++)
		for (unsigned int i = 0; i < FILE_PAGES; i++)
			if (pread(fd, buffer, PAGE, (off_t)i * PAGE) != PAGE)
				fail(file_name);
	area = map_area(FILE_PAGES, MAP_SHARED, fd);
	touch(area, FILE_PAGES, false);
	write_set(3, area, FILE_PAGES);
	munmap((void *)area, (size_t)FILE_PAGES * PAGE);
	close(fd);
	expect("file_add", self, "cache_add", 0, 0, 3, FILE_PAGES, FILE_PAGES);
	/* the first round of writes finds nothing; v5.10 looks up for read() as it does for write() */
	expect("file_get", self, "folio_get", 14, FOLIO_GET_ENTRY, 3, (READS + 1) * FILE_PAGES,
	       (READS + 1) * FILE_PAGES);
	expect("file_read", self, "folio_get", 15, FOLIO_GET_READ, 3, READS * FILE_PAGES,
	       READS * FILE_PAGES);
	expect("file_fault", self, "folio_get", 15, FOLIO_GET_MAP, 3, FILE_PAGES, FILE_PAGES);
	expect("file_map", self, "map_add", MAPF_LEVEL | MAPF_ANON, 0, 3, FILE_PAGES, FILE_PAGES);
	expect("file_unmap", self, "map_del", MAPF_LEVEL | MAPF_ANON, 0, 3, FILE_PAGES, FILE_PAGES);
}

/* Huge pages, or NULL where there are none to be had. */
static volatile char *huge_area(int set)
{
	volatile char *area = map_area(HUGES * HUGE, MAP_PRIVATE | MAP_ANONYMOUS, -1);

	(void)madvise((void *)area, (size_t)HUGES * HUGE * PAGE, MADV_HUGEPAGE);
	touch(area, HUGES * HUGE, true);
	return write_set(set, area, HUGES * HUGE) ? area : NULL;
}

static void huge(void)
{
	const uint32_t mask = MAPF_LEVEL | MAPF_ANON, value = MAPF_PMD | MAPF_ANON;
	const unsigned int pages = HUGES * HUGE;
	volatile char *area = huge_area(4);
	pid_t self = getpid(), child;

	if (!area)
		return;
	child = fork();
	if (!child)
		_exit(0);
	wait_for(child);
	munmap((void *)area, (size_t)pages * PAGE);
	expect("huge_map", self, "map_add", mask | MAPF_NEW, value | MAPF_NEW, 4, pages, pages);
	expect("huge_dup", self, "map_dup", mask, value, 4, pages, pages);
	expect("huge_exit", child, "map_del", mask, value, 4, pages, pages);
	expect("huge_unmap", self, "map_del", mask, value, 4, pages, pages);
}

/*
 * What is said to be cold begins in the middle of each huge page, which is therefore split, mapped page by page, taken
 * out of the page table while that goes on, and put back.
 */
static void split(void)
{
	const unsigned int pages = HUGES * HUGE;
	volatile char *area = huge_area(5);
	pid_t self = getpid();

	if (!area)
		return;
	for (unsigned int i = 0; i < HUGES; i++)
		if (madvise((void *)(area + ((size_t)i * HUGE + 1) * PAGE), PAGE, MADV_COLD))
			fail("MADV_COLD");
	munmap((void *)area, (size_t)pages * PAGE);
	expect("split", self, "thp", THP_WHAT, THP_SPLIT, 5, pages, pages);
	expect("split_to_0", self, "thp", ~0u, THP_SPLIT, 5, pages, pages);
	expect("split_pmd", self, "map_del", MAPF_LEVEL | MAPF_ANON, MAPF_PMD | MAPF_ANON, 5, pages,
	       pages);
	/* before v6.2 they are mapped one by one first, and then replaced by migration entries */
	expect("split_ptes", self, "map_add", MAPF_LEVEL | MAPF_ANON | MAPF_NEW, MAPF_ANON, 5,
	       pages, 2 * pages);
	expect("split_unmap", self, "map_del", MAPF_LEVEL | MAPF_ANON, MAPF_ANON, 5, pages,
	       2 * pages + OWN);
}

/* Of each huge page a half goes: the mapping is split, the huge page itself is not. */
static void halve(void)
{
	const unsigned int pages = HUGES * HUGE;
	volatile char *area = huge_area(6);
	pid_t self = getpid();

	if (!area)
		return;
	for (unsigned int i = 0; i < HUGES; i++)
		munmap((void *)(area + (size_t)i * HUGE * PAGE), (size_t)HUGE / 2 * PAGE);
	munmap((void *)area, (size_t)pages * PAGE);
	expect("halve_split", self, "thp", THP_WHAT, THP_SPLIT, 6, 0, 0);
	expect("halve_pmd", self, "map_del", MAPF_LEVEL | MAPF_ANON, MAPF_PMD | MAPF_ANON, 6, pages,
	       pages);
	expect("halve_ptes", self, "map_add", MAPF_LEVEL | MAPF_ANON | MAPF_NEW, MAPF_ANON, 6,
	       pages, pages);
	expect("halve_unmap", self, "map_del", MAPF_LEVEL | MAPF_ANON, MAPF_ANON, 6, pages, pages);
}

/* What khugepaged does, at once and by the process itself (v6.1). */
static void collapse(void)
{
	const unsigned int pages = HUGES * HUGE;
	volatile char *area = map_area(pages, MAP_PRIVATE | MAP_ANONYMOUS, -1);
	size_t len = (size_t)pages * PAGE;
	pid_t self = getpid();

	(void)madvise((void *)area, len, MADV_NOHUGEPAGE);
	touch(area, pages, true);
	write_set(8, area, pages);
	(void)madvise((void *)area, len, MADV_HUGEPAGE);
	if (madvise((void *)area, len, MADV_COLLAPSE))
		return;
	/* what waits to be put on the LRU lists makes it look twice */
	expect("scanned", self, "thp", THP_WHAT, THP_SCAN, 8, pages, pages + HUGE);
	expect("collapsed", self, "thp", THP_WHAT, THP_COLLAPSE, 8, pages, pages + HUGE);
	munmap((void *)area, len);
}

/* Kernel stacks are vmalloc()ed: four pages each from the bulk allocator, or as one block of them. */
static void tasks(void)
{
	pid_t self = getpid(), children[TASKS];
	int go[2];
	char byte;

	if (pipe(go) < 0)
		fail("pipe");
	for (int i = 0; i < TASKS; i++) {
		children[i] = fork();
		if (!children[i]) {
			close(go[1]);
			_exit(read(go[0], &byte, 1) != 0);
		}
	}
	close(go[1]);
	for (int i = 0; i < TASKS; i++)
		wait_for(children[i]);
	/* each CPU keeps two stacks of tasks that are gone */
	expect("stacks", self, "bulk_alloc", 0, 0, 0, 4 * (TASKS - 4), 4 * (TASKS + 4));
	/* struct task_struct alone is several KiB: at least a slab of 32 KiB for eight of them */
	expect("slabs", self, "slab_page", 1, 1, 0, TASKS / 8, 1000000);
}

/*
 * Let the kernel look through memory, so that there is something to hold its own counters against. It moves pages to
 * the other end of memory where there are holes, in the process that asks for it: which ones, this one sees by their
 * new pfns. So much that some of it lies at the end that they are moved from.
 */
static void compaction(void)
{
	int fd = open("/proc/sys/vm/compact_memory", O_WRONLY);
	uint64_t *before, *after;
	unsigned int pages, moved = 0;
	volatile char *area;

	/* two at a time would take more than there is: the lock goes with the process */
	if (fd < 0 || flock(fd, LOCK_EX) < 0)
		fail("/proc/sys/vm/compact_memory");
	pages = (unsigned int)(sysconf(_SC_AVPHYS_PAGES) / 10 * 7);
	area = map_area(pages, MAP_PRIVATE | MAP_ANONYMOUS, -1);
	(void)madvise((void *)area, (size_t)pages * PAGE, MADV_NOHUGEPAGE);
	touch(area, pages, true);
	for (unsigned int i = 0; i < pages; i += 2)
		(void)madvise((void *)(area + (size_t)i * PAGE), PAGE, MADV_DONTNEED);
	before = read_pfns(area, pages);
	if (write(fd, "1", 1) != 1)
		fail("/proc/sys/vm/compact_memory");
	after = read_pfns(area, pages);
	fputs("set 7", expected);
	for (unsigned int i = 0; i < pages; i++) {
		if (before[i] == after[i])
			continue;
		fprintf(expected, " %" PRIu64, before[i]);
		moved++;
	}
	fputc('\n', expected);
	/* by whoever compacts memory just then; to where others of the set were, some may be moved on */
	expect("moved", 0, "migrate", 0, 0, 7, moved, moved + moved / 8);
	free(before);
	free(after);
	close(fd);
}

/* More of each sort than any tolerance hides; FILE is on tmpfs. Says "held" once it is. */
static int hold(const char *name)
{
	int fd = open(name, O_RDWR | O_CREAT, 0600);
	volatile char *area = map_area(2 * PAGES, MAP_PRIVATE | MAP_ANONYMOUS, -1);
	volatile char *large = map_area(HUGES * HUGE, MAP_PRIVATE | MAP_ANONYMOUS, -1);
	char byte;

	/* PROT_WRITE is only for memory without a file: see map_area() */
	if (fd < 0 || ftruncate(fd, (off_t)PAGES * PAGE) < 0)
		fail(name);
	for (unsigned int i = 0; i < PAGES; i++)
		if (pwrite(fd, "x", 1, (off_t)i * PAGE) != 1)
			fail(name);
	(void)madvise((void *)area, (size_t)2 * PAGES * PAGE, MADV_NOHUGEPAGE);
	touch(area, 2 * PAGES, true);
	(void)madvise((void *)large, (size_t)HUGES * HUGE * PAGE, MADV_HUGEPAGE);
	touch(large, HUGES * HUGE, true);
	if (write(1, "held\n", 5) != 5)
		fail("stdout");
	return read(0, &byte, 1) < 0;
}

int main(int argc, char **argv)
{
	static void (*const phases[])(void) = {anonymous, forked,   file,  huge,      split,
					       halve,	  collapse, tasks, compaction};

	if (argc == 3 && !strcmp(argv[1], "--hold"))
		return hold(argv[2]);
	if (argc != 3)
		return 2;
	file_name = argv[1];
	expected = fopen(argv[2], "ae");
	if (!expected)
		fail(argv[2]);
	for (size_t i = 0; i < sizeof(phases) / sizeof(phases[0]); i++) {
		pid_t child = fork();

		if (!child) {
			phases[i]();
			exit(0);
		}
		wait_for(child);
	}
	return 0;
}
