Costs taken apart, by operation, structure, field, kind of page and order: each way comes to the whole again, at each level.

  $ T=$SRC/tests/data/cbuild.trace
  $ cat >sums.py <<'END'
  > import json, sys
  > LEVELS = ["L1", "L2", "LLC", "memory"]
  > r = json.load(open(sys.argv[1]))
  > # what is accessed and is not there in another layout is nobody's
  > ACCESSES = [] if r.get("level") == "accesses" else ["accesses"]
  > def figures(o):
  >     return [o[key] for key in ACCESSES + ["lines"]] + [o["hits"][level] for level in LEVELS]
  > def total(parts):
  >     return [sum(column) for column in zip(*map(figures, parts))]
  > for l in r["layouts"]:
  >     structures, kinds = l["structures"].values(), l["kinds"].values()
  >     same = [total(parts) == figures(l) for parts in [
  >         structures, kinds, l["orders"].values(), l["operations"].values()]]
  >     same += [total(s["fields"].values()) == figures(s) for s in structures]
  >     same += [total(k["orders"].values()) == figures(k) for k in kinds]
  >     print(l["name"], "adds up" if all(same) else same, len(structures), len(kinds))
  > END
  $ memsim replay --layout=v6.12,page32,memdesc8 --json $T >json
  $ python3 sums.py json
  v6.12 adds up 1 11
  page32 adds up 5 11
  memdesc8 adds up 5 11
  $ memsim replay --layout=v6.12,memdesc8+64k --json --set freed.kept=16 $T >json
  $ python3 sums.py json
  v6.12 adds up 1 11
  memdesc8+64k adds up 5 11

The text has the same figures.

  $ memsim replay --layout=v6.12,memdesc8 --breakdown $T >text
  $ memsim replay --layout=v6.12,memdesc8 --json $T >json
  $ cat >text.py <<'END'
  > import json
  > rows = [line.replace(",", "").split() for line in open("text")]
  > def shown(layout, name):
  >     return [r[-6:] for r in rows if len(r) >= 8 and r[0] == layout and " ".join(r[1:-6]) == name]
  > nr = 0
  > for l in json.load(open("json"))["layouts"]:
  >     parts = {**l["structures"], **l["kinds"], **l["orders"]}
  >     for name, o in parts.items():
  >         want = [str(n) for n in [o["accesses"], o["lines"], *o["hits"].values()]]
  >         if want not in shown(l["name"], name):
  >             print(l["name"], name, want, shown(l["name"], name))
  >         nr += 1
  > print(nr > 30)
  > END
  $ python3 text.py
  True
  $ grep -c '^memdesc8 folio.flags ' text
  1

Where an emulator saw every access there is no map that names the fields, and still the parts are the whole.

  $ memsim replay --layout=v6.12,memdesc8 --json $SRC/tests/data/truth/accesses.trace >json
  $ python3 sums.py json
  v6.12 adds up 1 11
  memdesc8 adds up 5 11

Of a sample of sets it is known who touched lines, and not where these were.

  $ memsim replay --layout=v6.12 --json --sample-sets=16 $T >sets.json
  $ python3 -c 'if 1:
  >   import json
  >   l = json.load(open("sets.json"))["layouts"][0]
  >   for s in l["structures"], l["kinds"], l["orders"]:
  >     print(sum(o["lines"] for o in s.values()) == l["lines"], any("hits" in o for o in s.values()))
  > '
  True False
  True False
  True False
  $ memsim replay --layout=v6.12 --breakdown --sample-sets=16 $T 2>&1 | head -1
  memsim replay: --breakdown tells of all lines, and of a sample only all together are estimated
