// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>

#include "base/cleanup.h"
#include "sim/charge/native_impl.h"

enum {
	CHUNK_SHIFT = 21 - 6,		      /* lines in 2 MiB */
	MAX_CHUNKS = 1 << (29 - CHUNK_SHIFT), /* words have room for 2^29 lines, 32 GiB */
	FOLDED_LINES = 128, /* 8 KiB: they stay in any L1, beside the words that stream by */
	BACKGROUND = 64 << 20,
};

void native_stream_fini(struct native_stream *s)
{
	free(s->words);
	*s = (struct native_stream){.words = NULL};
}

bool native_stream_op(struct native_stream *s)
{
	if (s->ops == NATIVE_MAX_OPS) {
		s->left_out++;
		return false;
	}
	s->ops++;
	return true;
}

void native_stream_add(struct native_stream *s, uint64_t line, enum access_mode mode, bool serial)
{
	if (s->nr == s->cap) {
		size_t cap = s->cap ? 2 * s->cap : 1 << 16;
		uint64_t *words = s->failed ? NULL : reallocarray(s->words, cap, sizeof(*words));

		if (!words) {
			s->failed = true;
			return;
		}
		s->words = words;
		s->cap = cap;
	}
	s->words[s->nr++] = line << 3 | (uint64_t)serial << 2 | mode;
}

static int by_number(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return (x > y) - (x < y);
}

/* The numbers of the 2 MiB chunks that are touched, ascending; *ret_nr of them. */
static uint64_t *chunks_of(const struct native_stream *s, size_t *ret_nr)
{
	uint64_t *chunks = malloc(s->nr * sizeof(*chunks));
	size_t nr = 0;

	for (size_t i = 0; chunks && i < s->nr; i++) {
		uint64_t chunk = s->words[i] >> 3 >> CHUNK_SHIFT;

		if (!i || chunk != chunks[nr - 1])
			chunks[nr++] = chunk;
	}
	if (!chunks)
		return NULL;
	qsort(chunks, nr, sizeof(*chunks), by_number);
	*ret_nr = 0;
	for (size_t i = 0; i < nr; i++)
		if (!i || chunks[i] != chunks[*ret_nr - 1])
			chunks[(*ret_nr)++] = chunks[i];
	return chunks;
}

/* Whole huge pages, zeroed and there. NULL: no memory. */
static char *map_memory(size_t size)
{
	struct chase c;

	if (chase_create(size, true, NULL, &c, NULL))
		return NULL;
	free(c.order);
	memset(c.mem, 0, size);
	return c.mem;
}

static void write_words(const struct native_stream *s, const uint64_t *chunks, size_t nr_chunks,
			struct native_program *p)
{
	const uint64_t *found = chunks;

	for (size_t i = 0; i < p->nr; i++) {
		/* the last step is filled up with reads of a line that is in L1 anyway */
		uint64_t word = s->words[i < s->nr ? i : s->nr - 1];
		uint64_t line = word >> 3, chunk = line >> CHUNK_SHIFT;

		if (i >= s->nr)
			word &= ~7ULL;
		if (*found != chunk)
			found = bsearch(&chunk, chunks, nr_chunks, sizeof(chunk), by_number);
		line = (uint64_t)(found - chunks) << CHUNK_SHIFT |
		       (line & ((1ULL << CHUNK_SHIFT) - 1));
		p->words[i] = (uint32_t)(line << 3 | (word & 7));
		p->used[line / 64] |= 1ULL << line % 64;
	}
}

DEFINE_CLEANUP(struct native_program *, native_program_fini);

int native_program_create(const struct native_stream *stream, unsigned int background,
			  struct native_program *ret, struct error *err)
{
	struct native_program p = {.nr_used = stream->nr};
	_cleanup_(native_program_finip) struct native_program *guard = &p;
	_cleanup_free_ uint64_t *chunks = NULL;
	size_t nr = 0;

