// SPDX-License-Identifier: GPL-2.0-only
/* What each tracepoint prints, Linux v5.10 to v6.18 (include/trace/events/{kmem,filemap,pagemap}.h). */
#include <string.h>

#include "trace/format.h"
#include "trace/import/text_internal.h"

enum { PAGE_SHIFT = 12 };

/* Decimal, or hexadecimal after 0x. */
static bool get_number(const struct span *fields, const char *key, uint64_t max, uint64_t *ret)
{
	struct span s;
	bool hex;

	if (!span_find_key(fields, key, &s))
		return false;
	hex = s.end - s.at > 2 && s.at[0] == '0' && s.at[1] == 'x';
	if (hex)
		s.at += 2;
	return span_take_number(&s, hex ? 16 : 10, ret) && *ret <= max;
}

static bool get_page(const struct span *fields, const char *order_key, struct text_event *ret)
{
	uint64_t order = 0;

	if (!get_number(fields, "pfn", (UINT64_C(1) << FORMAT_PFN_BITS) - 1, &ret->event.pfn))
		return false;
	ret->has_order = order_key && get_number(fields, order_key, FORMAT_MAX_ORDER, &order);
	ret->event.order = (uint8_t)order;
	return true;
}

static uint32_t get_mt(const struct span *fields, const char *key)
{
	uint64_t mt;

	return get_number(fields, key, 15, &mt) ? (uint32_t)mt : 0;
}

/* "dev 254:0 ino a90016", since v6.12 also "dev=254:0 ino=a90016". The inode is always hexadecimal. */
static bool get_file(const struct span *fields, uint64_t *ret)
{
	uint64_t major, minor, inode;
	struct span s;

	if (!span_find_key(fields, "dev", &s) || !span_take_number(&s, 10, &major) ||
	    !span_take_char(&s, ':') || !span_take_number(&s, 10, &minor) ||
	    !span_find_key(fields, "ino", &s) || !span_take_number(&s, 16, &inode))
		return false;
	/* two files that mix to one number would have to be of one file system and 2^40 inodes apart */
	*ret = (inode ^ major << 52 ^ minor << 40) * UINT64_C(0x9e3779b97f4a7c15);
	return true;
}

/* "ofs=61440", or a range of bytes "ofs=0-4095". */
static bool get_offset(const struct span *fields, struct event *e)
{
	uint64_t first, last;
	struct span s;

	if (!span_find_key(fields, "ofs", &s) || !span_take_number(&s, 10, &first))
		return false;
	e->index = first >> PAGE_SHIFT;
	if (!span_take_char(&s, '-'))
		return true;
	if (!span_take_number(&s, 10, &last) || last < first ||
	    (last >> PAGE_SHIFT) - e->index >= UINT32_MAX)
		return false;
	e->count = (uint32_t)((last >> PAGE_SHIFT) - e->index + 1);
	return true;
}

static bool parse_alloc(const struct span *f, struct text_event *ret)
{
	const char *blank;
	uint32_t flags = 0;
	struct span s;

	if (!get_page(f, "order", ret) || !ret->has_order || !span_find_key(f, "gfp_flags", &s))
		return false;
	blank = memchr(s.at, ' ', (size_t)(s.end - s.at));
	ret->gfp_unknown = !text_parse_gfp(s.at, (size_t)((blank ? blank : s.end) - s.at), &flags);
	ret->event.arg = flags | get_mt(f, "migratetype") << GFPC_MT_SHIFT;
	return true;
}

static bool parse_order(const struct span *f, struct text_event *ret)
{
	return get_page(f, "order", ret) && ret->has_order;
}

static bool parse_take(const struct span *f, struct text_event *ret)
{
	uint64_t refill;

	ret->event.arg = get_mt(f, "migratetype");
	if (get_number(f, "percpu_refill", 1, &refill) && refill)
		ret->event.arg |= BUDDY_TAKE_PCP_REFILL;
	return parse_order(f, ret);
}

static bool parse_steal(const struct span *f, struct text_event *ret)
{
	uint64_t from;

	if (!get_number(f, "fallback_order", FORMAT_MAX_ORDER, &from))
		return false;
	ret->event.arg = (uint32_t)from | get_mt(f, "alloc_migratetype") << 8 |
			 get_mt(f, "fallback_migratetype") << 16;
	return get_page(f, "alloc_order", ret) && ret->has_order;
}

static bool parse_drain(const struct span *f, struct text_event *ret)
{
	ret->event.arg = get_mt(f, "migratetype");
	return parse_order(f, ret);
}

