// SPDX-License-Identifier: GPL-2.0-only
#include "cmd/trace/event_text.h"

#include <inttypes.h>

#include "base/page_kind.h"

struct bit_name {
	uint32_t bit;
	const char *name;
};

static const struct bit_name gfp_names[] = {
	{GFPC_MOVABLE, "movable"},
	{GFPC_RECLAIMABLE, "reclaimable"},
	{GFPC_COMP, "comp"},
	{GFPC_ZERO, "zero"},
	{GFPC_ACCOUNT, "account"},
	{GFPC_NOWARN, "nowarn"},
	{GFPC_NORETRY, "noretry"},
	{GFPC_NOMEMALLOC, "nomemalloc"},
	{GFPC_HIGHMEM, "highmem"},
	{GFPC_DIRECT_RECLAIM, "direct_reclaim"},
	{GFPC_KSWAPD_RECLAIM, "kswapd_reclaim"},
	{GFPC_IO, "io"},
	{GFPC_FS, "fs"},
	{GFPC_HARDWALL, "hardwall"},
	{GFPC_RETRY_MAYFAIL, "retry_mayfail"},
	{GFPC_NOFAIL, "nofail"},
	{0},
};

static const struct bit_name free_names[] = {{FREE_ANON, "anon"}, {FREE_HEAD, "head"}, {0}};

static const struct bit_name map_names[] = {{MAPF_ANON, "anon"}, {MAPF_NEW, "new"}, {0}};

static const struct bit_name lru_names[] = {
	{LRUF_ANON << LRUF_SHIFT, "anon"},
	{LRUF_SWAPBACKED << LRUF_SHIFT, "swapbacked"},
	{LRUF_SWAPCACHE << LRUF_SHIFT, "swapcache"},
	{LRUF_KSM << LRUF_SHIFT, "ksm"},
	{0},
};

static const struct bit_name census_names[] = {
	{CENSUS_LRU, "lru"},
	{CENSUS_ACTIVE, "active"},
	{CENSUS_REFERENCED, "referenced"},
	{CENSUS_UPTODATE, "uptodate"},
	{CENSUS_DIRTY, "dirty"},
	{CENSUS_WRITEBACK, "writeback"},
	{CENSUS_LOCKED, "locked"},
	{CENSUS_MAPPED, "mapped"},
	{CENSUS_SWAPBACKED, "swapbacked"},
	{CENSUS_SWAPCACHE, "swapcache"},
	{CENSUS_UNEVICTABLE, "unevictable"},
	{CENSUS_MLOCKED, "mlocked"},
	{CENSUS_PRIVATE, "private"},
	{CENSUS_COMPOUND, "compound"},
	{CENSUS_RECLAIM, "reclaim"},
	{0},
};

/* "key=a|b|0x80": the names of the bits, and a number for what has no name. */
static void print_bits(FILE *to, const char *key, uint32_t bits, const struct bit_name *names)
{
	const char *between = "";

	fprintf(to, " %s=", key);
	for (; names->bit; names++) {
		if (!(bits & names->bit))
			continue;
		fprintf(to, "%s%s", between, names->name);
		between = "|";
		bits &= ~names->bit;
	}
	if (bits)
		fprintf(to, "%s%#" PRIx32, between, bits);
	else if (!*between)
		fputc('0', to);
}

static void print_name(FILE *to, const char *key, const char *const *names, uint32_t nr, uint32_t v)
{
	if (v < nr)
		fprintf(to, " %s=%s", key, names[v]);
	else
		fprintf(to, " %s=%" PRIu32, key, v);
}

static const struct bit_name access_names[] = {
	{ACCESS_LOAD, "load"}, {ACCESS_STORE, "store"}, {ACCESS_LOCKED, "locked"}, {0}};

/* Empty where the header has no such row. */
static const char *function_of(const struct event *e, const struct trace_meta *meta)
{
	uint32_t row = e->arg >> ACCESS_FUNCTION_SHIFT;

	return row < meta->nr_functions ? meta->functions[row].name : "";
}

