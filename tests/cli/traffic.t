What goes between the caches and memory: what was waited for, what prefetchers brought, what was written back.

  $ T=$SRC/tests/data/cbuild.trace
  $ SMALL=l1=8K/8,l2=32K/8,llc=256K/16
  $ memsim replay --layout=v6.12,memdesc8 --machine=$SMALL --prefetch=stream --json $T >json
  $ memsim replay --layout=v6.12,memdesc8 --machine=$SMALL --prefetch=stream $T >text
  $ grep -A 2 'WRITTEN BACK' text | sed 's/  */ /g'
  LAYOUT DEMAND PREFETCHED WRITTEN BACK TRAFFIC BYTES STILL DIRTY
  v6.12 * (glob)
  memdesc8 * (glob)
  $ cat >traffic.py <<'END'
  > import json
  > rows = [line.replace(",", "").split() for line in open("text")]
  > at = next(i for i, row in enumerate(rows) if "DIRTY" in row)
  > for i, l in enumerate(json.load(open("json"))["layouts"]):
  >     t, row = l["memory_traffic"], rows[at + 1 + i]
  >     parts = [t["demand"], t["prefetched"], t["written_back"]]
  >     print(row[1:5] == [str(n) for n in parts + [t["total"]]], row[-1] == str(t["left_in_caches"]),
  >           sum(parts) == t["total"], t["bytes"] == 64 * t["total"], t["demand"] == l["hits"]["memory"],
  >           t["prefetched"] == l["prefetches"]["memory"] > 0,
  >           0 < t["written_back"] <= t["demand"] + t["prefetched"], t["lent"])
  > END
  $ python3 traffic.py
  True True True True True True True 0
  True True True True True True True 0

In caches that hold everything nothing is written back, and what was written is dirty still; the same lines do not go back
when the operations only come in a smaller cache: written back and still dirty are more, as some go more than once.

  $ memsim replay --layout=v6.12,memdesc8 --machine=l1=48K/12,l2=2M/16,llc=64M/16 --json $T >large
  $ memsim replay --layout=v6.12,memdesc8 --machine=$SMALL --json $T >small
  $ cat >sizes.py <<'END'
  > import json
  > for a, b in zip(*[json.load(open(name))["layouts"] for name in ("large", "small")]):
  >     a, b = a["memory_traffic"], b["memory_traffic"]
  >     print(a["written_back"], a["left_in_caches"] > 0, b["written_back"] + b["left_in_caches"] > a["left_in_caches"],
  >           b["left_in_caches"] <= (256 + 2 * 40) * 1024 // 64)
  > END
  $ python3 sizes.py
  0 True True True
  0 True True True

Of a sample of sets it is an estimate.

  $ MIDDLE=l1=8K/2,l2=64K/8,llc=512K/16
  $ for sets in 1 16; do
  >   memsim replay --layout=v6.12,memdesc8 --machine=$MIDDLE --sample-sets=$sets --json $T >$sets
  > done
  $ cat >sample.py <<'END'
  > import json
  > for a, b in zip(*[json.load(open(name))["layouts"] for name in ("1", "16")]):
  >     a, b = a["memory_traffic"]["written_back"], b["memory_traffic"]["written_back"]
  >     print(a > 1000, abs(a - b) < 0.25 * a)
  > END
  $ python3 sample.py
  True True
  True True

Between nodes a line that one has written and another reads, or has prefetched, is written back on its way; one that the other
writes is taken over.

  $ for prefetch in stream none; do
  >   memsim replay --layout=v6.12 --machine=vm-emr --prefetch=$prefetch --json $SRC/tests/data/nodes.trace >$prefetch
  > done
  $ python3 -c 'if 1:
  >   import json
  >   for name in "stream", "none":
  >     l = json.load(open(name))["layouts"][0]
  >     t, where = l["memory_traffic"], l["memory_from"]
  >     print(t["lent"] > 0, t["lent"] <= t["written_back"], where["other_node"]["lines"] > 0,
  >           t["demand"] == where["local"]["lines"] + where["remote"]["lines"])
  > '
  True True True True
  False True True True
