Who pays: every kind of page and every order, and what no unit of memory can be charged with.

  $ T=$SRC/tests/data/cbuild.trace
  $ memsim replay --layout=v6.12,memdesc8 --payers $T >text
  $ grep -c '^memdesc8 *unused in slabs' text
  2
  $ grep '^memdesc8 *file ' text
  memdesc8 file              738,627   522,433   5.6 MiB    42.4 MiB  48.0 MiB 50.91
  $ grep -A 1 '^This trace names no page as' text
  This trace names no page as netpool, zsmalloc, percpu: what there is of them is counted as
  unknown, compound, mapped, kernel.
  $ grep -c 'by memory cgroup: not known' text
  1

The order from which on an allocation takes less than today, with the slab's share and without.

  $ grep -A 6 '^The order from which' text
  The order from which on an allocation takes less than 64 bytes per page (WITH SLAB: charged with
  its share of the slab that its descriptor lies in)
  
  LAYOUT        FOLIO WITH SLAB       SLAB PAGE TABLE
  v6.12    never less     never never less never less
  memdesc8          2         2          1          1
  

What the sources leave open is printed with every result, and what was changed with its question.

  $ memsim replay --layout=page32 --set folio.large=112 $T >text
  $ grep -A 20 '^Parameters' text | head -n 7
  Parameters that the sources leave open (*: changed by --set; memsim layouts show names the sources)
  
  page32: folio=80 folio.large=112* folio.hugetlb=160 folio.stride=80 folio.large.stride=112
          folio.caches=2 slab=64 ptdesc=64 zpdesc=32 netpool=48 rcu.freeptr=0 freed.kept=0
          census.fill=100
  
  LAYOUT CHANGED     NOW DEFAULT WHAT IS OPEN

A machine of another size, with the assumption said: 1 TiB has 16 GiB of struct pages, or 2 GiB.

  $ memsim replay --layout=v6.12,memdesc8 --scale-ram=1T $T | grep -A 6 '^On a machine'
  On a machine with 1.0 TiB of RAM, assuming that it has as many folios, slabs and page tables of each
  size per byte of RAM as this one
  
  LAYOUT      FIXED DESCRIPTORS    TOTAL     MEAN     PEAK
  v6.12    16.0 GiB         0 B 16.0 GiB 16.0 GiB 16.0 GiB
  memdesc8  2.0 GiB     1.9 GiB  3.9 GiB  3.9 GiB  4.0 GiB
  
  $ memsim replay --layout=v6.12 --scale-ram=1X $T
  memsim replay: --scale-ram: '1X' is not a size (a number, then K, M, G or T)
  Try `memsim replay --help' or `memsim replay --usage' for more information.
  [2]

A guest's memory has metadata in the guest and in the host.

  $ memsim replay --layout=v6.12 --guest=$T --guest=$T $T | grep -A 5 '^Host and 2 guests'
  Host and 2 guests with 48.0 GiB of RAM, paid for twice: FOR GUESTS is the host's share for the 31.2 MiB
  of anonymous, shmem and hugetlb memory that can back them (assumed, at its mean cost)
  
  LAYOUT      HOST FOR GUESTS IN GUESTS   TOTAL % OF RAM
  v6.12  384.0 MiB  499.5 KiB 768.0 MiB 1.1 GiB    4.688
  
  $ memsim replay --layout=v6.12 --json --guest=$T $T | grep -A 5 '"with_guests"'
        "with_guests": {
          "host": 402653184,
          "host_for_guests": 511488,
          "guests": 402653184,
          "bytes": 805306368
        },
  $ memsim replay --layout=v6.12 --guest=nowhere $T
  memsim: nowhere: cannot open: No such file or directory
  [1]

Base pages of 16 KiB have a quarter of the memmap, and what rounding may cost is said.

  $ memsim replay --layout=v6.12+16k $T | grep -A 3 '^v6.12+16k  '
  v6.12+16k     64 96.0 MiB         0 B 96.0 MiB 96.0 MiB 96.0 MiB    0.391 4.0 GiB
  
  v6.12+16k: the recorded kernel's allocations and operations, with an entry for every 16.0 KiB.
  Memory in use would grow by rounding, which is not counted: by 6.1 GiB at most.
