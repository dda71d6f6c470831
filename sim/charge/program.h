/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The lines that operations touch, worked out once. A few operations in a row are often about the same page:
 * freed, it is unmapped, taken off its list, uncharged, checked and put on another list. Which lines such a
 * chain touches depends on its operations and on how the objects that they start from lie in their cache
 * lines, but not on where they are. So the steps of the plan are gone through when a case is met for the
 * first time, and from then on its program is looked up.
 */
#ifndef SIM_PROGRAM_H
#define SIM_PROGRAM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "layouts/layout.h"
#include "sim/charge/breakdown.h"
#include "sim/access/op.h"
#include "sim/access/place.h"
#include "sim/access/plan.h"

enum {
	PROGRAM_LINE_SHIFT = 6,
	PROGRAM_OPS = 8,	/* in a chain, at most; one of them may touch list neighbours */
	PROGRAM_OP_LINES = 128, /* of one operation: 24 steps, or one descriptor */
	PROGRAM_SETS = 64,	/* a line is in the set of the last bits of its number */
	PROGRAM_POINTER = 8, /* bytes of a free object that the slab allocator or a list writes */
};

/* The objects that a chain starts from. Entries have even numbers. */
enum program_base {
	PROGRAM_ENTRY,	    /* memmap entry of the unit's first page */
	PROGRAM_DESC,	    /* its descriptor */
	PROGRAM_HOME_ENTRY, /* where the descriptor is given back: entry of the page that holds it */
	PROGRAM_HOME_DESC,  /* the descriptor of its slab */
	PROGRAM_NEIGHBOUR,  /* from here on, in the order of enum plan_base */
	PROGRAM_PREVIOUS = PROGRAM_NEIGHBOUR + 2,
	PROGRAM_BASES = PROGRAM_PREVIOUS + 2,
	/* with PROGRAM_KEPT there are no neighbours, but the descriptor that is given back instead */
	PROGRAM_GIVEN = PROGRAM_NEIGHBOUR + 1,
};

enum {
	PROGRAM_KIND_BITS = 7,
	PROGRAM_SIZE_SHIFT = PROGRAM_OPS * PROGRAM_KIND_BITS,
	PROGRAM_SIZE_BITS = 2
};

/*
 * A case. The first word names the operations, 7 bits for each, and above them the size of the unit. Then there are two
 * groups of four objects, a word for each: an entry has 7 bits, 1 and the place in its line, a descriptor 11, number of
 * the layout's object + 1 and the place; 0 is an object that is not there. Only objects that the plan names for one of
 * the operations are. Above them are 11 bits for each of the neighbours that may share lines with an object of a lower
 * number: 1, the number of that one in its sort, and how many lines are between, + 128.
 */
struct program_key {
	uint64_t ops;
	uint64_t objects[2];
};

/* In the first word: a descriptor that is kept with its pages comes or goes, see charge_single.c. */
#define PROGRAM_KEPT (1ULL << 63)

static inline unsigned int program_shift(enum program_base base)
{
	return (base & 1) * 7U + (base >> 1 & 1) * 18U;
}

/* An object's part; 0: it is not there. */
static inline unsigned int program_part(const struct program_key *key, enum program_base base)
{
	return (unsigned int)(key->objects[base / 4] >> program_shift(base)) &
	       (base & 1 ? 0x7ff : 0x7f);
}

/* plan_size() of the unit. */
static inline unsigned int program_size(const struct program_key *key)
{
	return key->ops >> PROGRAM_SIZE_SHIFT & ((1U << PROGRAM_SIZE_BITS) - 1);
}

static inline bool program_is_kept(const struct program_key *key)
{
	return key->ops & PROGRAM_KEPT;
}

enum { PROGRAM_NEAR_SHIFT = 36, PROGRAM_NEAR_BITS = 11 };

/* Of a neighbour: to what it is near; 0: to nothing. The next one's is in the first word, the previous one's in the second. */
static inline unsigned int program_near_part(const struct program_key *key, enum program_base base)
{
	return (unsigned int)(key->objects[base >> 1 & 1] >>
			      (PROGRAM_NEAR_SHIFT + (base & 1) * PROGRAM_NEAR_BITS)) &
	       ((1U << PROGRAM_NEAR_BITS) - 1);
}

/* number: of the object that it is near to; between: twice the lines from there. */
static inline void program_set_near(struct program_key *key, enum program_base base,
				    unsigned int number, uint64_t between)
{
	key->objects[base >> 1 & 1] |= (1ULL << 10 | number << 8 | (((between >> 1) + 128) & 255))
				       << (PROGRAM_NEAR_SHIFT + (base & 1) * PROGRAM_NEAR_BITS);
}

