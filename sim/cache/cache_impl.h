/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * How a hierarchy is stored, and the walks that can be made over it.
 *
 * A set is a row of tags, most recent first; 0 is an empty way, and empty ways are last. Rows are padded
 * to whole 64-byte lines of the host, and the padding is always 0, so that a vector compare needs no mask.
 *
 * Narrow: tags of 32 bits, a row of up to 16 ways is one 512-bit register. 32 bits suffice because a line
 * is first split into a window (line >> 31, 128 GiB of 64-byte lines) and the line within it; a window
 * owns the tags base .. base + span - 1 at each level. The tags of a level have room for few windows (64
 * for an L1 of 64 sets) but a simulated address space has only a handful. When one more is needed, or
 * when a level has one set only, the hierarchy turns wide: tags of 64 bits, which hold the line itself.
 *
 * With track_dirty the highest bit of a tag says that the line is dirty, so that it goes wherever the tag does;
 * then narrow tags have 31 bits.
 */
#ifndef SIM_CACHE_IMPL_H
#define SIM_CACHE_IMPL_H

#include <string.h>

#include "sim/cache/cache.h"

#define CACHE_WINDOWS 64	/* limit */
#define CACHE_WINDOW_SHIFT 31	/* log2 of its lines */
#define CACHE_WINDOW_SLOTS 128	/* of the hash table; a power of two, larger than the limit */
#define CACHE_AHEAD 16		/* accesses; how far ahead of a walk rows are fetched */
#define CACHE_BLOCK CACHE_BATCH /* accesses that go through the levels together */
#define CACHE_REQUESTS (3 * CACHE_BLOCK) /* of these with dirty lines: themselves, two victims */
#define CACHE_FEW 8			 /* fewer than this go one by one */
#define CACHE_ROW_LINE 64		 /* bytes; rows are multiples of it */

/* Tags of a background line. No real line has them: lines are below 2^58, windows stop one tag short. */
#define CACHE_BACKGROUND_NARROW UINT32_MAX
#define CACHE_BACKGROUND_WIDE UINT64_MAX

/* In a word of an access: a line that is written back. No line reaches that far up. */
#define CACHE_BACK (1ULL << 63)
/* In a tag of that type. */
#define CACHE_DIRTY(type) ((type)((type)1 << (sizeof(type) * 8 - 1)))

struct cache_window {
	uint64_t key;	    /* line >> CACHE_WINDOW_SHIFT */
	uint32_t base[3];   /* first tag of this window, by level; 0: the slot is free */
	uint32_t offset[3]; /* (key << CACHE_WINDOW_SHIFT) % sets */
};

struct cache_shape {
	uint32_t sets, ways;
	uint32_t span; /* tags that one window needs */
	/* ceil(2^64 / sets): x / sets == high half of x * magic for x, sets < 2^32; and of span */
	uint64_t magic, span_magic;
};

/*
 * What goes round the sets: number i goes to set i % sets, so that a set has had `rounds` of it, and one more if it is
 * among the first `part`.
 */
struct cache_round {
	uint64_t rounds;
	uint32_t part;
};

static inline uint64_t cache_round_of(const struct cache_round *r, uint32_t set)
{
	return r->rounds + (set < r->part);
}

/* Background lines of one level of one CPU so far: filled into it, and found there again. */
struct cache_background {
	struct cache_round fills, found;
};

/* How many of them a set's row shows already. */
struct cache_aged {
	uint64_t fills, found;
};

struct cache_hierarchy {
	struct cache_shape shape[3];
	unsigned int nr_cpus;
	bool track_dirty, wide;
	uint8_t llc_kind, plru, prefetch; /* as in the geometry */
	struct cache_general *general;	  /* NULL: all of them are 0 */
	const struct cache_variant *variant;
	struct cache_window window[CACHE_WINDOW_SLOTS];
	uint32_t nr_windows, max_windows;
	uint8_t window_slot[CACHE_WINDOWS]; /* in the order in which they were added */

	size_t row[3];	     /* tags in a row of the present width, by level */
	size_t private_tags; /* tags of one CPU's L1 and L2 */
	size_t shared_tags;  /* of the LLC; the CPUs' follow */
	size_t private_sets, shared_sets;
	size_t nr_sets; /* of all CPUs and levels */
	/*
	 * Both are mapped at creation, so that no access can fail; what is not used is not
	 * touched and costs no memory.
	 */
	uint32_t *narrow_tags;
	uint64_t *wide_tags;

