// SPDX-License-Identifier: GPL-2.0-only
/*
 * Holds a trace against what the known program (known.c) says it did, and against docs/support-matrix.md.
 *	vm_check TRACE EXPECTED MATRIX KERNEL
 *	vm_check --census TRACE		its census against the guest's vmstat
 *	vm_check --charges TRACE INODE...	the pages of these memory cgroups against /proc/kpagecgroup
 * What a class cannot show on this kernel is not expected, but the matrix has to say so.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/counters.h"

enum { MAX_EXPECT = 64, MAX_SETS = 16, MAX_CPUS = 4096 };

struct expect {
	char what[32], kind_name[32];
	uint32_t process; /* 0: whoever it was */
	uint32_t mask, value;
	unsigned int set;
	uint64_t low, high, seen, instead;
	uint8_t kind;
};

struct check {
	struct expect expects[MAX_EXPECT];
	size_t nr;
	uint16_t *sets; /* by pfn: bit per set */
	uint64_t max_pfn, scanned[2], moves;
	uint32_t process[MAX_CPUS];
	struct trace_stat first, last;
	bool any_stat;
};

static int kind_find(const char *name)
{
	for (unsigned int kind = 0; kind < EVENT_KIND_MAX; kind++)
		if (event_info(kind) && !strcmp(event_info(kind)->name, name))
			return (int)kind;
	return -1;
}

static int read_set(struct check *c, FILE *f)
{
	unsigned int set;
	uint64_t pfn;

	if (fscanf(f, "%u", &set) != 1 || !set || set >= MAX_SETS)
		return -1;
	while (fscanf(f, "%" SCNu64, &pfn) == 1) {
		if (pfn >= c->max_pfn)
			return -1;
		c->sets[pfn] |= (uint16_t)(1u << set);
	}
	return 0;
}

static int read_expect(struct check *c, FILE *f)
{
	struct expect *e = &c->expects[c->nr];
	int kind;

	if (c->nr == MAX_EXPECT ||
	    fscanf(f, "%31s %" SCNu32 " %31s %" SCNu32 " %" SCNu32 " %u %" SCNu64 " %" SCNu64,
		   e->what, &e->process, e->kind_name, &e->mask, &e->value, &e->set, &e->low,
		   &e->high) != 8)
		return -1;
	kind = kind_find(e->kind_name);
	if (kind < 0)
		return -1;
	e->kind = (uint8_t)kind;
	c->nr++;
	return 0;
}

static int read_expected(struct check *c, const char *path)
{
	FILE *f = fopen(path, "r");
	char word[16];
	int r = 0;

	if (!f)
		return -1;
	while (!r && fscanf(f, "%15s", word) == 1)
		r = strcmp(word, "set") ? read_expect(c, f) : read_set(c, f);
	fclose(f);
	return r || !c->nr ? -1 : 0;
}

/* How many pages of the set the event concerns. */
static uint64_t pages_in(const struct check *c, const struct event *e, unsigned int set)
{
	unsigned int fields = event_info(e->kind)->fields;
	uint64_t nr = fields & F_COUNT ? e->count : 1ULL << e->order, in = 0;

	if (!set)
		return nr;
	for (uint64_t pfn = e->pfn; pfn < e->pfn + nr && pfn < c->max_pfn; pfn++)
		in += c->sets[pfn] >> set & 1;
	return in;
}

static void see_event(struct check *c, const struct event *e)
{
	uint32_t *process = &c->process[e->cpu % MAX_CPUS];

	if (e->kind == EVENT_TASK)
		*process = e->count;
	if (e->kind == EVENT_MIGRATE)
		c->moves += 1ULL << e->order;
	if (e->kind == EVENT_SCAN)
		c->scanned[e->arg & 1] += e->count;
	for (size_t i = 0; i < c->nr; i++) {
		struct expect *x = &c->expects[i];

		if (x->process && x->process != *process)
			continue;
		if (x->kind == e->kind && (e->arg & x->mask) == x->value)
			x->seen += pages_in(c, e, x->set);
		if (x->kind == EVENT_BULK_ALLOC && e->kind == EVENT_PAGE_ALLOC && e->order == 2)
			x->instead += pages_in(c, e, x->set);
		/* slabs of that order are no stacks; what a block became is told right after its allocation */
		if (x->kind == EVENT_BULK_ALLOC && e->kind == EVENT_SLAB_PAGE && e->arg &&
		    e->order == 2)
			x->instead -= pages_in(c, e, x->set);
	}
}

