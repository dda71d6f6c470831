memsim_fuzzer(layout USES memsim_layouts)