static void print_access(const struct event *e, const struct trace_meta *meta, FILE *to)
{
	/* as the caches call them: sim/cache/cache.h */
	static const char *const levels[] = {"unknown", "l1", "l2", "llc", "memory"};
	uint32_t level = e->arg >> ACCESS_LEVEL_SHIFT & ACCESS_LEVEL;

	fprintf(to, " offset=%-2" PRIu32 " size=%u", e->arg & ACCESS_OFFSET,
		1u << (e->arg >> ACCESS_SIZE_SHIFT & ACCESS_SIZE));
	print_bits(to, "did", e->arg & (ACCESS_LOAD | ACCESS_STORE | ACCESS_LOCKED), access_names);
	if (level)
		print_name(to, "level", levels, 5, level);
	fprintf(to, " by=%s", function_of(e, meta));
}

static void print_thp(const struct event *e, FILE *to)
{
	static const char *const names[] = {"split", "scan", "collapse"};

	print_name(to, "for", names, 3, e->arg & THP_WHAT);
	if ((e->arg & THP_WHAT) == THP_SPLIT)
		fprintf(to, " to=%" PRIu32, e->arg >> THP_ORDER_SHIFT);
}

static void print_arg(const struct event *e, const struct trace_meta *meta, FILE *to)
{
	/* enum lru_list of the kernel, unchanged since v2.6.28 */
	static const char *const lists[] = {"inactive_anon", "active_anon", "inactive_file",
					    "active_file", "unevictable"};
	static const char *const counters[] = {"file", "anon", "swap", "shmem"};
	static const char *const finders[] = {"entry", "read", "map", "batch", "buffer"};
	static const char *const levels[] = {"pte", "pmd", "pud", "pgd"};
	static const char *const scanners[] = {"move", "free"};
	static const char *const uses[] = {"ends", "begins"};
	static const char *const locks[] = {"locked", "found"};
	static const char *const frees[] = {"cache",  "kfree",	"slab", "bulk",
					    "refill", "copied", "later"};
	static const char *const directions[] = {"unknown", "from-user", "to-user"};

	switch (e->kind) {
	case EVENT_ACCESS:
		print_access(e, meta, to);
		break;
	case EVENT_FOLIO_GET:
		print_name(to, "by", finders, 5, e->arg);
		break;
	case EVENT_MAP_ADD:
	case EVENT_MAP_DEL:
	case EVENT_MAP_DUP:
		print_name(to, "level", levels, 3, e->arg & MAPF_LEVEL);
		print_bits(to, "is", e->arg & ~(uint32_t)MAPF_LEVEL, map_names);
		break;
	case EVENT_SCAN:
		print_name(to, "for", scanners, 2, e->arg);
		break;
	case EVENT_TABLE_LOCK:
		print_name(to, "was", locks, 2, e->arg);
		break;
	case EVENT_OBJECT_FREE:
		print_name(to, "by", frees, 7, e->arg & OBJECT_HOW);
		if ((e->arg & OBJECT_HOW) == OBJECT_COPIED)
			print_name(to, "direction", directions, 3, e->arg >> OBJECT_NR_SHIFT);
		else if (e->arg >> OBJECT_NR_SHIFT)
			fprintf(to, " objects=%" PRIu32, e->arg >> OBJECT_NR_SHIFT);
		break;
	case EVENT_SLAB_PAGE:
		print_name(to, "use", uses, 2, e->arg & 1);
		if (e->arg >> SLAB_OBJECTS_SHIFT)
			fprintf(to, " objects=%" PRIu32, e->arg >> SLAB_OBJECTS_SHIFT);
		break;
	case EVENT_PGTABLE_PAGE:
		print_name(to, "use", uses, 2, e->arg & 1);
		if (e->arg >> PGTABLE_LEVEL_SHIFT)
			print_name(to, "level", levels, 4, e->arg >> PGTABLE_LEVEL_SHIFT);
		break;
	case EVENT_WRITEBACK:
		print_name(to, "use", uses, 2, e->arg);
		break;
	case EVENT_PAGE_ALLOC:
	case EVENT_BULK_ALLOC:
		fprintf(to, " mt=%" PRIu32, e->arg >> GFPC_MT_SHIFT & 0xf);
		print_bits(to, "gfp", e->arg & ~(0xfu << GFPC_MT_SHIFT), gfp_names);
		break;
	case EVENT_PAGE_FREE:
		print_bits(to, "was", e->arg, free_names);
		break;
	case EVENT_BUDDY_TAKE:
		fprintf(to, " mt=%" PRIu32 "%s", e->arg & 0xff,
			e->arg & BUDDY_TAKE_PCP_REFILL ? " for=pcp" : "");
		break;
	case EVENT_BUDDY_STEAL:
		fprintf(to, " mt=%" PRIu32 " from_mt=%" PRIu32 " from_order=%" PRIu32,
			e->arg >> 8 & 0xff, e->arg >> 16 & 0xff, e->arg & 0xff);
		break;
	case EVENT_PCP_DRAIN:
		fprintf(to, " mt=%" PRIu32, e->arg);
		break;
	case EVENT_LRU_ADD:
		print_name(to, "list", lists, 5, e->arg & 0xff);
		print_bits(to, "is", e->arg & ~0xffu, lru_names);
		break;
	case EVENT_LRU_ACTIVATE:
		print_bits(to, "is", e->arg, lru_names);
		break;
	case EVENT_RSS_STAT:
		print_name(to, "counter", counters, 4, e->arg);
		break;
	case EVENT_THP:
		print_thp(e, to);
		break;
	case EVENT_TASK:
		fprintf(to, " thread=%" PRIu32, e->arg);
		break;
	default:
		fprintf(to, " arg=%#" PRIx32, e->arg);
	}
}

