A log of an emulator's and a trace of the same run become an access-level trace.

  $ le64() { v=$1; for i in 1 2 3 4 5 6 7 8; do printf "\\$(printf %03o $((v & 255)))"; v=$((v >> 8)); done; }
  $ record() { le64 $1; le64 $2; le64 $3; }
  $ second=1000000000
  $ load=$((1 << 51)) store=$((1 << 52)) locked=$((1 << 53)) eight=$((3 << 48)) memory=$((4 << 54))
  $ add=$(((0x81000010 << 32) + 0x81000204)) check=$(((0x81000110 << 32) + 0x81000020)) bpf=$((0xc0201010 << 32))
  $ { printf '\212memlog1'
  >   record 5000 $((1 << 60)) 0
  >   record 5000 $((2 << 60)) $second
  >   record 5400 $((0x2c * 64 + 8 + load + eight + memory)) $add
  >   record 5500 $((0x2d * 64 + 52 + load + store + locked)) $check
  >   record 5600 $((0x2d * 64 + load)) $bpf
  >   record 6000 $(((1 << 60))) 77
  >   record 6000 $(((2 << 60) + 1)) $((2 * second))
  > } >log
  $ cat >kallsyms <<EOF
  > ffffffff81000000 T lru_add
  > ffffffff81000100 t __list_add_valid_or_report
  > ffffffff81000200 T somebody
  > EOF
  $ cp $SRC/tests/fuzz/corpus/trace/small.trace events.trace; E=events.trace
  $ memsim import -o small.trace --accesses=log --symbols=kallsyms --layout=v6.12 $E
  small.trace: 2 accesses and 12 events
  1 accesses of the recorder's programs and 0 beyond the recorded memory were left out
  $ memsim dump --events=access small.trace
       1.399999488   0 access       pfn=0x2c      offset=8  size=8 did=load level=memory by=lru_add
       1.499999232   0 access       pfn=0x2d      offset=52 size=1 did=load|store|locked by=__list_add_valid_or_report < lru_add
  $ memsim dump --events=access --json small.trace
  {"ts_ns":1399999488,"cpu":0,"kind":"access","pfn":44,"arg":34184}
  {"ts_ns":1499999232,"cpu":0,"kind":"access","pfn":45,"arg":72756}
  $ memsim info small.trace | grep -E '^(access|events)'
  events     14, 40.14 bytes each
  access    exact    emulator      2    0    all of the kernel's but the recorder's own, by the emulator's time
  access           2          0
  $ memsim check -q small.trace | tail -n 1
  memsim: small.trace: 21 events cannot have happened as recorded
      8 events from a CPU that the header does not have  VIOLATION

What cannot be made one says why.

  $ head -c 100 log >cut
  $ memsim import -o cut.trace --accesses=cut --symbols=kallsyms --layout=v6.12 $E
  memsim: cut: the log is cut off
  [1]
  $ memsim import -o cut.trace --accesses=$E --symbols=kallsyms --layout=v6.12 $E
  memsim: events.trace: not a log of accesses
  [1]
  $ memsim import -o cut.trace --accesses=log --symbols=kallsyms --layout=v0 $E
  memsim: unknown layout 'v0'; memsim layouts list shows them
  [1]
  $ memsim import -o cut.trace --accesses=log $E 2>&1 | head -n 1
  memsim import: --accesses, --symbols and --layout go together

The shell in a guest of two CPUs: what the kernel did to its struct pages, and what memsim makes of the events.

  $ ln -s $SRC/tests/data/truth t
  $ memsim check -q t/accesses.trace | grep VIOLATION
  [1]
  $ memsim validate truth t/events.trace t/accesses.trace >two
  $ memsim validate truth t/accesses.trace t/accesses.trace | cmp two -

What was seen is the same whatever the access map says; the prediction is near.

  $ sed -n '/^CLASS/,/^all /p' two | cut -c1-24
  CLASS           ACCESSES
  allocation        43,461
  free              13,541
  compound           3,100
  page cache        43,643
  write                 11
  LRU               44,352
  fault and rmap    30,219
  fork                 922
  zap               22,980
  page-table lock    4,091
  slab               3,036
  memcg              5,613
  other                374
  all              215,343
  $ sed -n '/^OFFSET/,/^$/p' two | cut -c1-15
  OFFSET ACCESSES
       0  102,875
       8   39,073
      24   14,831
      32    4,156
      40    8,477
      48   40,065
      56    6,426
  
  $ sed -n '/^MISSED/,/^$/p' two | cut -c1-15
  MISSED ACCESSES
  L1        5,133
  L2        4,958
  LLC       3,130
  
  $ sed -n '/^SHARING/,/^$/p' two | cut -c1-17
  SHARING ACCESSES 
  true         498 
  false        833 
  both       1,331 
  
  $ memsim validate truth --minimum=90 t/events.trace t/accesses.trace | tail -n 16 | grep -c .
  16
  $ memsim validate truth --json t/events.trace t/accesses.trace >json
  $ grep -E '"(kernel|layout|events|events_lost|instructions)"' json
    "kernel": "6.12.95+deb12-cloud-amd64",
    "layout": "v6.12",
    "events": 16812,
    "events_lost": 0,
    "instructions": 54245017,
  $ memsim validate truth --summary --markdown t/events.trace t/accesses.trace t/accesses.trace t/accesses.trace | cut -d'|' -f2
   RUN 
  ---
   t 
   t 