	struct cache_sharers *sharers; /* NULL for one CPU */
	/*
	 * For each CPU and set of its L1, what is surely known of the line that was accessed there last:
	 * (line + 1) << 1, and 1 more if nobody else has a copy and a write of it changes nothing for
	 * anybody; 0: nothing. Kept by cache_access_missed() alone; NULL: not kept.
	 */
	uint64_t *recent;
	bool recent_used; /* some of it is not 0 */
	/* see cache_on_taken(); NULL: nobody asked */
	cache_taken_fn *taken;
	void *taken_ctx;
	unsigned int taken_number;
	/* see cache_on_prefetched(); or NULL */
	cache_prefetched_fn *prefetched;
	void *prefetched_ctx;
	/* see cache_note_written(); or NULL */
	struct cache_written *written;

	/* The LLC's, then L1 and L2 of each CPU; NULL without background pressure, as is the next. */
	struct cache_background *background;
	struct cache_aged *aged; /* for each set, in the order of first_set */
	struct cache_counts counts;
};

/* Index of the first tag / first set of a CPU's level (the LLC: any CPU). */
static inline size_t cache_first_tag(const struct cache_hierarchy *h, unsigned int cpu, int level)
{
	if (level == CACHE_LLC)
		return 0;
	return h->shared_tags + cpu * h->private_tags +
	       (level == CACHE_L2 ? h->row[0] * h->shape[0].sets : 0);
}

static inline size_t cache_first_set(const struct cache_hierarchy *h, unsigned int cpu, int level)
{
	if (level == CACHE_LLC)
		return 0;
	return h->shared_sets + cpu * h->private_sets + (level == CACHE_L2 ? h->shape[0].sets : 0);
}

static inline struct cache_background *cache_background(const struct cache_hierarchy *h,
							unsigned int cpu, int level)
{
	return &h->background[level == CACHE_LLC ? 0 : 1 + 2 * cpu + (unsigned int)level];
}

struct cache_general_block;

/* Walks at most CACHE_BLOCK accesses of one CPU, whose windows are all there. */
typedef void cache_walk_fn(struct cache_hierarchy *h, unsigned int cpu, const uint64_t *accesses,
			   size_t n, uint64_t hits[CACHE_LEVEL_MAX]);

struct cache_variant {
	const char *name;
	bool wide; /* works on 64-bit tags */
	bool (*available)(void);
	cache_walk_fn *walk[2];	  /* [track_dirty] */
	cache_walk_fn *aged_walk; /* with background pressure, without dirty lines */
	/* Without dirty lines; which: a number for each access, told of those that miss. */
	void (*missed[2])(struct cache_hierarchy *h, unsigned int cpu, const uint64_t *accesses,
			  const uint16_t *which, size_t n,
			  struct cache_missed *ret); /* [with background pressure] */
	/* One access, whose window is there; leaves dirty lines and other CPUs to the caller. */
	enum cache_level (*one[2])(struct cache_hierarchy *h, unsigned int cpu,
				   uint64_t line); /* [with background pressure] */
	/* Makes the rows of these accesses at one level show their background fills. */
	void (*age_rows)(struct cache_hierarchy *h, unsigned int cpu, int level,
			 const uint64_t *accesses, size_t n);
	/* The bits of the ways of a row that have this tag, or of track_dirty the tag with CACHE_DIRTY. */
	uint64_t (*find)(const void *row, uint32_t ways, uint64_t tag, bool dirty);
	/* See cache_general.h: makes the list of fetches, returns what L1 lacked and which that was. */
	size_t (*general)(struct cache_hierarchy *h, struct cache_general_block *b, uint16_t *at);
	/* age_rows for one row of a general hierarchy */
	void (*show_row)(struct cache_hierarchy *h, unsigned int cpu, int level, uint64_t line);
};

