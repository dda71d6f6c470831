# SPDX-License-Identifier: GPL-2.0-only
memsim_fuzzer(trace USES memsim_trace PkgConfig::ZSTD PkgConfig::XXHASH)
memsim_fuzzer(import USES memsim_trace)