void event_print(const struct event *e, const struct trace_meta *meta, FILE *to)
{
	const struct event_info *info = event_info(e->kind);
	const char *count = e->kind == EVENT_TASK ? "process" : "count";

	fprintf(to, "%6" PRIu64 ".%09" PRIu64 " %3u %-12s", e->ts_ns / 1000000000,
		e->ts_ns % 1000000000, e->cpu, info->name);
	if (info->fields & F_PFN)
		fprintf(to, " pfn=%#-9" PRIx64, e->pfn);
	if (info->fields & F_ORDER)
		fprintf(to, " order=%-2u", e->order);
	if (info->fields & F_OBJ)
		fprintf(to, " obj=%" PRIu32, e->obj);
	if (e->kind == EVENT_MIGRATE)
		fprintf(to, " to=%#" PRIx64, e->index);
	else if (info->fields & F_INDEX)
		fprintf(to, " index=%" PRIu64, e->index);
	if (info->fields & F_ARG)
		print_arg(e, meta, to);
	if (info->fields & F_COUNT)
		fprintf(to, " %s=%" PRIu32, count, e->count);
	fputc('\n', to);
}

void event_print_json(const struct event *e, FILE *to)
{
	const struct event_info *info = event_info(e->kind);

	fprintf(to, "{\"ts_ns\":%" PRIu64 ",\"cpu\":%u,\"kind\":\"%s\"", e->ts_ns, e->cpu,
		info->name);
	if (info->fields & F_PFN)
		fprintf(to, ",\"pfn\":%" PRIu64, e->pfn);
	if (info->fields & F_ORDER)
		fprintf(to, ",\"order\":%u", e->order);
	if (info->fields & F_OBJ)
		fprintf(to, ",\"obj\":%" PRIu32, e->obj);
	if (info->fields & F_INDEX)
		fprintf(to, ",\"index\":%" PRIu64, e->index);
	if (info->fields & F_ARG)
		fprintf(to, ",\"arg\":%" PRIu32, e->arg);
	if (info->fields & F_COUNT)
		fprintf(to, ",\"count\":%" PRIu32, e->count);
	fputs("}\n", to);
}

void census_print(uint64_t ts_ns, const struct census_run *run, FILE *to)
{
	fprintf(to,
		"%6" PRIu64 ".%09" PRIu64 "   - %-12s pfn=%#-9" PRIx64 " order=%-2u count=%" PRIu64
		" kind=%s mapcount=%" PRIu64,
		ts_ns / 1000000000, ts_ns % 1000000000, "census", run->start_pfn, run->order,
		run->count, page_kind_name(run->kind), run->mapcount);
	print_bits(to, "flags", run->flags, census_names);
	if (run->memcg)
		fprintf(to, " memcg=%" PRIu64, run->memcg);
	fputc('\n', to);
}

void count_print(const struct trace_count *c, FILE *to)
{
	fprintf(to,
		"%6" PRIu64 ".%09" PRIu64 " %3u count        %s=%" PRIu64 " span=%" PRIu64 "%s\n",
		c->ts_ns / 1000000000, c->ts_ns % 1000000000, c->cpu, counter_name(c->counter),
		c->value, c->span_ns, c->scaled ? " scaled" : "");
}
