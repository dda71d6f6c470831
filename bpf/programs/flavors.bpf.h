/* SPDX-License-Identifier: GPL-2.0-only */
/* Reading struct page and struct folio of any kernel from 5.10 on. BPF side only. */
#ifndef BPF_FLAVORS_BPF_H
#define BPF_FLAVORS_BPF_H

#include "bpf/programs/vmlinux_min.h"

#include <bpf/bpf_core_read.h>
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>

/*
 * The number in a pointer: the verifier refuses shifts and masks of one, but takes the result of a
 * negation for an unknown number (with CAP_PERFMON, which allows to learn kernel addresses).
 */
static __always_inline uint64_t address(const volatile void *p)
{
	uint64_t a = (uint64_t)p;

	asm volatile("%0 = -%0\n%0 = -%0" : "+r"(a));
	return a;
}

#define PAGEFLAG(flags, NAME) ((flags) >> bpf_core_enum_value(enum pageflags, PG_##NAME) & 1)

/*
 * A folio and its first page are the same memory, so these take either. `typed` pointers, arguments
 * of the tracepoint, are read without a helper call.
 */
static __always_inline uint64_t page_flags(const void *typed)
{
	const struct page___memdesc *memdesc = typed;
	const struct page___word *word = typed;

	if (bpf_core_field_exists(memdesc->flags.f))
		return memdesc->flags.f;
	return word->flags;
}

static __always_inline uint64_t page_mapping(const void *typed)
{
	const struct folio *folio = typed;
	const struct page *page = typed;

	if (bpf_core_field_exists(folio->mapping))
		return address(folio->mapping);
	return address(page->mapping);
}

static __always_inline uint64_t page_index(const void *typed)
{
	const struct folio *folio = typed;
	const struct page *page = typed;

	if (bpf_core_field_exists(folio->index))
		return folio->index;
	return page->index;
}

/*
 * The order of a folio with these flags. The second struct page is out of the typed pointer's
 * bounds.
 */
static __always_inline uint32_t folio_order(const void *folio, uint64_t flags)
{
	const struct folio___flags_1 *newest = folio;
	const struct folio___order_byte *middle = folio;
	const struct page___compound_order *oldest;
	unsigned long flags_1 = 0;
	unsigned char order = 0;

	if (!PAGEFLAG(flags, head))
		return 0;
	if (bpf_core_field_exists(newest->_flags_1)) {
		bpf_core_read(&flags_1, sizeof(flags_1), &newest->_flags_1);
		/* v6.1 has _flags_1 too, but the order elsewhere */
		if (!bpf_core_field_exists(middle->_folio_order))
			return flags_1 & 0xff;
	}
	if (bpf_core_field_exists(middle->_folio_order)) {
		bpf_core_read(&order, sizeof(order), &middle->_folio_order);
		return order;
	}
	oldest = folio + bpf_core_type_size(struct page);
	if (bpf_core_field_exists(oldest->compound_order))
		bpf_core_read(&order, sizeof(order), &oldest->compound_order);
	return order;
}

static __always_inline uint32_t typed_page_order(const void *page)
{
	return folio_order(page, page_flags(page)) & 31;
}

/* Of a typed struct folio, which has the second struct page in its bounds. */
static __always_inline uint32_t typed_order(const void *folio)
{
	const struct folio___flags_1 *newest = folio;
	const struct folio___order_byte *middle = folio;
	uint64_t flags = page_flags(folio);

	if (!PAGEFLAG(flags, head))
		return 0;
	if (bpf_core_field_exists(middle->_folio_order))
		return middle->_folio_order & 31;
	if (bpf_core_field_exists(newest->_flags_1))
		return newest->_flags_1 & 31;
	return folio_order(folio, flags) & 31;
}

#endif
