/* SPDX-License-Identifier: GPL-2.0-only */
/* The subject "truth" of `memsim validate`. */
#ifndef CMD_VALIDATE_TRUTH_H
#define CMD_VALIDATE_TRUTH_H

int validate_truth(int argc, char **argv);

#endif
