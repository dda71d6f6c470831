NUMA nodes: of a trace that tells of two, a table says what came from which. Together that is MEMORY.

  $ T=$SRC/tests/data/nodes.trace
  $ C=l1=16K/4,l2=64K/4,llc=256K/4
  $ memsim replay --layout=v6.12,memdesc8 --machine=$C $T >text
  $ grep '^nodes' text
  nodes: 2, as recorded; caches are those of each; descriptors lie on the node of their pages
  $ grep -A 2 'LOCAL' text | tr -s ' '
  LAYOUT LOCAL REMOTE OTHER NODE
  v6.12 2,448 638 2,304
  memdesc8 3,268 938 3,019
  $ grep -A 2 'OPERATION' text | tr -s ' '
  LAYOUT OPERATION COUNT ACCESSES LINES L1 L2 LLC MEMORY
  v6.12 all 176,344 1,642,999 209,051 169,237 31,240 3,184 5,390
  memdesc8 all 184,477 1,470,221 347,420 284,288 35,497 20,410 7,225

Where the machine's latencies are known, so is what was waited for.

  $ memsim replay --layout=v6.12,memdesc8 --machine=spr $T >text
  $ grep '^nodes' text
  nodes: 2, as recorded; caches are those of each; descriptors lie on the node of their pages, local 110 ns (assumed), remote 190 ns (assumed), written on another 139 ns (assumed)
  $ grep -A 2 'LOCAL' text | tr -s ' '
  LAYOUT LOCAL REMOTE OTHER NODE LOCAL MS REMOTE MS OTHER NODE MS
  v6.12 633 105 307 0.030 0.020 0.043
  memdesc8 328 153 475 0.026 0.025 0.053
  $ memsim replay --layout=v6.12 --machine=vm-emr $T | grep -o 'local .*'
  local 122.409 ns (timing), remote 208.095 ns (assumed), written on another 208.095 ns (assumed)
  $ memsim replay --layout=v6.12,memdesc8 --machine=spr --json $T >json
  $ cat >sums.py <<'EOF'
  > import json
  > result = json.load(open("json"))
  > print(result["machine"]["nodes"], result["machine"]["nodes_are"])
  > for layout in result["layouts"]:
  >     for cost in [layout, *layout["operations"].values()]:
  >         parts = cost["memory_from"]
  >         assert sum(p["lines"] for p in parts.values()) == cost["hits"]["memory"]
  >         assert sum(p["stall_ms"] for p in parts.values()) <= cost["stall_ms"] * (1 + 1e-9)
  >     print(layout["name"], {k: p["lines"] for k, p in layout["memory_from"].items()})
  > EOF
  $ python3 sums.py
  2 recorded
  v6.12 {'local': 633, 'remote': 105, 'other_node': 307}
  memdesc8 {'local': 328, 'remote': 153, 'other_node': 475}
  $ for jobs in 1 2 4; do memsim replay -j $jobs --layout=v6.12,memdesc8 --machine=spr --json $T | cmp - json; done

A profile may suppose another number of nodes; with one there is nothing to tell apart.

  $ for n in 1 2 3; do sed "s/^line:/nodes: $n\nline:/" $SRC/sim/machine/builtin/spr.yaml >mine$n.yaml; done
  $ memsim replay --layout=v6.12 --machine=mine1.yaml $T | grep -c -e '^nodes' -e LOCAL
  0
  [1]
  $ memsim replay --layout=v6.12 --machine=mine1.yaml --json $T | grep -c -e memory_from -e nodes_are
  0
  [1]
  $ memsim replay --layout=v6.12 --machine=mine3.yaml $T | grep -o '^nodes: [^;]*'
  nodes: 3, as the machine profile supposes, which share CPUs and memory evenly
  $ memsim replay --layout=v6.12 --machine=mine2.yaml $SRC/tests/data/cbuild.trace | grep -A 1 LOCAL | tr -s ' '
  LAYOUT LOCAL REMOTE OTHER NODE LOCAL MS REMOTE MS OTHER NODE MS
  v6.12 9,563 1,840 11,671 0.954 0.319 1.621

A report has the table where there is something to tell.

  $ memsim report --quick --machine=spr $T | sed -n -e '/^Of lines that no/,/^$/p' -e '/^layout  *local/,/^$/p' | tr -s ' '
  Of lines that no cache of a CPU's NUMA node had: those that its own
  memory gave, the memory of another node, and the caches of another node,
  which had written them. Each node has a last-level cache of its own;
  entries of the memmap and descriptors are taken to lie on the node of
  their pages. Whose pages and CPUs are which was recorded. It is 110 ns
  (assumed) to local, 190 ns (assumed) to remote memory, and 139 ns
  (assumed) to another node's caches.
  
  layout local/s remote/s other/s local us/s remote us/s other us/s
  v4.14 46.0 7.62 22.3 2.20 1.45 3.10
  v6.12 46.0 7.62 22.3 2.20 1.45 3.10
  page32 40.1 14.8 37.0 2.79 2.54 4.09
  memdesc8 23.8 11.1 34.5 1.91 1.83 3.87
  
  $ memsim report --quick --machine=spr -o r.json $T
  $ python3 -c 'import json; r = json.load(open("r.json"))["tables"]["nodes"]["rows"][-1]; print(r["layout"], "%.2f" % r["remote_per_second"])'
  memdesc8 11.11
  $ memsim report --quick --machine=spr $SRC/tests/data/cbuild.trace | grep -c 'NUMA'
  0
  [1]

