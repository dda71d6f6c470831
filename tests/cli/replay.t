The result depends on the trace, the layouts and the caches, and on nothing else.

  $ T=$SRC/tests/data/cbuild.trace
  $ L=v4.14,v6.12,page32,memdesc8
  $ memsim replay --layout=$L --json -j 1 $T >1.json
  $ memsim replay --layout=$L --json -j 1 $T >2.json
  $ memsim replay --layout=$L --json -j 4 $T >4.json
  $ cmp 1.json 2.json && cmp 1.json 4.json

The memmap of the recorded kernel's own layout is what that kernel itself reports, to the byte.

  $ grep -o '"kernel_memmap_bytes": [0-9]*' 1.json
  "kernel_memmap_bytes": 402653184
  $ grep -o '"memmap_bytes": [0-9]*' 1.json
  "memmap_bytes": 402653184
  "memmap_bytes": 402653184
  "memmap_bytes": 201326592
  "memmap_bytes": 50331648

The text form holds the same figures.

  $ memsim replay --layout=$L $T | grep -c '384.0 MiB'
  2

What the recorder could not see, and what was inferred instead, stands above the figures.

  $ memsim replay --layout=$L $T >text
  $ grep ^fidelity text
  fidelity: absent: mapcount, fork, bulk, writeback, scan, kind, table, object, migrate, thp; aggregate: lookup, rss; all else exact
  $ cat >inferred.py <<'END'
  > import json, re
  > r = json.load(open("1.json"))
  > seen = [int(n.replace(",", "")) for n in re.findall("[0-9,]*[0-9]", re.search("inferred: (.*)", open("text").read())[1])]
  > c = r["replay"]
  > print(seen == [c["inferred_pgtable"], c["inferred_slab"], c["appeared"], sum(r["trace"]["lost"].values())], seen[0] > 0)
  > END
  $ python3 inferred.py
  True True

--memory-only has the same bytes, at every moment, and no costs.

  $ memsim replay --layout=$L --json --memory-only $T >memory.json
  $ grep -E '"(operations|hits|machine)"' memory.json
    "machine": null,
  $ grep -E '"(descriptor_bytes|total_bytes|total_bytes_peak|total_bytes_mean|slab_bytes|peak)":' 1.json >full
  $ grep -E '"(descriptor_bytes|total_bytes|total_bytes_peak|total_bytes_mean|slab_bytes|peak)":' memory.json | cmp - full
  $ memsim replay --layout=v6.12 --memory-only $T | grep caches
  caches: not simulated (--memory-only)
  $ memsim replay --layout=v6.12 --memory-only --operations $T 2>&1 | head -1
  memsim replay: --memory-only leaves nothing for --operations, --breakdown, --native, --sample-sets and --level=accesses
  $ memsim replay --layout=v6.12 --memory-only --pressure=trace $T 2>&1 | head -1
  memsim replay: --memory-only leaves nothing for --pressure=trace
  $ memsim replay --layout=v6.12 --native --machine=vm-emr --pressure=trace $SRC/tests/data/counts.trace
  memsim: --pressure=trace: what is executed natively has no clock to follow it by
  [1]
  $ memsim replay --layout=v6.12 --level=accesses $T
  memsim: --level=accesses: the trace has no accesses, only events (memsim import --accesses adds what an emulator saw)
  [1]
  $ memsim replay --layout=v6.12 --level=accesses --native --machine=vm-emr $T 2>&1 | head -1
  memsim replay: --native executes what events tell, not --level=accesses

Rows of the access map hold for the recorded kernel, which this old trace does not tell, or for the one that --code names.

  $ memsim replay --layout=v6.12 $T | grep "^kernel code"
  kernel code: as of v6.12, as the trace does not tell (on every layout)
  $ for code in recorded v6.12 v6.1; do
  >   memsim replay --layout=v6.12 --operations --code=$code $T >$code.txt
  > done
  $ grep "^kernel code" v6.12.txt v6.1.txt
  v6.12.txt:kernel code: as of v6.12 (on every layout)
  v6.1.txt:kernel code: as of v6.1 (on every layout)
  $ grep -v "^kernel code" recorded.txt >recorded && grep -v "^kernel code" v6.12.txt | cmp - recorded
  $ for code in v6.1 v6.12; do
  >   sed -n "s/^v6.12  alloc  *[0-9,]* *\([0-9,]*\) .*/$code \1/p" $code.txt
  > done
  v6.1 1,367,262
  v6.12 2,066,124

So do operations: every change of a mapping tied the folio to its memory cgroup before v6.8.

  $ for code in v6.1 v6.12; do
  >   memsim replay --layout=v6.12 --operations --code=$code $SRC/tests/corpus/vm-sqlite-1.trace | grep -c memcg_lock
  > done
  1
  0
  [1]
  $ memsim replay --layout=v6.12 --json --code=v6.1 $T | grep '"code"'
    "code": "as of v6.1",
  $ memsim replay --layout=v6.12 --code=v9.9 $T
  memsim: --code: 'v9.9' is none of v6.1, v6.12 and v7.3
  [2]