/* What a chain's program is looked up by, and where its objects lie. */
struct program_case {
	struct program_key key;
	/* places of entries in their lines, 6 bits for each of them, where the key does not have them */
	uint64_t places;
	bool near; /* which objects may share lines is not simple: call program_near() */
	/* line in which the object begins << 1; of those that may be near to others, 0 if it is not there */
	uint64_t word[PROGRAM_BASES];
};

/* ops: as in the key. */
static inline void program_case_init(struct program_case *c, uint64_t ops)
{
	c->key = (struct program_key){.ops = ops};
	c->places = 0;
	c->near = false;
	c->word[PROGRAM_DESC] = 0;
	for (int i = PROGRAM_NEIGHBOUR; i < PROGRAM_BASES; i++)
		c->word[i] = 0;
}

/* How far places are shifted for that of an object: of a descriptor, behind all of them, where there are zeros. */
static inline unsigned int program_place_shift(enum program_base base)
{
	return base & 1 ? 63 : base / 2 * 6;
}

/* By how many bytes what is touched in an object is moved in its line. */
static inline unsigned int program_place(uint64_t places, enum program_base base)
{
	return places >> program_place_shift(base) & 63;
}

/* Whether objects that begin in these lines, and of which each has `reach` more, may share some. */
static inline bool program_reaches(uint64_t between, unsigned int reach)
{
	return between + 2 * reach <= 4 * reach;
}

/* What is not there is far from everything, and so is the home of a descriptor. */
static inline void program_add(struct program_case *c, enum program_base base, uint64_t part,
			       uint64_t address, unsigned int reach)
{
	const uint64_t word = address >> PROGRAM_LINE_SHIFT << 1;
	const enum program_base own = base & 1;

	c->key.objects[base / 4] |= part << program_shift(base);
	c->word[base] = word;
	if (base < PROGRAM_NEIGHBOUR)
		return;
	if (program_reaches(word - c->word[own], reach))
		program_set_near(&c->key, base, 0, word - c->word[own]);
	if (base >= PROGRAM_PREVIOUS)
		c->near |= program_reaches(word - c->word[PROGRAM_NEIGHBOUR + own], reach);
}

static inline void program_add_entry(struct program_case *c, enum program_base base,
				     uint64_t address, const struct plan *plan)
{
	c->places |= (address & 63 & ~(uint64_t)plan->entry_mask) << base / 2 * 6;
	program_add(c, base, 64 | (address & plan->entry_mask), address,
		    plan->entry_reach[program_size(&c->key)]);
}

static inline void program_add_desc(struct program_case *c, enum program_base base,
				    uint64_t address, const struct plan *plan)
{
	program_add(c, base, (place_heap_index(address) + 1ULL) << 6 | (address & 63), address,
		    plan->desc_reach);
}

/* Tells in the key which objects may share lines, if the neighbours may do so with each other. */
void program_near(struct program_case *c, const struct plan *plan);

/*
 * The bytes of a line that are touched in one object; bit n is byte n of the line. Entries whose place is not in
 * the key (program_place()) are taken to begin where the line does.
 */
struct program_bytes {
	uint64_t read, written; /* by the first operation that touches the line */
	/* by those of the others that write in the line: all of them together */
	uint64_t again_read, again_written;
	uint8_t base;	/* enum program_base */
	uint16_t owner; /* breakdown_owner() of what is touched first */
};

/* Accesses of one run. */
struct program_owned {
	uint16_t owner; /* breakdown_owner() */
	uint32_t accesses;
};

/* Of a line those bytes that lie in [at, end), which it has a part of. */
static inline uint64_t program_line_bytes(uint64_t line, uint64_t at, uint64_t end)
{
	uint64_t start = line << PROGRAM_LINE_SHIFT, bytes = ~0ULL;

	if (at > start)
		bytes <<= at - start;
	if (end - start < 1 << PROGRAM_LINE_SHIFT)
		bytes &= (1ULL << (end - start)) - 1;
	return bytes;
}

struct program_line {
	int32_t word; /* lines from the one in which the object begins, * 2, | whether it is written */
	uint8_t base; /* enum program_base: the object */
	uint8_t tag;  /* kind of the operation << 1 | whether it is its first line or a hop */
	uint8_t mode; /* enum access_mode, the strongest */
	bool hop;     /* its address has to be loaded from another line of the operation */
	uint16_t bytes;
	uint8_t nr_bytes; /* program->bytes[bytes] and those that follow it */
	uint8_t times;	  /* operations that touch it */
	uint8_t moved; /* by so many bits places are shifted for that of program->bytes[bytes].base */
	/* what all operations touch in that object: all of `bytes` there */
	uint64_t read, written;
};