static int read_trace(struct check *c, struct trace_reader *r)
{
	struct trace_block block;
	struct error err = {0};
	int n;

	while ((n = trace_reader_next(r, &block, &err)) > 0) {
		if (block.type == BLOCK_EVENTS)
			for (size_t i = 0; i < block.events.nr; i++)
				see_event(c, &block.events.events[i]);
		if (block.type != BLOCK_STAT)
			continue;
		if (!c->any_stat)
			c->first = *block.stat;
		c->any_stat = true;
		c->last = *block.stat;
	}
	if (n < 0)
		fprintf(stderr, "%s\n", err.msg);
	return n;
}

/* footer: NULL where the trace is cut off. */
static int check_counts(struct check *c, const struct trace_meta *meta,
			const struct trace_footer *footer)
{
	uint64_t lost_kinds = footer ? footer->lost[CLASS_KIND] : 0;
	int bad = 0;

	for (size_t i = 0; i < c->nr; i++) {
		struct expect *x = &c->expects[i];
		enum event_class cls = event_info(x->kind)->cls;
		bool shown = meta->classes[cls].fidelity == FIDELITY_EXACT, ok, lacks;

		/* the newest kernels take the pages of a stack from the page allocator, all at once */
		if (!x->seen) {
			x->seen = x->instead;
			/* a slab of that order whose kind an interrupt took counts as a stack */
			if (x->seen)
				x->high += 4 * lost_kinds;
		}
		/* one in a thousand: the promise for lookups and mappings */
		ok = x->seen * 1000 >= x->low * 999 && x->seen * 1000 <= x->high * 1001;
		/* a class that is exact may lack a part, and then says so in its note */
		lacks = shown && !x->seen && strstr(meta->classes[cls].note, "without a hook");

		printf("%-12s %-12s expected %7" PRIu64 " .. %7" PRIu64 "  seen %7" PRIu64 "  %s\n",
		       x->what, x->kind_name, x->low, x->high, x->seen,
		       !shown || lacks ? "not shown here"
		       : ok	       ? "ok"
				       : "WRONG");
		bad += shown && !ok && !lacks;
	}
	return bad;
}

static uint64_t moved(const struct check *c, const char *name)
{
	const uint64_t *a = trace_stat_find(&c->first, name), *b = trace_stat_find(&c->last, name);

	return a && b ? *b - *a : 0;
}

/*
 * The scanners count what they look at; the counters are summed up over CPUs, so they are exact at rest. What others
 * had scanned is in the counters, but not in a trace that leaves others out.
 */
static int check_scans(const struct check *c, bool all)
{
	uint64_t counted[2] = {moved(c, "compact_migrate_scanned"),
			       moved(c, "compact_free_scanned")};
	int bad = 0;

	for (int i = 0; i < 2; i++) {
		bool ok = all ? c->scanned[i] == counted[i]
			      : c->scanned[i] && c->scanned[i] < counted[i];

		printf("%-12s %-12s counted  %7" PRIu64 "             seen %7" PRIu64 "  %s\n",
		       i ? "scan_free" : "scan_move", "scan", counted[i], c->scanned[i],
		       ok ? "ok" : "WRONG");
		bad += !ok;
	}
	return bad;
}

/* As many pages moved as the kernel counts, if it was not only others' that were left out. */
static int check_moves(const struct check *c)
{
	uint64_t counted = moved(c, "pgmigrate_success");
	bool ok = c->moves == counted;

	printf("%-12s %-12s counted  %7" PRIu64 "             seen %7" PRIu64 "  %s\n", "all moves",
	       "migrate", counted, c->moves, ok ? "ok" : "WRONG");
	return !ok;
}

/* Cell number n of a line "| a | b | c |", without the blanks around it. */
static bool cell(const char *line, int n, char *ret, size_t len)
{
	const char *from = line, *to;

	for (int i = 0; from && i <= n; i++) {
		from = strchr(from, '|');
		from = from ? from + 1 : NULL;
	}
	to = from ? strchr(from, '|') : NULL;
	if (!to)
		return false;
	while (*from == ' ')
		from++;
	while (to > from && to[-1] == ' ')
		to--;
	snprintf(ret, len, "%.*s", (int)(to - from), from);
	return true;
}