	if (stream->failed)
		return error_nomem(err);
	if (!stream->nr)
		return error_set(err, -EINVAL,
				 "there is nothing to execute: no operation touches a line");
	chunks = chunks_of(stream, &nr);
	if (!chunks)
		return error_nomem(err);
	if (nr > MAX_CHUNKS)
		return error_set(err, -E2BIG, "the operations touch more than 32 GiB of metadata");
	p.nr = (stream->nr + NATIVE_STEP - 1) / NATIVE_STEP * NATIVE_STEP;
	p.words = aligned_alloc(NATIVE_LINE, p.nr * sizeof(*p.words));
	p.mem = map_memory(nr << (CHUNK_SHIFT + 6));
	p.used = calloc(nr << CHUNK_SHIFT >> 6, sizeof(*p.used));
	if (p.mem)
		p.size = nr << (CHUNK_SHIFT + 6);
	if (background)
		p.background = map_memory(BACKGROUND);
	if (p.background)
		p.background_size = BACKGROUND;
	if (!p.words || !p.mem || !p.used || (background && !p.background))
		return error_nomem(err);
	write_words(stream, chunks, nr, &p);
	guard = NULL;
	*ret = p;
	return 0;
}

void native_program_fini(struct native_program *p)
{
	if (!p)
		return;
	free(p->words);
	free(p->used);
	if (p->mem)
		munmap(p->mem, p->size);
	if (p->background)
		munmap(p->background, p->background_size);
	*p = (struct native_program){.words = NULL};
}

/* One dependent read in each page: more pages than any TLB has entries for. */
static void sweep_pages(const struct chase *sweep)
{
	for (size_t at = 0; at < sweep->size; at += 4096)
		(void)*(volatile char *)(sweep->mem + at + at / 4096 % 64 * NATIVE_LINE);
}

void native_program_cool(const struct native_program *p, const struct chase *sweep)
{
#if defined(__x86_64__)
	for (size_t line = 0; line < p->size / NATIVE_LINE; line++)
		if (p->used[line / 64] >> line % 64 & 1)
			__builtin_ia32_clflush(p->mem + line * NATIVE_LINE);
	__builtin_ia32_mfence();
#else
	/* what was read last is all that is left in the caches */
	for (size_t at = 0; at < sweep->size; at += NATIVE_LINE)
		(void)*(volatile char *)(sweep->mem + at);
	(void)p;
#endif
	sweep_pages(sweep);
}

/* All of memory holds zeroes and keeps them, so that a loaded value can be added to any address. */
static inline uint64_t touch(char *mem, uint32_t word, uint32_t mask, uint64_t loaded)
{
	uint64_t *at = (uint64_t *)(mem + (size_t)(word >> 3 & mask) * NATIVE_LINE);

	if (word & 4)
		at += loaded;
	switch (word & 3) {
	case MODE_A:
		return loaded | __atomic_fetch_add(at, 0, __ATOMIC_RELAXED);
	case MODE_W:
		loaded |= *(volatile uint64_t *)at;
		*(volatile uint64_t *)at = 0;
		return loaded;
	default:
		return loaded | *(volatile uint64_t *)at;
	}
}

/* What this thread took: that others had the CPU in between is no part of it. */
static uint64_t cpu_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
	return (uint64_t)t.tv_sec * 1000000000 + (uint64_t)t.tv_nsec;
}

double native_program_run(struct native_program *p, unsigned int background, bool folded)
{
	const uint32_t mask = folded ? FOLDED_LINES - 1 : UINT32_MAX >> 3;
	size_t at = p->background_at;
	uint64_t loaded = 0, begin = cpu_ns();

	for (size_t i = 0; i < p->nr; i += NATIVE_STEP) {
		for (unsigned int k = 0; k < NATIVE_STEP; k++)
			loaded = touch(p->mem, p->words[i + k], mask, loaded);
		for (unsigned int k = 0; k < background; k++) {
			(void)*(volatile char *)(p->background + at);
			at = at + NATIVE_LINE < p->background_size ? at + NATIVE_LINE : 0;
		}
	}
	__asm__ volatile("" : "+r"(loaded) : : "memory");
	p->background_at = at;
	return (double)(cpu_ns() - begin);
}
