// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>

#include "base/cleanup.h"
#include "base/num.h"
#include "sim/machine/calibrate_impl.h"

#define HUGE_PAGE (2UL << 20)

const unsigned int calibrate_lanes[CALIBRATE_LANES] = {1, 2, 4, 8, 12, 16, 24, CALIBRATE_MAX_LANE};

uint64_t calibrate_now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000000000 + (uint64_t)t.tv_nsec;
}

int chase_create(size_t size, bool huge, const struct other_node *on, struct chase *ret,
		 struct error *err)
{
	struct chase c = {.size = size, .huge = huge};
	size_t mapped = size + HUGE_PAGE;
	char *mem = mmap(NULL, mapped, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	size_t before;

	if (mem == MAP_FAILED)
		return error_nomem(err);
	/* what does not lie in whole huge pages is given back */
	before = -(uintptr_t)mem & (HUGE_PAGE - 1);
	if (before)
		munmap(mem, before);
	if (HUGE_PAGE - before)
		munmap(mem + before + size, HUGE_PAGE - before);
	c.mem = mem + before;
	c.order = malloc(size / CALIBRATE_LINE * sizeof(*c.order));
	if (!c.order) {
		munmap(c.mem, size);
		return error_nomem(err);
	}
	/* a kernel without huge pages refuses; chase_is_huge() will tell */
	(void)madvise(c.mem, size, huge ? MADV_HUGEPAGE : MADV_NOHUGEPAGE);
	if (on && other_node_bind(on, c.mem, size)) {
		chase_fini(&c);
		return error_set(err, -EIO, "no memory of another node is to be had");
	}
	memset(c.mem, 1, size);
	*ret = c;
	return 0;
}

void chase_fini(struct chase *c)
{
	if (c->mem)
		munmap(c->mem, c->size);
	free(c->order);
	*c = (struct chase){0};
}

/* AnonHugePages of the mapping that starts or runs on there, in bytes. */
static uint64_t huge_bytes(const char *mem)
{
	_cleanup_fclose_ FILE *smaps = fopen("/proc/self/smaps", "re");
	bool inside = false;
	char line[512];

	while (smaps && fgets(line, sizeof(line), smaps)) {
		unsigned long start, end, kib;

		if (sscanf(line, "%lx-%lx ", &start, &end) == 2)
			inside = (uintptr_t)mem >= start && (uintptr_t)mem < end;
		else if (inside && sscanf(line, "AnonHugePages: %lu kB", &kib) == 1)
			return (uint64_t)kib << 10;
	}
	return 0;
}

bool chase_is_huge(const struct chase *c)
{
	/* neighbouring mappings may have been joined, but then they are huge too */
	return huge_bytes(c->mem) >= c->size / 10 * 9;
}

static uint64_t draw(uint64_t *s)
{
	*s ^= *s << 13;
	*s ^= *s >> 7;
	*s ^= *s << 17;
	return *s;
}

/* A line within the n-th stride: with pages always the same one would meet few sets of the caches. */
static char *line_at(const struct chase *c, uint64_t n, size_t stride)
{
	uint64_t lines = stride / CALIBRATE_LINE;

	return c->mem + n * stride + (n * 0x9e3779b97f4a7c15ULL >> 32) % lines * CALIBRATE_LINE;
}

/* Numbers from 0 on in random order. */
static void shuffle(uint32_t *order, size_t nr)
{
	uint64_t seed = 88172645463325252ULL;

	for (size_t i = 0; i < nr; i++)
		order[i] = (uint32_t)i;
	for (size_t i = nr - 1; i > 0; i--) {
		size_t other = draw(&seed) % (i + 1);
		uint32_t held = order[i];

		order[i] = order[other];
		order[other] = held;
	}
}

/* Links what `order` says. */
static void link_lines(struct chase *c, size_t lines, size_t stride, uintptr_t tag)
{
	for (size_t i = 0; i < lines; i++) {
		char *next = line_at(c, c->order[i + 1 < lines ? i + 1 : 0], stride) + tag;

		memcpy(line_at(c, c->order[i], stride), &next, sizeof(next));
	}
	for (size_t lane = 0; lane < CALIBRATE_MAX_LANE; lane++)
		c->at[lane] = line_at(c, c->order[lines * lane / CALIBRATE_MAX_LANE], stride) + tag;
}

void chase_link(struct chase *c, size_t lines, size_t stride, uintptr_t tag)
{
	shuffle(c->order, lines);
	link_lines(c, lines, stride, tag);
}

void chase_link_groups(struct chase *c, size_t lines, size_t group)
{
	size_t groups = lines / group;

	shuffle(c->order, groups);
	/* from the end, so that no number is overwritten before it was used */
	for (size_t i = groups; i-- > 0;)
		for (size_t k = group; k-- > 0;)
			c->order[i * group + k] = (uint32_t)(c->order[i] * group + k);
	link_lines(c, groups * group, CALIBRATE_LINE, 0);
}

/* The number of rounds that make at least so many hops. */
static size_t rounds_of(size_t hops, size_t each)
{
	return (hops + each - 1) / each;
}

double chase_run(struct chase *c, size_t hops)
{
	size_t rounds = rounds_of(hops, 16);
	void *p = c->at[0];
	uint64_t begin = calibrate_now(), end;

	for (size_t i = 0; i < rounds; i++) {
		p = *(void **)p, p = *(void **)p, p = *(void **)p, p = *(void **)p;
		p = *(void **)p, p = *(void **)p, p = *(void **)p, p = *(void **)p;
		p = *(void **)p, p = *(void **)p, p = *(void **)p, p = *(void **)p;
		p = *(void **)p, p = *(void **)p, p = *(void **)p, p = *(void **)p;
	}
	/* the clock must not be read before the last load is back */
	__asm__ volatile("" : "+r"(p) : : "memory");
	c->at[0] = p;
	end = calibrate_now();
	return (double)(end - begin) / (double)(16 * rounds);
}

/* One instruction, as compilers see through it. */
static inline char **masked(char *p)
{
	return (char **)(p - ((uintptr_t)p & 15));
}

double chase_run_masked(struct chase *c, size_t hops)
{
	size_t rounds = rounds_of(hops, 4);
	char *p = c->at[0];
	uint64_t begin = calibrate_now();

	for (size_t i = 0; i < rounds; i++) {
		p = *masked(p), p = *masked(p);
		p = *masked(p), p = *masked(p);
	}
	__asm__ volatile("" : "+r"(p) : : "memory");
	c->at[0] = p;
	return (double)(calibrate_now() - begin) / (double)(4 * rounds);
}

double chase_run_lanes(struct chase *c, unsigned int lanes, size_t hops)
{
	void *p[CALIBRATE_MAX_LANE];
	size_t rounds = hops / lanes;
	uint64_t begin;
	double ns;

	memcpy(p, c->at, sizeof(p));
	begin = calibrate_now();
	for (size_t i = 0; i < rounds; i++)
		for (unsigned int lane = 0; lane < lanes; lane++)
			p[lane] = *(void **)p[lane];
	__asm__ volatile("" : : "r"(p) : "memory");
	ns = (double)(calibrate_now() - begin) / (double)(rounds * lanes);
	memcpy(c->at, p, sizeof(p));
	return ns;
}
