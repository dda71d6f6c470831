// SPDX-License-Identifier: GPL-2.0-only
#include "sim/pages/policy.h"

#include <stdio.h>
#include <string.h>

#include "trace/meta.h"

static bool is_folio(uint8_t kind)
{
	return kind == PAGE_KIND_ANON || kind == PAGE_KIND_FILE || kind == PAGE_KIND_SHMEM ||
	       kind == PAGE_KIND_USER;
}

/* Blocks of the buddy allocator and of the per-CPU lists are no folios, whatever their pages were. */
static bool is_about_blocks(uint8_t kind)
{
	switch (kind) {
	case OP_BUDDY_TAKE:
	case OP_BUDDY_ADD:
	case OP_BUDDY_MERGE:
	case OP_BUDDY_GIVE:
	case OP_BUDDY_PROBE:
	case OP_PCP_DRAIN:
	case OP_PCP_REFILL:
	case OP_PCP_ADD:
		return true;
	default:
		return false;
	}
}

/*
 * Whether a movable allocation is for a file is not known at first. Anonymous ones are of single pages or huge, as long
 * as nobody has asked for sizes between (/sys/kernel/mm/transparent_hugepage/hugepages-*).
 */
static bool is_of_file(uint8_t kind, unsigned int order)
{
	return kind == PAGE_KIND_FILE || (kind == PAGE_KIND_USER && order < POLICY_THP_ORDER);
}

/*
 * The order that a unit has under the policy. Whether a movable allocation is anonymous is not known at
 * first; THP is taken from it when it is.
 */
static unsigned int new_order(const struct policy *policy, uint8_t kind, unsigned int order)
{
	if (!is_folio(kind))
		return order;
	if (policy->no_thp && order == POLICY_THP_ORDER && kind == PAGE_KIND_ANON)
		order = 0;
	if (policy->small_files && is_of_file(kind, order))
		order = 0;
	return order < policy->max_order ? order : policy->max_order;
}

/* Told once for each further block of a large folio. */
static bool is_of_block(uint8_t kind)
{
	switch (kind) {
	case OP_BUFFER_MORE:
	case OP_DIRTY_MORE:
	case OP_MEMCG_MORE:
	case OP_WRITE_MORE:
	case OP_WRITEBACK_DONE:
	case OP_WRITEBACK_MORE:
		return true;
	default:
		return false;
	}
}

/* What single pages do not go through; of files' folios, those leave the page cache in batches. */
static bool is_of_large(const struct op *op)
{
	return is_of_block(op->kind) || op_is_of_compound(op->kind) ||
	       (op->kind == OP_CACHE_DEL_ONE && op->page_kind == PAGE_KIND_FILE);
}

/* Told of one page of a large folio, with the order of a page. */
static bool is_of_page(uint8_t kind)
{
	return kind == OP_RMAP_PAGE || kind == OP_MAP_PAGE;
}

/* A fault maps some pages of a file's folio, not all: how many, their map_page tell. */
static bool maps_some(const struct op *op)
{
	return (op->kind == OP_CACHE_MAP || op->kind == OP_RMAP_ADD) &&
	       (op->page_kind == PAGE_KIND_FILE || op->page_kind == PAGE_KIND_SHMEM);
}

/* As a folio of its own such a page is found and mapped by itself. */
static void map_page(const struct op *op, struct op_list *out)
{
	static const enum op_kind kinds[] = {OP_CACHE_MAP, OP_RMAP_ADD};

	for (size_t i = 0; i < sizeof(kinds) / sizeof(*kinds); i++) {
		struct op *part = op_list_add(out);

		*part = *op;
		part->kind = (uint8_t)kinds[i];
	}
}

static void split(const struct op *op, unsigned int order, struct op_list *out)
{
	uint32_t parts = 1U << (op->order - order), size = 1U << order;

	if (!order && (is_of_large(op) || maps_some(op)))
		return;
	/* all but the new folios' first blocks */
	if (is_of_block(op->kind))
		parts = 1;
	for (uint32_t i = 0; i < parts; i++) {
		struct op *part = op_list_add(out);

		*part = *op;
		part->order = (uint8_t)order;
		part->pfn = op->pfn + i * size;
		/* one after the other: each finds the one before it at the head of the list */
		if (i)
			part->next = part->pfn - size;
		if (i + 1 < parts)
			part->prev = op->prev == PFN_NONE ? PFN_NONE : part->pfn + size;
	}
}

/* Units side by side become smaller ones side by side. */
static void shrink_seed(const struct op *op, unsigned int order, struct op_list *out)
{
	struct op *seed = op_list_add(out);
	uint32_t last = op->next == PFN_NONE ? op->pfn : op->next;

	*seed = *op;
	seed->order = (uint8_t)order;
	seed->next = last + (1U << op->order) - (1U << order);
}

static void one_op(const struct policy *policy, const struct op *op, struct op_list *out)
{
	unsigned int order = new_order(policy, op->page_kind, op->order);

	if (is_of_page(op->kind) && !new_order(policy, op->page_kind, 1)) {
		if (op->kind == OP_MAP_PAGE)
			map_page(op, out);
		return;
	}
	if (order < op->order && op->kind == OP_SEED)
		shrink_seed(op, order, out);
	else if (order < op->order && !is_about_blocks(op->kind))
		split(op, order, out);
	else
		*op_list_add(out) = *op;
}

struct policy policy_of_kernel(uint64_t recorded, uint64_t code)
{
	/* what else came between v6.14 and v6.18 tells of it */
	return (struct policy){
		.max_order = POLICY_AS_TRACED,
		.small_files = recorded & ~code & CODE_BIT(memdesc_flags_t),
	};
}

void policy_counts(const struct policy *policy, const struct pages_counts *counts,
		   struct pages_counts *ret)
{
	*ret = *counts;
	memset(ret->units, 0, sizeof(ret->units));
	for (int kind = 0; kind < PAGE_KIND_MAX; kind++) {
		for (unsigned int order = 0; order <= CENSUS_MAX_ORDER; order++) {
			unsigned int now = new_order(policy, (uint8_t)kind, order);

			ret->units[kind][now] += counts->units[kind][order] << (order - now);
		}
	}
}

/* A unit that becomes of a kind which the policy treats otherwise: it ends, and others begin. */
static void rekind(const struct policy *policy, const struct op *op, struct op_list *out)
{
	unsigned int order = new_order(policy, op->page_kind, op->order);
	struct op end = *op, begin = *op;

	if (order == new_order(policy, op->old_kind, op->order)) {
		one_op(policy, op, out);
		return;
	}
	end.kind = OP_UNDESCRIBE;
	end.page_kind = op->old_kind;
	begin.kind = OP_DESCRIBE;
	one_op(policy, &end, out);
	one_op(policy, &begin, out);
}

void policy_apply(const struct policy *policy, const struct op *ops, size_t nr, struct op_list *out)
{
	for (size_t i = 0; i < nr; i++) {
		if (ops[i].kind == OP_REKIND)
			rekind(policy, &ops[i], out);
		else
			one_op(policy, &ops[i], out);
	}
}

const char *policy_text(const struct policy *policy, char *buf, size_t len)
{
	const char *thp = policy->no_thp ? ", no anonymous THP" : "";

	if (policy_is_none(policy))
		return "folio sizes as traced";
	if (policy->max_order == POLICY_AS_TRACED)
		return "no anonymous THP";
	if (policy->max_order == 0)
		return "folios of order 0 only";
	snprintf(buf, len, "folios of order %u at most%s", policy->max_order, thp);
	return buf;
}
