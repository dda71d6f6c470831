Who pays: every kind of page and every order, and what no unit of memory can be charged with.

  $ T=$SRC/tests/data/cbuild.trace
  $ memsim replay --layout=v6.12,page32,memdesc8+16k --set folio.large=112 --payers --scale-ram=1T --guest=$T $T >text
  $ grep -c '^page32 *unused in slabs' text
  2
  $ grep '^page32 *file ' text
  page32       file              738,627   522,433  22.5 MiB    41.6 MiB  64.1 MiB 26.98
  $ grep -A 1 '^This trace names no page as' text
  This trace names no page as netpool, zsmalloc, percpu: what there is of them is counted as
  unknown, compound, mapped, kernel.
  $ grep "^By memory cgroup" text
  By memory cgroup: not known, the trace does not say it

By memory cgroup, of a trace that tells it: 31 and 1 have names. Its two nodes have slabs of their own. One page of /web was given back and allocated again, by
somebody; another one moved, and is still its. Slabs and free memory are nobody's.

  $ memsim replay --memory-only --layout=memdesc8 --payers $SRC/tests/data/groups.trace | sed -n '/^By memory/,/unused/p'
  By memory cgroup, as the census read it from memmap; what was allocated since is not known, and slabs
  are charged object by object, which pages do not tell (none)
  
  LAYOUT   MEMCG            PAGES DESCRIBED     FIXED DESCRIPTORS     TOTAL     %
  memdesc8 none            13,852       100 108.2 KiB     6.2 KiB 114.5 KiB 44.03
  memdesc8 not known            1         1       8 B        80 B      88 B  0.03
  memdesc8 /web             1,211     1,211   9.5 KiB    94.6 KiB 104.1 KiB 40.03
  memdesc8 47               1,064        42   8.3 KiB     2.8 KiB  11.1 KiB  4.25
  memdesc8 /                  256        64   2.0 KiB     8.0 KiB  10.0 KiB  3.85
  memdesc8 unused in slabs      0         0       0 B    20.3 KiB  20.3 KiB  7.81
  $ memsim replay --memory-only --layout=memdesc8 --json $SRC/tests/data/groups.trace |
  >   python3 -c 'import json, sys; print([(p["memcg"], p["name"], p["bytes"]) for p in json.load(sys.stdin)["layouts"][0]["payers"]["by_memcg"]])'
  [(None, 'none', 117216), (None, 'not known', 88), (31, '/web', 106568), (47, '', 11328), (1, '/', 10240)]
  $ memsim replay --memory-only --layout=memdesc8 --payers --max-folio-order=0 $SRC/tests/data/groups.trace | grep '^By memory'
  By memory cgroup: not with a sample, nor with other orders than the trace's
  $ memsim report --quick -o groups.txt $SRC/tests/data/groups.trace
  $ grep -E '^memdesc8 +(not known|/web) ' groups.txt | sed 's/  */ /g'
  memdesc8 not known 1 8 B 80 B 88 B
  memdesc8 /web 1,211 9.5 KiB 94.6 KiB 104.1 KiB

Of a guest only memory is worked out: its trace need not name caches, without which nothing can go through any.

  $ memsim import -q -o guest.trace $SRC/tests/data/import/perf.txt
  $ memsim replay -q --layout=v6.12 guest.trace
  memsim: the trace does not name its machine's caches; use --machine
  [1]
  $ memsim replay -q --layout=v6.12 $T >alone
  $ memsim replay -q --layout=v6.12 --guest=guest.trace $T >with
  $ grep -c '^v6.12 *all ' with
  1
  $ diff alone with | grep -c '^<'
  0
  [1]

The nodes are in the header, a move is an event.

  $ memsim info $SRC/tests/data/groups.trace | grep -E '^(machine|node|census)'
  machine    2 CPUs online (2 possible), 2 nodes
  node 0     pfn 0x1 to 0x1fff, 32.0 MiB
  node 1     pfn 0x2000 to 0x3fff, 32.0 MiB
  node 0     CPUs 0 to 0
  node 1     CPUs 1 to 1
  census     read from memmap; memory cgroups told by memmap
  $ memsim dump --events=migrate $SRC/tests/data/groups.trace
       0.005000000   0 migrate      pfn=0x401     order=0  to=0x2000
  $ memsim dump --census --events=none $SRC/tests/data/groups.trace | grep -c memcg=
  5