/* "lru=2 flags=Mfs bd ": each flag has its place, a blank where it is not set, and none at the end of the line. */
static bool parse_lru(const struct span *f, struct text_event *ret)
{
	uint64_t lru = 0;
	uint32_t flags = 0;
	struct span s;

	if (!get_number(f, "lru", 15, &lru) || !span_find_key(f, "flags", &s))
		return false;
	flags |= s.end - s.at > 1 && s.at[1] == 'a' ? LRUF_ANON : 0;
	flags |= s.end - s.at > 2 && s.at[2] == 's' ? LRUF_SWAPCACHE : 0;
	flags |= s.end - s.at > 3 && s.at[3] == 'b' ? LRUF_SWAPBACKED : 0;
	ret->event.arg = (uint32_t)lru | flags << LRUF_SHIFT;
	return get_page(f, NULL, ret);
}

static bool parse_activate(const struct span *f, struct text_event *ret)
{
	return get_page(f, NULL, ret);
}

static bool parse_cache(const struct span *f, struct text_event *ret)
{
	return get_page(f, "order", ret) && get_file(f, &ret->object) && get_offset(f, &ret->event);
}

static bool parse_range(const struct span *f, struct text_event *ret)
{
	return get_file(f, &ret->object) && get_offset(f, &ret->event) && ret->event.count;
}

static bool parse_fault(const struct span *f, struct text_event *ret)
{
	return get_file(f, &ret->object) && get_offset(f, &ret->event);
}

/* Up to v5.12 the member is a number, then a name. */
static bool parse_rss(const struct span *f, struct text_event *ret)
{
	static const char *const members[] = {"MM_FILEPAGES", "MM_ANONPAGES", "MM_SWAPENTS",
					      "MM_SHMEMPAGES"};
	uint64_t member;
	struct span s;

	if (!get_number(f, "mm_id", UINT32_MAX, &ret->object))
		return false;
	ret->object++; /* 0 is none */
	if (get_number(f, "member", 3, &member)) {
		ret->event.arg = (uint32_t)member;
		return true;
	}
	for (uint32_t i = 0; span_find_key(f, "type", &s) && i < 4; i++) {
		size_t len = strlen(members[i]);

		if ((size_t)(s.end - s.at) < len || memcmp(s.at, members[i], len))
			continue;
		ret->event.arg = i;
		return true;
	}
	return false;
}

static const struct {
	const char *name;
	uint8_t kind;
	bool (*parse)(const struct span *fields, struct text_event *ret);
} events[] = {
	{"mm_page_alloc", EVENT_PAGE_ALLOC, parse_alloc},
	{"mm_page_free", EVENT_PAGE_FREE, parse_order},
	{"mm_page_alloc_zone_locked", EVENT_BUDDY_TAKE, parse_take},
	{"mm_page_alloc_extfrag", EVENT_BUDDY_STEAL, parse_steal},
	{"mm_page_pcpu_drain", EVENT_PCP_DRAIN, parse_drain},
	{"mm_lru_insertion", EVENT_LRU_ADD, parse_lru},
	{"mm_lru_activate", EVENT_LRU_ACTIVATE, parse_activate},
	{"mm_filemap_add_to_page_cache", EVENT_CACHE_ADD, parse_cache},
	{"mm_filemap_delete_from_page_cache", EVENT_CACHE_DEL, parse_cache},
	{"mm_filemap_get_pages", EVENT_CACHE_READ, parse_range},
	{"mm_filemap_map_pages", EVENT_CACHE_MAP, parse_range},
	{"mm_filemap_fault", EVENT_CACHE_FAULT, parse_fault},
	{"rss_stat", EVENT_RSS_STAT, parse_rss},
};

static enum text_line parse_fields(const struct span *fields, size_t i, struct text_event *ret)
{
	uint64_t pfn;
	struct span s;

	/* a failed allocation has no page, and its pfn is 0 or none */
	if (events[i].kind <= EVENT_BUDDY_TAKE && span_find_key(fields, "page", &s) &&
	    get_number(fields, "pfn", UINT64_MAX, &pfn) &&
	    (pfn == UINT64_MAX || !pfn || (s.end - s.at > 5 && !memcmp(s.at, "(null", 5))))
		return TEXT_FAILED;
	ret->event.kind = events[i].kind;
	if (!events[i].parse(fields, ret))
		return TEXT_BAD;
	if (!(event_info(ret->event.kind)->fields & F_COUNT))
		ret->event.count = 0;
	return TEXT_EVENT;
}

enum text_line text_parse_fields(const struct span *name, const struct span *fields,
				 struct text_event *ret)
{
	size_t len = (size_t)(name->end - name->at);

	for (size_t i = 0; i < sizeof(events) / sizeof(events[0]); i++)
		if (strlen(events[i].name) == len && !memcmp(events[i].name, name->at, len))
			return parse_fields(fields, i, ret);
	return TEXT_OTHER;
}
