// SPDX-License-Identifier: GPL-2.0-only
/* A numeric job on transparent huge pages: matrices that are allocated, swept and given back, round after round. */
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>

enum { SIDE = 1024, ROUNDS = 3 };

static double *matrix(void)
{
	size_t bytes = sizeof(double) * SIDE * SIDE;
	void *p = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (p == MAP_FAILED || madvise(p, bytes, MADV_HUGEPAGE)) {
		perror("numeric: matrix");
		exit(1);
	}
	return p;
}

int main(void)
{
	double sum = 0;

	for (int round = 0; round < ROUNDS; round++) {
		double *a = matrix(), *b = matrix();

		for (size_t i = 0; i < (size_t)SIDE * SIDE; i++)
			a[i] = (double)(i % 1000);
		for (size_t y = 1; y < SIDE - 1; y++)
			for (size_t x = 1; x < SIDE - 1; x++)
				b[y * SIDE + x] = a[y * SIDE + x - 1] + a[y * SIDE + x + 1] +
						  a[(y - 1) * SIDE + x] + a[(y + 1) * SIDE + x];
		sum += b[SIDE + 1];
		munmap(a, sizeof(double) * SIDE * SIDE);
		munmap(b, sizeof(double) * SIDE * SIDE);
	}
	printf("%g\n", sum);
	return 0;
}