The order from which on an allocation takes less than today, with the slab's share and without.

  $ grep -A 6 '^The order from which' text
  The order from which on an allocation takes less than 64 bytes per page (WITH SLAB: charged with
  its share of the slab that its descriptor lies in)
  
  LAYOUT            FOLIO WITH SLAB         SLAB   PAGE TABLE
  v6.12        never less     never   never less   never less
  page32                2         2 2, same at 1 2, same at 1
  memdesc8+16k          1         1            1            1

What the sources leave open is printed with every result, and what was changed with its question.

  $ grep -A 4 '^Parameters' text
  Parameters that the sources leave open (*: changed by --set; memsim layouts show names the sources)
  
  page32: folio=80 folio.large=112* folio.hugetlb=160 folio.stride=80 folio.large.stride=112
          folio.caches=2 slab=64 ptdesc=64 zpdesc=32 netpool=48 rcu.freeptr=0 freed.kept=0
          slub.sheaf=0 census.fill=100
  $ grep -A 2 'WHAT IS OPEN' text
  LAYOUT       CHANGED     NOW DEFAULT WHAT IS OPEN
  page32       folio.large 112     128 112 with the wiki's fields, 128 with those of Linux 6.18
  memdesc8+16k folio.large 112     128 112 with the wiki's fields, 128 with those of Linux 6.18

A machine of another size, with the assumption said: 1 TiB has 16 GiB of struct pages, or 8 GiB.

  $ grep -A 6 '^On a machine' text
  On a machine with 1.0 TiB of RAM, assuming that it has as many folios, slabs and page tables of each
  size per byte of RAM as this one
  
  LAYOUT           FIXED DESCRIPTORS    TOTAL     MEAN     PEAK
  v6.12         16.0 GiB         0 B 16.0 GiB 16.0 GiB 16.0 GiB
  page32         8.0 GiB     1.9 GiB  9.9 GiB  9.9 GiB  9.9 GiB
  memdesc8+16k 512.0 MiB     1.8 GiB  2.3 GiB  2.3 GiB  2.3 GiB
  $ memsim replay --layout=v6.12 --scale-ram=1X $T
  memsim replay: --scale-ram: '1X' is not a size (a number, then K, M, G or T)
  Try `memsim replay --help' or `memsim replay --usage' for more information.
  [2]

A guest's memory has metadata in the guest and in the host.

  $ grep -A 6 '^Host and 1 guest' text
  Host and 1 guest with 24.0 GiB of RAM, paid for twice: FOR GUESTS is the host's share for the 31.2 MiB
  of anonymous, shmem and hugetlb memory that can back them (assumed, at its mean cost)
  
  LAYOUT            HOST FOR GUESTS IN GUESTS     TOTAL % OF RAM
  v6.12        384.0 MiB  499.5 KiB 384.0 MiB 768.0 MiB    3.125
  page32       237.6 MiB  874.1 KiB 237.6 MiB 475.2 MiB    1.934
  memdesc8+16k  55.8 MiB  640.0 KiB  55.8 MiB 111.5 MiB    0.454
  $ memsim replay --layout=v6.12 --json --guest=$T --guest=$T $T | grep -A 5 '"with_guests"'
        "with_guests": {
          "host": 402653184,
          "host_for_guests": 511488,
          "guests": 805306368,
          "bytes": 1207959552
        },
  $ memsim replay --layout=v6.12 --guest=nowhere $T
  memsim: nowhere: cannot open: No such file or directory
  [1]

Base pages of 16 KiB have a quarter of the memmap, and what rounding may cost is said.

  $ grep -A 1 '^memdesc8+16k: the' text
  memdesc8+16k: the recorded kernel's allocations and operations, with an entry for every 16.0 KiB.
  Memory in use would grow by rounding, which is not counted: by 6.1 GiB at most.
