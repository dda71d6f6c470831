All assumptions at once, at the ends that are best and worst, are what replay says with these on its command line:
memory and misses of two proposals, on two traces; idle memory that is full of small folios is slabs of them, beside.

  $ G=$SRC/tests/data/groups.trace N=$SRC/tests/data/nodes.trace
  $ memsim report -q --layout=v6.12,v6.18,page32,memdesc8 -o two.json $G $N
  $ cat >joint.py <<'END'
  > import json, os, subprocess, sys
  > tables = json.load(open("two.json"))["tables"]
  > def replay(row, options):
  >     trace = f"{os.environ['SRC']}/tests/data/{row['trace']}.trace"
  >     names = "--layout=v6.12," + row["layout"]
  >     return json.loads(subprocess.check_output(["memsim", "replay", "-q", "--json", names, *options, trace]))
  > def slabs(result, layout):
  >     idle = sum(result["end"]["pages"].get(kind, 0) for kind in ("free", "pcp", "unknown"))
  >     for d in layout["descriptors"]:
  >         if d["name"] in ("folio", "folio.large"):
  >             return -(-idle // d["objects_per_slab"]) * (4096 << d["slab_order"])
  >     return 0
  > for row in tables["all_at_once"]["rows"]:
  >     options, filled = [], False
  >     for setting in row["settings"].split(", ") if row["settings"] else []:
  >         if setting == "idle memory=small folios":
  >             filled = True
  >         elif setting.startswith("pressure="):
  >             options.append("--" + setting)
  >         else:
  >             options.append("--set=" + setting)
  >     result = replay(row, options)
  >     base, layout = result["layouts"]
  >     if row["answer"] == "memory":
  >         a, b = (l["total_bytes"] + filled * slabs(result, l) for l in (layout, base))
  >     else:
  >         a, b = (l["hits"]["memory"] for l in (layout, base))
  >     change = 100 * (a / b - 1)
  >     if abs(change - row["change_percent"]) > 1e-9:
  >         print(row, "but replay", a, b, change)
  >     # in memory nothing that one assumption does is beyond what all do
  >     name = "assumptions_" + {"memory": "memory", "misses": "fetches"}[row["answer"]]
  >     mine = [r for r in tables[name]["rows"] if r["trace"] == row["trace"] and r["layout"] == row["layout"]]
  >     ends = [r[k] for r in mine for k in ("low_change_percent", "high_change_percent") if r["assumption"] != "all at once"]
  >     if row["answer"] == "memory" and not (change <= min(ends) if row["case"] == "best" else change >= max(ends)):
  >         print(row, "is not beyond", min(ends), max(ends))
  >     shown = [r for r in mine if r["assumption"] == "all at once"]
  >     if [r["low_change_percent" if row["case"] == "best" else "high_change_percent"] for r in shown] != [row["change_percent"]]:
  >         print(row, "but", shown)
  > print(len(tables["all_at_once"]["rows"]), "cases")
  > END
  $ python3 joint.py
  16 cases

Only proposals leave something open: nothing of a released layout is varied, whatever else it is compared with.

  $ python3 -c '
  > import json
  > tables = json.load(open("two.json"))["tables"]
  > for name in "questions", "assumptions_memory", "assumptions_fetches", "all_at_once":
  >     print(name, sorted({r["layout"] for r in tables[name]["rows"]}))'
  questions ['memdesc8', 'page32']
  assumptions_memory ['memdesc8', 'page32']
  assumptions_fetches ['memdesc8', 'page32']
  all_at_once ['memdesc8', 'page32']

What turns the sign is told with what it does where it does so first, and in how many recordings; of many the first five.

  $ memsim report -q --layout=v6.12,memdesc8 --machine=vm-emr -o many.json $G $N $SRC/tests/corpus/vm-numeric.trace
  $ cat >flips.py <<'END'
  > import json, re
  > report = json.load(open("many.json"))
  > left = 0
  > for table, answer in ("assumptions_memory", "memory"), ("assumptions_fetches", "misses"):
  >     flips = {}
  >     for r in report["tables"][table]["rows"]:
  >         low, high = r["low_change_percent"], r["high_change_percent"]
  >         if low * high < 0 and min(abs(low), abs(high)) >= 0.05 and r["assumption"] != "all at once":
  >             flips.setdefault(r["assumption"], []).append((r["low"], low, r["high"], high))
  >     flips = [(f[0], len(f)) for f in flips.values()]
  >     turns = [r for r in report["tables"]["turns"]["rows"] if r["answer"] == answer]
  >     told = []
  >     for r in turns:
  >         by = r["turned_by"], r["turned_change_percent"]
  >         assert r["assumed_change_percent"] * by[1] < 0, r
  >         told += [f for f in flips if by in (f[0][:2], f[0][2:]) and f[1] == r["workloads"]][:1]
  >     assert len(set(told)) == len(turns), (turns, flips)
  >     left += len(flips) - len(told)
  >     print(answer, [t[1] for t in told], min(t[1] for t in told) >= max([f[1] for f in flips if f not in told], default=0))
  > text = " ".join(b.get("text", "") for b in report["sections"][0]["blocks"])
  > print(left, re.search(r"\((\d+) more turn it in fewer: see", text).group(1) == str(left))
  > END
  $ python3 flips.py
  memory [3] True
  misses [1, 1, 1, 1, 1] True
  6 True

A name that is longer than its line goes on in the next, from a word on.

  $ python3 -c 'if 1:
  >   import json
  >   report = json.load(open("many.json"))
  >   report["tables"]["turns"]["rows"][0]["assumption"] = "what nobody would have thought of as an assumption at all"
  >   json.dump(report, open("long.json", "w"))'
  $ memsim report --from=long.json | sed -n '/^what nobody/,/all/p' | cut -c 1-23 | sed 's/ *$//'
  what nobody would have
  thought of as an
  assumption at all

Classes of events that the same recordings lack are named together.

  $ memsim report -q --quick --layout=v6.12,memdesc8 --format=markdown $G $N $SRC/tests/data/cbuild.trace | grep -o 'Not measured[^.:]*[.:][^.,]*'
  Not measured: slab objects being freed
  Not measured in groups: traffic between per-CPU lists and the buddy free lists
  Not measured in 2 of 3 recordings: pages mapped into and unmapped from page tables
  Not measured in cbuild: folios that move to other pages

The machine is varied, too: what it does to misses is what replay says on that machine, and the ends are the lowest and
the highest.

  $ cat >machine.py <<'END'
  > import json, os, subprocess, sys
  > trace = os.environ["SRC"] + "/tests/corpus/vm-numeric.trace"
  > layouts = "--layout=v6.12,page32,memdesc8"
  > def run(what, *options):
  >     return json.loads(subprocess.check_output(["memsim", what, "-q", layouts, *options, trace]))
  > def changes(*options):
  >     base, *others = run("replay", "--json", *options)["layouts"]
  >     return {l["name"]: 100 * (l["hits"]["memory"] / base["hits"]["memory"] - 1) for l in others}
  > for asked, name, more in (([], "recorded", {}), (["--machine=vm-emr"], "vm-emr", {"no prefetcher": ["--machine=vm-emr", "--prefetch=none"]}),
  >                           (["--machine=l1=8K/4,l2=64K/4,llc=1M/8"], "as given", {})):
  >     on = {n: changes(*o) for n, o in {"vm-emr": ["--machine=vm-emr"], "zen4": ["--machine=zen4"], name: asked, **more}.items()}
  >     rows = run("report", "--format=json", *asked)["tables"]["assumptions_fetches"]["rows"]
  >     for row in (r for r in rows if r["assumption"] == "machine"):
  >         here = {n: c[row["layout"]] for n, c in on.items()}
  >         for end, most in ("low", min(here.values())), ("high", max(here.values())):
  >             assert abs(row[end + "_change_percent"] - most) < 1e-9 and abs(here[row[end]] - most) < 1e-9, (row, here)
  >         assert abs(row["assumed_change_percent"] - here[name]) < 1e-9, (row, here)
  >         print(name, row["layout"])
  > END
  $ python3 machine.py
  recorded page32
  recorded memdesc8
  vm-emr page32
  vm-emr memdesc8
  as given page32
  as given memdesc8

How many of the assumptions that matter are those that a layout would ask for is said, too, and which ones turn a sign.

  $ cat >leaning.py <<'END'
  > import json, os, subprocess
  > trace = os.environ["SRC"] + "/tests/data/cbuild.trace"
  > out = subprocess.check_output(["memsim", "report", "-q", "--layout=v6.12,page32,memdesc8", "--format=json", trace])
  > tables = json.loads(out)["tables"]
  > for layout in "page32", "memdesc8":
  >     for table, answer in ("assumptions_memory", "memory"), ("assumptions_fetches", "misses"):
  >         rows = [r for r in tables[table]["rows"] if r["layout"] == layout and r["assumption"] != "all at once"]
  >         ends = [sorted((r["low_change_percent"], r["high_change_percent"])) + [r["assumed_change_percent"]] for r in rows]
  >         ends = [e for e in ends if e[1] - e[0] >= 0.05]
  >         told, = (r for r in tables["sureness"]["rows"] if r["layout"] == layout and r["answer"] == answer)
  >         print(layout, answer, told["matter"] == len(ends) > 0, told["at_best"] == sum(e[0] == e[2] for e in ends) > 0)
  >         turns = sorted(e for r in rows for e in (r["low_change_percent"], r["high_change_percent"])
  >                        if r["low_change_percent"] * r["high_change_percent"] < 0 and e * r["assumed_change_percent"] < 0)
  >         told = sorted(r["turned_change_percent"] for r in tables["turns"]["rows"] if r["layout"] == layout and r["answer"] == answer)
  >         print(len(told) > 0, told == turns)
  > END
  $ python3 leaning.py
  page32 memory True True
  True True
  page32 misses True True
  True True
  memdesc8 memory True True
  True True
  memdesc8 misses True True
  True True

What a miss is, and in which caches it was counted, is said where the answer is.

  $ answer() { memsim report -q --quick --layout=v6.12,page32 --format=markdown "$@" | grep '^A miss is'; }
  $ answer $SRC/tests/corpus/vm-numeric.trace
  A miss is a cache line of page metadata that must be fetched from memory when a CPU wants it. Misses are counted in caches as the recorded machine advertised them (without prefetchers), as if nothing else used the caches.
  $ answer --machine=vm-emr $N
  A miss is a cache line of page metadata that must be fetched from memory, or from another node's caches, when a CPU wants it. Misses are counted in the caches of vm-emr (not counting what their prefetchers, stream, bring ahead), as if nothing else used the caches.

Of recordings that do not tell what code their kernel has, what is nearest to it is an assumption: which of them do not
is counted.

  $ for traces in "$G" "$N" "$G $N" "$G $N $SRC/tests/data/cbuild.trace"; do
  >   memsim report -q --quick --layout=v6.12,memdesc8 $traces | tr '\n' ' ' | grep -o 'the nearest to the kernel of[^.]*[.]'
  > done
  the nearest to the kernel of groups, by assumption, as it does not tell what code its kernel has.
  the nearest to the kernel of nodes.
  the nearest to the kernel of groups and 1 other recording, 1 of them by assumption, as it does not tell what code its kernel has.
  the nearest to the kernel of groups and 2 other recordings, 2 of them by assumption, as they do not tell what code their kernel has.
