memsim_fuzzer(layout USES memsim_layouts)
memsim_fuzzer(layout_modifier USES memsim_layouts)