/* Best first; the last two, "plain" and "wide", are available everywhere. */
extern const struct cache_variant cache_variants[];
extern const size_t cache_variants_nr;
/* Chooses the walk. Going from wide back to narrow is refused with -EINVAL. For tests and benchmarks. */
int cache_hierarchy_set_variant(struct cache_hierarchy *h, const struct cache_variant *variant,
				struct error *err) __must_check;

/* Where the slot of this key is sought first. */
static inline size_t cache_window_hash(uint64_t key)
{
	return (size_t)(key * 0x9e3779b97f4a7c15ULL >> 57);
}

/* The slot of this key, or the free one (base[0] is 0) where it would go. */
static inline struct cache_window *cache_window_find(struct cache_hierarchy *h, uint64_t key)
{
	size_t i = cache_window_hash(key);

	while (h->window[i].base[0] && h->window[i].key != key)
		i = (i + 1) % CACHE_WINDOW_SLOTS;
	return &h->window[i];
}

static inline uint32_t cache_within_window(uint64_t line)
{
	return line & ((1U << CACHE_WINDOW_SHIFT) - 1);
}

/* The window of this key, added if need be; NULL when there is no room for it. */
const struct cache_window *cache_window_add(struct cache_hierarchy *h, uint64_t key);

/* x / d, for x and d below 2^32 and their magic number. */
static inline uint32_t cache_divide(uint32_t x, uint64_t magic)
{
	return (uint32_t)((unsigned __int128)x * magic >> 64);
}

/* Where a line belongs at one level, with narrow tags. */
struct cache_narrow {
	uint32_t set, tag;
};

/* w: the line's window, which is there. */
static inline struct cache_narrow cache_locate_narrow(const struct cache_shape *s,
						      const struct cache_window *w, int level,
						      uint64_t line)
{
	uint32_t within = cache_within_window(line), quotient = cache_divide(within, s->magic);
	uint32_t set = within - quotient * s->sets + w->offset[level];

	set -= set >= s->sets ? s->sets : 0;
	return (struct cache_narrow){.set = set, .tag = quotient + w->base[level]};
}

/* The line that a narrow tag in this set of this level stands for. */
static inline uint64_t cache_narrow_line(const struct cache_hierarchy *h, int level, uint32_t set,
					 uint32_t tag)
{
	const struct cache_shape *s = &h->shape[level];
	uint32_t number = cache_divide(tag - 1, s->span_magic);
	const struct cache_window *w = &h->window[h->window_slot[number]];
	uint32_t quotient = tag - w->base[level];

	set += set < w->offset[level] ? s->sets : 0;
	return w->key << CACHE_WINDOW_SHIFT | (quotient * s->sets + set - w->offset[level]);
}

/*
 * Which CPUs may hold a line in their L1 or L2: a superset, of every line that ever was in one of them. What a CPU evicts
 * is not noted, so that an eviction costs nothing.
 */
int cache_sharers_create(const struct cache_hierarchy *h, struct cache_sharers **ret,
			 struct error *err) __must_check;
void cache_sharers_destroy(struct cache_sharers *s);
/* Whether the CPU's L1 and L2 may have the line; false is certain. */
bool cache_sharers_may_hold(struct cache_hierarchy *h, unsigned int cpu, uint64_t line);
/* Whether other CPUs may have it in theirs. */
bool cache_sharers_elsewhere(struct cache_hierarchy *h, unsigned int cpu, uint64_t line);
/* Whether any other CPU has the line in its L1 or L2. */
bool cache_sharers_give(struct cache_hierarchy *h, unsigned int cpu, uint64_t line);
/*
 * After the CPU has done n accesses, of which some missed its L2: it holds what it missed, and a line it
 * wrote leaves every other CPU's L1 and L2. which: numbers of the accesses, for cache_on_taken(); or NULL.
 */
void cache_sharers_block(struct cache_hierarchy *h, unsigned int cpu, const uint64_t *accesses,
			 const uint16_t *which, size_t n, const uint64_t *misses, size_t missed);