Where the events are of another run, a second line holds the number of operations equal. This one has all events of the same
recording, not only those between its markers: three times as many accesses, but each operation takes what it took.

  $ start=$(memsim info --json t/events.trace | sed -n 's/.*"start_unix_ns": \([0-9]*\).*/\1/p')
  $ { printf '\212memlog1'
  >   record 5000 $((1 << 60)) 0
  >   record 5000 $((2 << 60)) $start
  >   record 5999 $((0x2d * 64 + load)) $check
  >   record 6000 $((1 << 60)) 77
  >   record 6000 $(((2 << 60) + 1)) $((start + 34 * second))
  > } >log
  $ memsim import -q -o all.trace --accesses=log --symbols=kallsyms --layout=v6.12 t/events.trace
  $ memsim validate truth --summary --markdown t/events.trace t/accesses.trace all.trace t/accesses.trace | cut -d'|' -f2,13
   RUN | zap 
  ---|---:
   t | -1.0 % 
   t from all.trace | +29.5 % 
   ... as often | -1.0 % 
  $ memsim validate truth --json all.trace t/accesses.trace | grep -c '"as_often"'
  18
  $ grep -c '"as_often"' json
  0
  [1]

Operations make up their classes, in the run predicted from and in the one with the accesses.

  $ memsim validate truth --json all.trace t/accesses.trace >json2
  $ predicted() {
  >   sed -n '/"all": {/,/}/s/.*"predicted": \([0-9]*\).*/\1/p' "$1"
  > }
  $ total() {
  >   sed -n '/"operations"/,$s/.*"'"$2"'": \([0-9]*\).*/\1/p' "$1" | awk '{ n += $1 } END { print n }'
  > }
  $ [ "$(total json predicted)" = "$(predicted json)" ] && [ "$(total json2 predicted)" = "$(predicted json2)" ] && echo same
  same
  $ [ "$(total json2 own_predicted)" = "$(predicted json)" ] && echo "as of its own events"
  as of its own events

The page that is generated from all runs counts which of them are within its bars.

  $ printf '%s\n' '| RUN | EXPLAINED | ALL | zap | slab |' '|---|---:|---:|---:|---:|' \
  >   '| 6.1/a | 99.0 % | -1.0 % | +10.0 % | - |' '| 6.1/b | 94.9 % | +1.0 % | -10.1 % | +0.1 % |' >own
  $ printf '%s\n' '| RUN | EXPLAINED | ALL | zap | slab |' '|---|---:|---:|---:|---:|' \
  >   '| 6.1/a from 6.12/a | 99.0 % | -1.0 % | +30.0 % | -20.0 % |' '| ... as often | 94.9 % | +1.0 % | -1 % | - |' >cross
  $ printf '%s\n' '| MISSED | ACCESSES | PREDICTED | ERROR | IN THE EMULATOR | ERROR | OTHER DATA |' \
  >   '| L1 | 5 | 5 | +90.0 % | 5 | -29.0 % | 7 |' '| LLC | 5 | 5 | +90.0 % | - | - | - |' >runs
  $ printf '%s\n' '| RUN | COUNTED EACH | L1 | ERROR | L2 | ERROR | LLC | ERROR |' '|---|---:|---:|---:|---:|---:|---:|---:|' \
  >   '| 6.1/a | 0.1 ms | 5 | +1.0 % | 5 | +1.0 % | 5 | +1.0 % |' '| 6.1/a | 100 ms | 5 | -15.0 % | 5 | -30.0 % | 5 | -31 % |' >misses
  $ awk -f $SRC/tests/truth/answer.awk own runs cross /dev/null misses | cut -d'|' -f4
   answer 
  ---
   1 of 2 runs; least: 94.9 % (6.1/b) 
   2 of 3; not: 6.1/b zap -10.1 % 
   0 of 1; within 30 %: 1 
   within 15 %: 1 of 3; within 30 %: 2 
   1 of 2; with as many operations as it had: 1 of 1 

  $ memsim validate truth --minimum=100 t/events.trace t/accesses.trace 2>&1 >/dev/null | sed 's/[0-9][0-9]\.[0-9]/NN/'
  memsim: t/accesses.trace: NN % of the accesses are explained, less than 100 %
  $ memsim validate truth t/accesses.trace t/events.trace
  memsim: t/events.trace: not an access-level trace
  [1]
  $ cp $SRC/tests/data/cbuild.trace .
  $ memsim validate truth cbuild.trace t/accesses.trace
  memsim: cbuild.trace has no events at the time of the accesses: of another run?
  [1]
  $ memsim validate truth t/events.trace 2>&1 | head -n 1
  memsim validate truth: which traces? EVENTS and ACCESSES

