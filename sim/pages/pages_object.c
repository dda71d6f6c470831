// SPDX-License-Identifier: GPL-2.0-only
/* Objects of slabs, and what user space copies to and from other pages: socket buffers' fragments. */
#include <string.h>

#include "sim/pages/pages_internal.h"

static bool is_fragments(const struct pages *p, uint32_t head)
{
	const struct page_state *state = &p->state[head];

	return state->kind == PAGE_KIND_KERNEL && state->flags & PS_COMPOUND;
}

/* The thread has filled its page, or the page is gone for another reason. */
static void page_filled(struct pages *p, struct page_cpu *c, uint16_t cpu)
{
	uint32_t head = c->fragment - 1;

	if (c->fragment && is_fragments(p, head))
		pages_emit(p, OP_FRAG_PUT, head, p->state[head].order, cpu);
	c->fragment = 0;
}

/*
 * A socket buffer takes so many bytes: sk_gso_max_size, of a device that says nothing else (include/linux/netdevice.h:
 * GSO_LEGACY_MAX_SIZE), less its headers, in whole segments (net/ipv4/tcp.c: tcp_send_mss()).
 */
enum { BUFFER_BYTES = 65536 };

/* How far a copy that begins there comes behind the one before; the thread has filled its page before it takes another. */
static uint32_t pages_since(const struct page_cpu *c, uint32_t pfn, uint32_t head, uint32_t size)
{
	uint32_t at = size - (pfn - head);

	if (!c->fragment)
		return 0;
	return c->fragment == head + 1 && at <= c->fill ? c->fill - at : c->fill + pfn - head;
}

/*
 * Whether the copy begins the next buffer. Of where it begins the page is told: what is full somewhere in the last page before
 * its limit is so where a copy begins there after one that was longer than a page; shorter ones begin behind it, too.
 */
static bool is_full(const struct pages *p, const struct page_cpu *c, uint32_t since)
{
	return (uint64_t)(c->sent + (since > 1)) * p->page_size >= BUFFER_BYTES;
}

/*
 * sendmsg() fills pages of the thread's own, one after the other (skb_page_frag_refill()), and the socket buffer takes a
 * reference for each fragment. What comes right behind the fragment before, of the same buffer, belongs to it
 * (skb_can_coalesce()). A receiver that runs in between has taken the buffer; one that is full is followed by the next. So is
 * one that is sent at once (tcp_push()), as nothing is on its way: what begins at a page's beginning after all was received.
 * What the receiver still holds something of goes on in the page, and waits for more (tcp_should_autocork()).
 */
static void fragment_filled(struct pages *p, uint32_t pfn, uint32_t head, uint16_t cpu)
{
	struct page_cpu *c = &p->cpus[cpu];
	struct page_usage *usage = pages_usage(p, head);
	unsigned int order = p->state[head].order;
	bool same = c->fragment == head + 1, full;
	uint32_t since;

	pages_emit(p, OP_FRAG_FIND, head, order, cpu);
	since = pages_since(c, pfn, head, 1U << order);
	c->sent += since;
	c->fill = (1U << order) - (pfn - head);
	full = is_full(p, c, since) || c->alone;
	c->alone = c->received && pfn == head;
	if (same && !c->received && !full)
		return;
	if (c->received || full)
		c->sent = 0;
	if (!same)
		page_filled(p, c, cpu);
	c->fragment = head + 1;
	c->received = false;
	usage->mapcount = (usage->mapcount + 1) & PAGE_USAGE_MAPCOUNT_MAX;
	pages_emit(p, OP_FRAG_GET, head, order, cpu);
}

static void fragment_let_go(struct pages *p, uint32_t head, uint16_t cpu)
{
	struct page_usage *usage = pages_usage(p, head);

	if (!usage->mapcount)
		return;
	usage->mapcount--;
	pages_emit(p, OP_FRAG_PUT, head, p->state[head].order, cpu);
}

/* Fragments of one page that are let go when it is freed; more is nonsense that a trace says. */
enum { FRAGMENTS_MAX = 512 };

void pages_fragments_end(struct pages *p, uint32_t head, uint16_t cpu)
{
	struct page_cpu *c = &p->cpus[cpu];

	for (int i = 0; i < FRAGMENTS_MAX && pages_usage(p, head)->mapcount; i++)
		fragment_let_go(p, head, cpu);
	if (c->fragment == head + 1)
		page_filled(p, c, cpu);
}

/* What is copied from user space into a compound page that is no folio is about to be sent, on Linux by sockets only. */
static void copied(struct pages *p, const struct event *e, uint32_t head)
{
	if (!is_fragments(p, head) || p->memory_only)
		return;
	switch (e->arg >> OBJECT_NR_SHIFT) {
	case COPY_FROM_USER:
		fragment_filled(p, (uint32_t)e->pfn, head, e->cpu);
		return;
	case COPY_TO_USER:
		p->cpus[e->cpu].received = true;
		fragment_let_go(p, head, e->cpu);
		return;
	default:
		return;
	}
}

