// SPDX-License-Identifier: GPL-2.0-only
/* What the plugin writes: one record per access, whatever QEMU makes two callbacks of. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "tests/truth/plugin_log.h"

enum { MANY = 3 * LOG_RECORDS };

static const uint64_t SIZE = UINT64_C(3) << ACCESS_LOG_SIZE_SHIFT;
static const uint64_t L2 = UINT64_C(2) << ACCESS_LOG_LEVEL_SHIFT;
static const uint64_t L1 = UINT64_C(1) << ACCESS_LOG_LEVEL_SHIFT;

static char path[] = "/tmp/truth-log-XXXXXX";
static struct log *log_;
static struct access_log_record *records;

static void setup(void)
{
	int fd = mkstemp(path);

	cr_assert_geq(fd, 0);
	close(fd);
	log_ = calloc(1, sizeof(*log_));
	records = calloc(MANY, sizeof(*records));
	cr_assert(log_ && records && log_open(log_, path) == 0);
}

static void teardown(void)
{
	unlink(path);
	free(log_);
	free(records);
}

static size_t read_back(void)
{
	_cleanup_fclose_ FILE *f = NULL;
	uint64_t magic = 0;

	cr_assert_eq(log_close(log_), 0);
	f = fopen(path, "re");
	cr_assert(f && fread(&magic, sizeof(magic), 1, f) == 1);
	cr_assert_eq(magic, ACCESS_LOG_MAGIC);
	return fread(records, sizeof(*records), MANY, f);
}

TestSuite(plugin_log, .init = setup, .fini = teardown);

Test(plugin_log, a_load_and_a_store_of_one_instruction_are_one_access)
{
	const uint64_t site = UINT64_C(0x81000010) << 32, other = UINT64_C(0x81000014) << 32;

	log_access(log_, 1, 0, 640 | SIZE | ACCESS_LOG_LOAD | L2, site);
	/* on another CPU, meanwhile */
	log_access(log_, 2, 1, 640 | SIZE | ACCESS_LOG_LOAD | L2, site);
	log_access(log_, 3, 0, 640 | SIZE | ACCESS_LOG_STORE | L1, site);
	/* another instruction, another place, and the same once more */
	log_access(log_, 4, 0, 640 | SIZE | ACCESS_LOG_STORE | L1, other);
	log_access(log_, 5, 1, 648 | SIZE | ACCESS_LOG_STORE | L1, site);
	log_access(log_, 6, 0, 640 | SIZE | ACCESS_LOG_STORE | L1, site);
	cr_assert_eq(read_back(), 5);
	cr_expect_eq(records[0].ns, 1);
	cr_expect_eq(records[0].what, 640 | SIZE | ACCESS_LOG_LOAD | ACCESS_LOG_STORE | L2);
	cr_expect_eq(records[1].what,
		     (640 | SIZE | ACCESS_LOG_LOAD | L2) + (UINT64_C(1) << ACCESS_LOG_CPU_SHIFT));
	for (size_t i = 2; i < 5; i++)
		cr_expect_eq(records[i].what >> 51 & 3, 2, "record %zu is no store", i);
	cr_expect_eq(records[2].site, other);
}

/* Also where the buffer is written out between the two, of a CPU that is at it while another one goes on. */
Test(plugin_log, all_of_many_are_there_in_order)
{
	const uint64_t pairs = MANY / 2 - 1, cpu = UINT64_C(1) << ACCESS_LOG_CPU_SHIFT;

	/* an odd number, so that the buffer fills up in the middle of a pair */
	log_add(log_, 1, ACCESS_LOG_COUNTER, ACCESS_LOG_INSTRUCTIONS, 99);
	for (uint64_t i = 0; i < pairs; i++) {
		uint64_t place = i % 4096 * 64 | SIZE;

		log_access(log_, 2 * i, 1, place | ACCESS_LOG_LOAD, i << 32);
		log_access(log_, 2 * i + 1, 0, place | ACCESS_LOG_LOAD, i << 32);
		log_access(log_, 0, 0, place | ACCESS_LOG_STORE, i << 32);
		log_access(log_, 0, 1, place | ACCESS_LOG_STORE, i << 32);
	}
	cr_assert_eq(read_back(), 2 * pairs + 1);
	for (uint64_t i = 0; i < 2 * pairs; i++) {
		cr_assert_eq(records[i + 1].ns, i);
		cr_assert_eq(records[i + 1].what,
			     (i / 2 % 4096 * 64 | SIZE | ACCESS_LOG_LOAD | ACCESS_LOG_STORE) +
				     (i % 2 ? 0 : cpu));
	}
	cr_expect_eq(records[0].what >> ACCESS_LOG_TYPE_SHIFT, ACCESS_LOG_COUNTER);
	cr_expect_eq(records[0].site, 99);
}

/* An instruction whose load is out of the buffer when its store comes: another CPU filled it meanwhile. */
Test(plugin_log, a_store_whose_load_was_written_out_is_an_access_of_its_own)
{
	const uint64_t site = UINT64_C(0x81000010) << 32, cpu = UINT64_C(1) << ACCESS_LOG_CPU_SHIFT;
	const uint64_t others = LOG_RECORDS + LOG_CPUS;

	log_access(log_, 1, 1, 640 | SIZE | ACCESS_LOG_LOAD | L2, site);
	for (uint64_t i = 0; i < others; i++)
		log_access(log_, 2, 0, i % 4096 * 64 | SIZE | ACCESS_LOG_LOAD, site);
	log_access(log_, 3, 1, 640 | SIZE | ACCESS_LOG_STORE | L1, site);
	log_access(log_, 4, 1, 704 | SIZE | ACCESS_LOG_LOAD | L1, site);
	cr_assert_eq(read_back(), others + 3);
	cr_expect_eq(records[0].what, (640 | SIZE | ACCESS_LOG_LOAD | L2) + cpu);
	for (uint64_t i = 1; i <= others; i++)
		cr_assert_eq(records[i].what, ((i - 1) % 4096 * 64 | SIZE | ACCESS_LOG_LOAD));
	cr_expect_eq(records[others + 1].what, (640 | SIZE | ACCESS_LOG_STORE | L1) + cpu);
	cr_expect_eq(records[others + 2].what, (704 | SIZE | ACCESS_LOG_LOAD | L1) + cpu);
}