/* cache_recent.c: what is known of a line goes, for one CPU; what another CPU's access makes of it. */
void cache_recent_forget(struct cache_hierarchy *h, unsigned int cpu, uint64_t line);
void cache_recent_share(struct cache_hierarchy *h, unsigned int cpu, uint64_t line);
/* So many sets of a CPU's L1 have been filled into, from `first` on and around. */
void cache_recent_filled(struct cache_hierarchy *h, unsigned int cpu, uint32_t first, uint64_t nr);
/* Accesses go past cache_access_missed(). */
void cache_recent_reset(struct cache_hierarchy *h);
/* From now on nothing is kept. */
void cache_recent_stop(struct cache_hierarchy *h);
/* Nothing will be kept where a set is not simply a line's last bits. */
int cache_recent_create(struct cache_hierarchy *h, struct error *err) __must_check;

/* How many of the accesses can be walked with the windows that there is room for; 0: it must turn wide. */
size_t cache_with_windows(struct cache_hierarchy *h, const uint64_t *accesses, size_t n);
/* Turns to tags of 64 bits. */
void cache_widen(struct cache_hierarchy *h);

/* Sets h->general, for what only the general walk knows. */
int cache_general_create(struct cache_hierarchy *h, struct error *err) __must_check;
void cache_general_destroy(const struct cache_hierarchy *h);

/* Of some accesses, those that may change something in the caches, and their numbers. */
struct cache_news {
	uint64_t words[CACHE_BATCH];
	uint16_t which[CACHE_BATCH];
	size_t nr;
};

/*
 * Up to CACHE_BATCH accesses, whose windows are all there. news: NULL: all of them are. Other CPUs are told, and it is
 * noted what is written.
 */
void cache_general_missed(struct cache_hierarchy *h, unsigned int cpu, const uint64_t *all,
			  size_t nr_all, const struct cache_news *news, struct cache_missed *ret);
/* Takes a tag out; the rest moves up, so that the empty way is last, except where ways have fixed places. */
void cache_remove_way(void *row, size_t tag_size, uint32_t ways, uint32_t way, bool fixed);

/* The rows of the CPU's L1 and L2 where the line would be are fetched, for what will be asked or dropped soon. */
void cache_fetch_rows(struct cache_hierarchy *h, unsigned int cpu, uint64_t line);
/* Drops the line from the CPU's L1 and L2; the number of copies it had. */
unsigned int cache_drop(struct cache_hierarchy *h, unsigned int cpu, uint64_t line);

/* Background lines that come to a row. */
struct cache_mix {
	uint32_t set,
		fills; /* fills: as many as there are ways replace everything, and no more are told */
	uint64_t first; /* number of the first one found there, of this set's */
	uint64_t found; /* 0 where everything is replaced */
};

/* What came to a set since its row was last looked at; from now on the row shows it. */
static inline struct cache_mix cache_mix_due(const struct cache_background *b,
					     struct cache_aged *aged, uint32_t ways, uint32_t set)
{
	struct cache_aged due = {cache_round_of(&b->fills, set), cache_round_of(&b->found, set)};
	uint64_t fills = due.fills - aged->fills;
	struct cache_mix mix = {
		.set = set,
		.fills = (uint32_t)(fills < ways ? fills : ways),
		.first = aged->found,
		.found = fills < ways ? due.found - aged->found : 0,
	};

	*aged = due;
	return mix;
}

/* How many are found before fill number i, which counts from 1. */
static inline uint64_t cache_mix_found(const struct cache_mix *mix, uint32_t i)
{
	return (uint64_t)((unsigned __int128)mix->found * i / (mix->fills + 1));
}

/*
 * Which of a set's background lines is found, from the most recent one on. Multiples of the golden ratio, less their whole
 * part, are as evenly spread as those of any number, however many there are (Knuth, TAOCP 3, 6.4); where they begin
 * differs from set to set.
 */
static inline uint32_t cache_found_which(uint32_t set, uint64_t number, uint32_t background)
{
	uint32_t at = (uint32_t)number * 0x9e3779b9 + set * 0x85ebca6b;

	return (uint32_t)((uint64_t)at * background >> 32);
}

/*
 * Of the finds from..to of a set those that decide what its tree looks like afterwards, which begin here: before that, none
 * was the last one of any background line.
 */
uint64_t cache_found_last(const struct cache_mix *mix, uint32_t background, uint64_t from,
			  uint64_t to);

/* Whether the CPU's L1 or L2 has the line. */
bool cache_cpu_has(struct cache_hierarchy *h, unsigned int cpu, uint64_t line);

#endif