/* The way from an object to its slab, and what is done there. */
static void object(struct pages *p, const struct event *e, enum op_kind way, enum op_kind there)
{
	uint32_t pfn = (uint32_t)e->pfn, head = pages_unit_head(p, pfn);

	pages_emit(p, way, pfn, 0, e->cpu);
	pages_emit(p, there, head, p->state[head].order, e->cpu);
}

/* The kernel goes on with a slab as long as its objects come one after the other. */
static void freed_in_bulk(struct pages *p, const struct event *e, uint32_t head)
{
	struct page_cpu *c = &p->cpus[e->cpu];

	if (c->group != head + 1)
		pages_emit(p, OP_OBJECT_GROUP, head, p->state[head].order, e->cpu);
	c->group = head + 1;
	object(p, e, OP_OBJECT_LOOK, OP_OBJECT_BULK);
}

/* PCS_BATCH_MAX of mm/slub.c: objects of a sheaf that are given back at a time. */
enum { FLUSH_BATCH = 32 };

static void flush_ends(struct page_cpu *c)
{
	memset(c->ahead, 0, sizeof(c->ahead));
	c->flushed = 0;
}

/*
 * For each slab the kernel goes through the objects that are left until it has met so many of other slabs, and finds the slab of
 * each. Those that it met come next.
 */
static void looked_ahead(struct pages *p, const struct event *e, uint32_t nr)
{
	struct page_cpu *c = &p->cpus[e->cpu];

	for (int i = 0; i < LOOK_AHEAD; i++) {
		uint32_t met = nr < c->ahead[i] ? nr : c->ahead[i];

		c->ahead[i] = (uint8_t)(c->ahead[i] - met);
		for (; met; met--)
			object(p, e, OP_OBJECT_LOOK, OP_OBJECT_BULK);
	}
	/* each slab that comes has at least one object, so the oldest has met all of its own */
	memmove(c->ahead + 1, c->ahead, sizeof(c->ahead) - 1);
	c->ahead[0] = LOOK_AHEAD;
	c->flushed = (uint8_t)(c->flushed + nr < FLUSH_BATCH ? c->flushed + nr : FLUSH_BATCH);
	if (c->flushed == FLUSH_BATCH)
		flush_ends(c);
}

/* With sheaves, objects come to the slow path from one that was emptied, where each was looked up. */
static void freed_into_slab(struct pages *p, const struct event *e, uint32_t head)
{
	uint32_t nr = pages_nr_objects(e->arg >> OBJECT_NR_SHIFT);

	if (p->code & CODE_BIT(slab_sheaf))
		looked_ahead(p, e, nr);
	if (pages_usage(p, head)->fresh)
		pages_emit(p, OP_OBJECT_PARTIAL, head, p->state[head].order, e->cpu);
	pages_usage(p, head)->fresh = 0;
	pages_emit(p, OP_OBJECT_SLOW, head, p->state[head].order, e->cpu);
	for (uint32_t i = 0; p->code & CODE_BIT(slab_sheaf) && i < nr; i++)
		object(p, e, OP_OBJECT_LOOK, OP_OBJECT_BULK);
}

void pages_object(struct pages *p, const struct event *e)
{
	uint32_t head = pages_unit_head(p, (uint32_t)e->pfn), how = e->arg & OBJECT_HOW;

	if (how != OBJECT_IN_BULK)
		p->cpus[e->cpu].group = 0;
	if (how != OBJECT_TO_SLAB)
		flush_ends(&p->cpus[e->cpu]);
	if (how == OBJECT_COPIED) {
		bool slab = p->state[head].kind == PAGE_KIND_SLAB;

		object(p, e, OP_OBJECT_LOOK, slab ? OP_OBJECT_COPIED : OP_PAGE_COPIED);
		if (!slab)
			copied(p, e, head);
		return;
	}
	/* large kmalloc() has no slab */
	if (p->state[head].kind != PAGE_KIND_SLAB)
		return;
	switch (how) {
	case OBJECT_TO_SLAB:
		freed_into_slab(p, e, head);
		return;
	case OBJECT_REFILL:
		/* a slab that was made for this allocation is charged as new */
		if (p->code & CODE_BIT(slab_sheaf) || p->cpus[e->cpu].slab != head + 1)
			pages_emit(p, OP_OBJECT_REFILL, head, p->state[head].order, e->cpu);
		p->cpus[e->cpu].slab = 0;
		pages_usage(p, head)->fresh = 1;
		return;
	case OBJECT_KFREE:
		object(p, e, OP_OBJECT_LOOK, OP_OBJECT_KFREE);
		return;
	case OBJECT_IN_BULK:
		freed_in_bulk(p, e, head);
		return;
	case OBJECT_LATER:
		object(p, e, OP_OBJECT_LOOK, OP_OBJECT_LATER);
		return;
	default:
		object(p, e, OP_OBJECT_FIND, OP_OBJECT_FREE);
		return;
	}
}