On the layout that was recorded every access is where it was; elsewhere fields are, with their descriptors.

  $ M=l1=48K/12,l2=2M/16,llc=8M/16
  $ memsim replay --machine=$M --layout=v6.12,page32,memdesc8 t/accesses.trace | sed -n '1,4p; /^caches/p; /OPERATION/,$p'
  t/accesses.trace: kernel 6.12.95+deb12-cloud-amd64, 2 CPUs, 1023.5 MiB of RAM, 346,951 events in 34.8 s
  level: accesses, the highest fidelity: every load and store of struct page that the kernel was seen to make, carried over from v6.12 field by field
  policy: folio sizes as traced
  fidelity: absent: migrate, thp; aggregate: rss; all else exact
  caches: l1=48K/12,l2=2M/16,llc=8M/16 (as given); no background pressure
  LAYOUT   OPERATION  COUNT ACCESSES   LINES      L1    L2   LLC MEMORY
  v6.12    all       57,977  215,903  34,372 210,907   175 1,828  3,130
  page32   all       62,417  278,434 108,409 213,016 3,229 5,184  8,838
  memdesc8 all       62,417  278,434 101,386 207,360   916 4,452  4,770
  
  LAYOUT   DEMAND WRITTEN BACK TRAFFIC     BYTES STILL DIRTY
  v6.12     3,130            0   3,130 195.6 KiB       3,021
  page32    8,838            0   8,838 552.4 KiB       8,353
  memdesc8  4,770            0   4,770 298.1 KiB       4,540
  
  LAYOUT   LOOKUPS NOT CHARGED: padding NOT CHARGED: gone NOT CHARGED: undescribed
  v6.12          0                    0                 0                        0
  page32    12,187                    0             6,390                      109
  memdesc8  12,187                    0            16,279                      109
  
  LAYOUT   TAKEN TRUE SHARING FALSE SHARING
  v6.12    1,814          498           833
  page32   4,813        1,364           659
  memdesc8 4,235        1,363           612
  $ memsim replay --machine=$M --layout=v6.12,memdesc8 --operations t/accesses.trace | grep -E 'lru_gen_add_folio|ptl|LOOKUPS|^The'
  The order from which on an allocation takes less than 64 bytes per page (WITH SLAB: charged with
  LAYOUT   LOOKUPS NOT CHARGED: padding NOT CHARGED: gone NOT CHARGED: undescribed
  The kernel functions that access most; --json has all 115.
  v6.12    lru_gen_add_folio                                   2,066   13,438  1,034 13,438   0     0      0
  memdesc8 lru_gen_add_folio                                   2,066   13,438  1,282 13,367   0     0      0
  v6.12    __list_add_valid_or_report < lru_gen_add_folio      1,033    1,033  1,033  1,013   0    17      3
  memdesc8 __list_add_valid_or_report < lru_gen_add_folio      1,033    1,033  1,030  1,015   0    18      0
  The fields of v6.12 that were accessed, and where each layout had them.
  v6.12    ptdesc.ptl               3,324  3,314   1,559  3,299   7     5     13
  memdesc8 ptdesc.ptl               3,324  3,314   1,559  3,300   7     5     12
  $ memsim replay --machine=$M --layout=memdesc8 --json -j1 t/accesses.trace >one
  $ memsim replay --machine=$M --layout=memdesc8 --json -j3 t/accesses.trace | cmp one -
  $ grep -c '"level": "accesses"' one
  1
  $ memsim replay --machine=$M --layout=v6.12,memdesc8 --level=events t/accesses.trace | sed -n '/OPERATION/,$p' >events
  $ memsim replay --machine=$M --layout=v6.12,memdesc8 t/events.trace | sed -n '/OPERATION/,$p' | cmp events -
  $ memsim replay --machine=$M --layout=v6.12 --no-thp t/accesses.trace
  memsim: other folios than there were can be supposed of events only, not of accesses: --level=events
  [1]
  $ memsim replay --machine=$M --layout=v6.12 --level=both t/accesses.trace 2>&1 | head -n 1
  memsim replay: --level: 'both' is neither accesses nor events

What user space copies, and in which direction, tells of fragments of socket buffers.

  $ C=$SRC/tests/fuzz/corpus/trace/copies.trace
  $ memsim dump --events=object $C | tr -s ' '
   0.000003000 0 object_free pfn=0x40 by=copied direction=from-user
   0.000004000 0 object_free pfn=0x44 by=copied direction=from-user
   0.000005000 0 object_free pfn=0x48 by=copied direction=from-user
   0.000006000 0 object_free pfn=0x40 by=copied direction=to-user
   0.000007000 0 object_free pfn=0x44 by=copied direction=unknown
  $ memsim replay --operations --layout=v6.12 --machine=zen4 $C | grep -oE '(frag_|page_copied)[a-z]* +[0-9]+'
  page_copied      5
  frag_find        3
  frag_get         2
  frag_put         4

Where the emulator had caches, other data filled each level with what it did not find there: 1,000 hits of L1, 300 of L2, 20 of
the last level and 1 in memory.

  $ missed() { # HITS OF L2, OF THE LAST LEVEL
  >   { printf '\212memlog1'
  >     for level in 0 1 2 3 4; do record 5000 $(((1 << 60) + level)) 0; done
  >     record 5000 $((2 << 60)) $start
  >     record 5999 $((0x2d * 64 + load)) $check
  >     level=0
  >     for hits in 77 1000 $1 $2 1; do record 6000 $(((1 << 60) + level)) $hits; level=$((level + 1)); done
  >     record 6000 $(((2 << 60) + 1)) $((start + 34 * second))
  >   } >log
  >   memsim import -q -o cached.trace --accesses=log --symbols=kallsyms --layout=v6.12 t/events.trace
  >   memsim validate truth cached.trace cached.trace | sed -n '/^MISSED/,/^$/p' | tr -d ,
  > }
  $ missed 300 20 | awk '{ print $1, $NF }'
  MISSED DATA
  L1 321
  L2 21
  LLC 1
   

They are in the trace as what CPUs counted is, so that a replay of its own takes them, too.

  $ memsim info cached.trace | grep -E '^(counters|COUNTER|l2_fills +all)' | tr -s ' '
  counters emulator: l1d_fills by misses of L1, but the memmap's, l2_fills by misses of L2, but the memmap's, llc_fills by misses of the last level, but the memmap's
  COUNTER CPU COUNT PER SECOND
  l2_fills all 21 1
  $ memsim dump --events=none --counts cached.trace | tr -s ' '
   34.000000000 0 count l1d_fills=321 span=34000000000
   34.000000000 0 count l2_fills=21 span=34000000000
   34.000000000 0 count llc_fills=1 span=34000000000

What fills a level takes page metadata out of that one: none of them, L1 alone, L1 and L2.

  $ predicted() { missed "$@" | awk '/^L/ { print $3 }'; }
  $ predicted 300 20 >none; predicted 30000000 20 >first; predicted 300 30000000 >both
  $ paste none first both | awk '{ print ($2 > 1.1 * $1), ($3 > 1.1 * $1) }'
  1 1
  0 1
  0 0

When other data came is told as often as the log has counters. All of it in the first half, before the one access in the
middle, is another thing than all of it in the second; told once for both halves, nothing tells them apart.

  $ halves() { # LINES INTO EACH LEVEL, IN THE FIRST HALF AND IN ALL
  >   { printf '\212memlog1'
  >     for level in 0 1 2 3 4; do record 5000 $(((1 << 60) + level)) 0; done
  >     record 5000 $((2 << 60)) $start
  >     record 5500 $((1 << 60)) 40
  >     for level in 1 2 3; do record 5500 $(((1 << 60) + level)) 0; done
  >     record 5500 $(((1 << 60) + 4)) $1
  >     record 5999 $((0x2d * 64 + load)) $check
  >     record 6000 $((1 << 60)) 77
  >     for level in 1 2 3; do record 6000 $(((1 << 60) + level)) 0; done
  >     record 6000 $(((1 << 60) + 4)) $2
  >     record 6000 $(((2 << 60) + 1)) $((start + 34 * second))
  >   } >log
  >   memsim import -q -o halves.trace --accesses=log --symbols=kallsyms --layout=v6.12 t/events.trace
  >   for period in 1s 1m; do
  >     memsim validate truth --counters-period=$period --misses halves.trace halves.trace >$3.$period
  >     memsim validate truth --counters-period=$period --json halves.trace halves.trace | sed -n '/"predicted_hits"/,/}/p' >>$3.$period
  >   done
  > }
  $ halves 30000000 30000000 early
  $ halves 0 30000000 late
  $ sed -n -s '2s/  */ /gp' early.1s early.1m | cut -d' ' -f1-3
  halves.trace 17 s
  halves.trace 34 s
  $ cmp early.1m late.1m && ! cmp -s early.1s late.1s && echo "apart where they are told apart"
  apart where they are told apart
