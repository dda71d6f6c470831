// SPDX-License-Identifier: GPL-2.0-only
#include "sim/replay/guests.h"

#include "sim/replay/scale.h"

static const enum page_kind backing[] = {PAGE_KIND_ANON, PAGE_KIND_SHMEM, PAGE_KIND_HUGETLB};
enum { NR_BACKING = sizeof(backing) / sizeof(backing[0]) };

uint64_t guests_ram_bytes(const struct replay_result *host)
{
	uint64_t bytes = 0;

	for (size_t i = 0; i < host->nr_guests; i++)
		bytes += replay_ram_bytes(host->guests[i].result);
	return bytes;
}

static uint64_t backing_bytes(const struct replay_result *host)
{
	uint64_t pages = 0;

	for (int i = 0; i < NR_BACKING; i++)
		pages += host->end.kind_pages[backing[i]];
	return pages * host->meta.page_size;
}

uint64_t guests_backed_bytes(const struct replay_result *host)
{
	uint64_t ram = guests_ram_bytes(host), most = backing_bytes(host);

	return ram < most ? ram : most;
}

void guests_cost_of(const struct replay_result *host, size_t i, struct guests_cost *ret)
{
	const struct layout_result *layout = &host->layouts[i];
	uint64_t for_backing = 0;

	*ret = (struct guests_cost){.host_bytes = layout_result_bytes(layout)};
	for (int k = 0; k < NR_BACKING; k++)
		for_backing += payer_bytes(&layout->payers.kinds[backing[k]]);
	ret->host_twice_bytes =
		scale_bytes(for_backing, backing_bytes(host), guests_backed_bytes(host));
	for (size_t g = 0; g < host->nr_guests; g++)
		ret->guest_bytes += layout_result_bytes(&host->guests[g].result->layouts[i]);
	ret->total_bytes = ret->host_bytes + ret->guest_bytes;
}