More nodes than there can be.

  $ sed 's/^nodes: 1/nodes: 17/' mine1.yaml >mine.yaml && memsim replay --layout=v6.12 --machine=mine.yaml $T
  memsim: mine.yaml:15:8: nodes: '17' is not between 1 and 16
  [1]

A host may have another number of last levels than it has nodes.

  $ memsim replay --layout=v6.12 $SRC/tests/data/groups.trace | grep '^last'
  last levels: the host has 1, shared by 2 CPUs each, the replay 2, one for each node: what is elsewhere on the one is near on the other
  $ memsim replay --layout=v6.12 $SRC/tests/data/nodes.trace | grep -c '^last'
  0
  [1]

Not all CPUs of a node need share a last level: what CPUs of another one wrote is told apart, whether the caches are given, ...

  $ B=$SRC/tests/data/cbuild.trace
  $ memsim replay --layout=v6.12,memdesc8 --machine=$C,llc-cpus=1 $B >text
  $ grep -e '^caches' -e '^last' -e '^nodes' text
  caches: l1=16K/4,l2=64K/4,llc=256K/4,llc-cpus=1 (as given); no background pressure
  last levels: 2, shared by 1 CPUs each, in the order of their numbers
  $ grep -A 2 'LOCAL' text | tr -s ' '
  LAYOUT LOCAL OTHER LLC
  v6.12 69,761 12,883
  memdesc8 176,841 55,930
  $ grep -A 2 'OPERATION' text | tr -s ' '
  LAYOUT OPERATION COUNT ACCESSES LINES L1 L2 LLC MEMORY
  v6.12 all 1,527,471 15,147,824 2,081,293 1,861,122 51,134 86,393 82,644
  memdesc8 all 1,752,051 14,294,954 3,795,162 3,347,121 72,921 142,349 232,771

... or a profile has them. All of it is MEMORY, and what they lend each other goes back to memory as between nodes.

  $ sed -e 's/cpus: 8/cpus: 1/' -e '/group:/d' $SRC/sim/machine/builtin/zen4.yaml >zen.yaml
  $ memsim replay --layout=v6.12,memdesc8 --machine=zen.yaml $B >text
  $ grep '^last' text
  last levels: 2, shared by 1 CPUs each, in the order of their numbers, memory 110 ns (assumed), written by CPUs of another 110 ns (assumed)
  $ grep -A 2 -e 'LENT' -e 'OTHER' text | tr -s ' '
  LAYOUT DEMAND PREFETCHED WRITTEN BACK OF THESE LENT TRAFFIC BYTES STILL DIRTY
  v6.12 11,400 36,409 14,411 14,411 62,220 3.8 MiB 23,316
  memdesc8 7,849 86,613 74,206 74,206 168,668 10.3 MiB 22,379
  --
  LAYOUT LOCAL OTHER LLC LOCAL MS OTHER LLC MS
  v6.12 11,400 11,630 1.136 1.279
  memdesc8 7,849 34,427 0.823 3.144
  $ memsim replay --layout=v6.12,memdesc8 --machine=zen.yaml --json $B >json
  $ sed 's/print(result.*//' sums.py >groups.py && echo 'print(result["machine"]["last_levels"])' >>groups.py
  $ python3 groups.py
  v6.12 {'local': 11400, 'other_group': 11630}
  memdesc8 {'local': 7849, 'other_group': 34427}
  2
  $ for jobs in 1 2 4; do memsim replay -j $jobs --layout=v6.12,memdesc8 --machine=zen.yaml --json $B | cmp - json; done

The caches do what they do on two nodes, see above: there 11,671 lines were written on the other side, and 9,563 and 1,840 came from memory.

  $ sed 's/kind: victim/kind: victim, cpus: 1/' $SRC/sim/machine/builtin/spr.yaml >one.yaml
  $ memsim replay --layout=v6.12 --machine=one.yaml $B | grep -A 1 LOCAL | tr -s ' ' | cut -d ' ' -f 1-4
  LAYOUT LOCAL OTHER LLC
  v6.12 11,403 11,671 1.139

A report has them, too.

  $ memsim report --quick --machine=zen.yaml $B | sed -n -e '/^Of lines that no/,/^$/p' -e '/^layout  *local/,/^$/p' | tr -s ' '
  Of lines that no cache behind a CPU's last level had: those that the
  memory of its NUMA node gave, the memory of another node, the caches of
  another node, which had written them, and those behind another last
  level of the node (LLC), likewise. One is shared by 1 CPUs, in the order
  of their numbers; entries of the memmap and descriptors are taken to lie
  on the node of their pages. It is 110 ns (assumed) to another last level
  of the node.
  
  layout local/s remote/s other/s LLC/s local us/s remote us/s other us/s LLC us/s
  v4.14 4,209 0.00 0.00 4,294 419.4 0.00 0.00 472.1
  v6.12 4,209 0.00 0.00 4,294 419.4 0.00 0.00 472.1
  page32 4,143 0.00 0.00 12,415 424.2 0.00 0.00 1,171
  memdesc8 2,898 0.00 0.00 12,712 303.9 0.00 0.00 1,161
  

Where each node's CPUs share one anyway, saying so changes nothing.

  $ memsim replay --layout=v6.12 --machine=$C --json $T >all.json
  $ memsim replay --layout=v6.12 --machine=$C,llc-cpus=1 --json $T | sed -e 's/,llc-cpus=1//' -e '/"llc_cpus"/d' | cmp - all.json

What CPUs there are is not asked before the trace is: any number may share one, up to 4096.

  $ memsim replay --layout=v6.12 --machine=$C,llc-cpus=0 $T
  memsim: cache geometry: llc-cpus: '0' is not between 1 and 4096
  [2]