/* The table's first line names the kernels, the others a class each. */
static int check_matrix(const char *path, const char *kernel, const struct trace_meta *meta)
{
	FILE *f = fopen(path, "r");
	char line[512], text[64];
	int column = 0, bad = 0, rows = 0;

	while (f && fgets(line, sizeof(line), f)) {
		int cls;

		for (int i = 1; !column && cell(line, 0, text, sizeof(text)) &&
				!strcmp(text, "class") && cell(line, i, text, sizeof(text));
		     i++) {
			if (!strcmp(text, kernel))
				column = i;
			if (column || !cell(line, 0, text, sizeof(text)))
				break;
		}
		if (!column || !cell(line, 0, text, sizeof(text)))
			continue;
		cls = event_class_find(text);
		if (cls < 0 || !cell(line, column, text, sizeof(text)))
			continue;
		rows++;
		if (!strcmp(text, fidelity_name(meta->classes[cls].fidelity)))
			continue;
		printf("matrix       %s: the document says %s, this kernel shows %s\n",
		       event_class_name((enum event_class)cls), text,
		       fidelity_name(meta->classes[cls].fidelity));
		bad++;
	}
	if (f)
		fclose(f);
	if (rows != CLASS_MAX) {
		printf("matrix       %d rows for kernel %s instead of %d\n", rows, kernel,
		       CLASS_MAX);
		bad++;
	}
	return bad;
}

/* Nothing else runs in the guest: only what one CPU's batch can hold back may be missing. */
static int check_census(const char *path)
{
	enum { SLACK = 32 };
	static struct counters_seen seen;
	struct trace_block block;
	struct trace_reader *r;
	struct error err = {0};
	int n, bad;

	if (trace_reader_open(path, &r, &err) < 0) {
		fprintf(stderr, "%s\n", err.msg);
		return 2;
	}
	while ((n = trace_reader_next(r, &block, &err)) > 0)
		counters_see(&seen, &block);
	if (n < 0)
		fprintf(stderr, "%s\n", err.msg);
	/* KSM does not run in the guest */
	bad = counters_row("ksm", seen.pages[PAGE_KIND_KSM], 0, 0, 1, 0);
	bad += counters_check_census(&seen, 1, SLACK) + counters_check_memmap(trace_reader_meta(r));
	trace_reader_destroy(r);
	return n < 0 || bad ? 1 : 0;
}

/* argv: TRACE INODE... */
static int check_charges(char **argv, int argc)
{
	uint64_t inodes[8];
	int nr = 0;

	for (; nr < argc - 1 && nr < 8; nr++)
		if (sscanf(argv[nr + 1], "%" SCNu64, &inodes[nr]) != 1)
			return 2;
	return !counters_check_charges(argv[0], inodes, (size_t)nr);
}

int main(int argc, char **argv)
{
	static struct check c;
	struct trace_reader *r;
	struct error err = {0};
	int bad;

	if (argc == 3 && !strcmp(argv[1], "--census"))
		return check_census(argv[2]);
	if (argc > 3 && !strcmp(argv[1], "--charges"))
		return check_charges(argv + 2, argc - 2);
	if (argc != 5 || trace_reader_open(argv[1], &r, &err) < 0) {
		fprintf(stderr, "usage: vm_check TRACE EXPECTED MATRIX KERNEL\n%s\n", err.msg);
		return 2;
	}
	c.max_pfn = trace_reader_meta(r)->max_pfn;
	c.sets = calloc(c.max_pfn, sizeof(*c.sets));
	if (!c.sets || read_expected(&c, argv[2]) < 0 || read_trace(&c, r) < 0)
		return 2;
	bad = check_counts(&c, trace_reader_meta(r), trace_reader_footer(r));
	bad += check_scans(&c, !*trace_reader_meta(r)->filter);
	if (!*trace_reader_meta(r)->filter &&
	    trace_reader_meta(r)->classes[CLASS_MIGRATE].fidelity == FIDELITY_EXACT)
		bad += check_moves(&c);
	bad += check_matrix(argv[3], argv[4], trace_reader_meta(r));
	free(c.sets);
	trace_reader_destroy(r);
	return bad ? 1 : 0;
}
