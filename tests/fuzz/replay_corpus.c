// SPDX-License-Identifier: GPL-2.0-only
/* Runs a fuzzer's test function over every file of a folder, where libFuzzer is not linked in. */
#include <dirent.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/cleanup.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static int run_file(const char *dir, const char *name)
{
	_cleanup_free_ char *path = NULL, *data = NULL;
	_cleanup_fclose_ FILE *f = NULL;
	long size;

	if (asprintf(&path, "%s/%s", dir, name) < 0)
		return -1;
	f = fopen(path, "rb");
	if (!f || fseek(f, 0, SEEK_END) < 0 || (size = ftell(f)) < 0)
		return -1;
	rewind(f);
	data = malloc((size_t)size ? (size_t)size : 1);
	if (!data || fread(data, 1, (size_t)size, f) != (size_t)size)
		return -1;
	LLVMFuzzerTestOneInput((const uint8_t *)data, (size_t)size);
	return 0;
}

int main(int argc, char **argv)
{
	unsigned int ran = 0;

	for (int i = 1; i < argc; i++) {
		DIR *dir = opendir(argv[i]);
		struct dirent *entry;

		if (!dir) {
			perror(argv[i]);
			return 1;
		}
		while ((entry = readdir(dir))) {
			if (entry->d_name[0] == '.')
				continue;
			if (run_file(argv[i], entry->d_name) < 0) {
				fprintf(stderr, "%s/%s: cannot read\n", argv[i], entry->d_name);
				return 1;
			}
			ran++;
		}
		closedir(dir);
	}
	printf("%u inputs\n", ran);
	return ran ? 0 : 1;
}