/* An object whose lines, from `low` to `high`, are translated. */
struct program_visit {
	int32_t low, high; /* lines from the one in which it begins */
	uint8_t base;
	uint8_t tag; /* of the line that comes first */
};

/* What is needed of a line each time it is touched, packed: as in struct program_line. */
struct program_touch {
	int16_t word;
	uint8_t base, tag;
};

struct program_op {
	uint8_t kind;
	uint16_t nr;		    /* lines */
	uint32_t accesses, atomics; /* of one run */
};

struct program {
	/* All this and `touches` lie behind it. Operation by operation, each line once in each of them, in the order of
	 * first accesses. */
	const struct program_line *lines;
	const struct program_op *ops;
	/*
	 * The objects in the order in which they are touched first; then those that have to be touched once more
	 * for the order in which all of them are touched last.
	 */
	const struct program_visit *visits;
	const struct program_owned *owned;
	const uint16_t *last; /* the numbers of `distinct`, in the order of their last accesses */
	uint64_t singles; /* the user's: how often it ran, but with lines that are not just these */
	uint32_t nr_owned;
	uint8_t nr_visits, nr_revisits;

	/* What is needed each time it runs begins a line of the host, and takes two of them as a rule. */
	struct program_key key __attribute__((aligned(64)));
	uint64_t runs; /* the user's: how often it ran with just its lines */
	const struct program_bytes *bytes;
	/* As `lines`, each once in the whole chain, written if ever it is. */
	const struct program_line *distinct;
	/*
	 * The sets of `distinct`, of PROGRAM_SETS: for each object in `bases`, a bit by enum program_base, rising, those of
	 * its lines if it began in line 0. No bases: lines of one object meet in a set.
	 */
	const uint64_t *sets;
	uint16_t nr_ops, nr_lines, nr_distinct;
	uint8_t bases;
	struct program_touch touches[] __attribute__((aligned(64))); /* of `distinct` */
};

/* The sets, of PROGRAM_SETS, in which several of the lines meet; `bases` is not 0. */
static inline uint64_t program_sets_met(const struct program *program,
					const struct program_case *at)
{
	const uint64_t *sets = program->sets;
	uint64_t seen = 0, met = 0;

	for (unsigned int bases = program->bases; bases; bases &= bases - 1) {
		const unsigned int by = at->word[__builtin_ctz(bases)] >> 1 & (PROGRAM_SETS - 1);
		const uint64_t here = *sets << by | *sets >> (-by & (PROGRAM_SETS - 1));

		sets++;
		met |= seen & here;
		seen |= here;
	}
	return met;
}

struct programs {
	const struct layout *layout;
	const struct plan *plan;
	struct program **slots; /* open addressing, at most a quarter full */
	unsigned int shift;	/* 64 - log2 of their number */
	size_t nr;
	struct program_draft *draft; /* room to work them out; NULL at first */
};

/* Layout and plan are borrowed and must outlive it. */
int programs_init(struct programs *p, const struct layout *layout, const struct plan *plan,
		  struct error *err) __must_check;
void programs_fini(struct programs *p);

/* program_make.c: one program, malloc()ed. NULL: no memory. */
struct program *program_make(struct programs *p, const struct program_key *key);
/* For program_find(): looks further, and works it out if need be. NULL: no memory. */
struct program *program_search(struct programs *p, const struct program_key *key);

static inline uint64_t program_hash(const struct program_key *key)
{
	/* odd numbers without a pattern; the first is 2^64 / golden ratio, for Fibonacci hashing */
	uint64_t objects =
		key->objects[0] * 0xbf58476d1ce4e5b9ULL ^ key->objects[1] * 0x94d049bb133111ebULL;

	return (key->ops ^ objects ^ objects >> 32) * 0x9e3779b97f4a7c15ULL;
}

static inline bool program_key_equal(const struct program_key *a, const struct program_key *b)
{
	return !((a->ops ^ b->ops) | (a->objects[0] ^ b->objects[0]) |
		 (a->objects[1] ^ b->objects[1]));
}

static inline struct program *program_find(struct programs *p, const struct program_key *key)
{
	struct program *program = p->slots[program_hash(key) >> p->shift];

	if (__builtin_expect(program && program_key_equal(&program->key, key), 1))
		return program;
	return program_search(p, key);
}

/* For going through all of them: the i-th from *i on, which moves past it; NULL: that was all. */
struct program *programs_next(const struct programs *p, size_t *i);

#endif
