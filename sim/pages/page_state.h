/* SPDX-License-Identifier: GPL-2.0-only */
/* What is kept of each page, in one word. */
#ifndef SIM_PAGE_STATE_H
#define SIM_PAGE_STATE_H

#include <stdint.h>
#include <string.h>

/*
 * Four bytes per page: all that an event has to look at where only memory is asked for. Memory is handed out and
 * described in units (a folio, a compound page, a free block, a single page): the first page of a unit holds its order,
 * the others are marked TAIL.
 */
struct page_state {
	uint32_t kind : 5;  /* enum page_kind */
	uint32_t order : 5; /* of the unit, valid in its first page */
	uint32_t flags : 6; /* PS_* */
	uint32_t list : 16; /* number of the list that the page is on, 0: none that is known */
};

enum {
	PS_TAIL = 1 << 0,     /* not the first page of its unit */
	PS_LRU = 1 << 1,      /* on an LRU list, perhaps at an unknown place */
	PS_COMPOUND = 1 << 2, /* tails point to the head, and are taken apart when freed */
	PS_MAPPED = 1 << 3,   /* anonymous and mapped, as far as the events tell */
};

/*
 * A state as one number: to look at its members one by one, and to change them so, takes several times as many
 * instructions.
 */
static inline uint32_t word_of(struct page_state state)
{
	uint32_t word;

	memcpy(&word, &state, sizeof(word));
	return word;
}

static inline void set_word(struct page_state *state, uint32_t word)
{
	memcpy(state, &word, sizeof(word));
}

/* Words with one member set, which tell where it is. */
#define WORD(...) word_of((struct page_state){__VA_ARGS__})

#endif
