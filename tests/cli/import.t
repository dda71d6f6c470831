Text of other tools becomes a trace: every event of theirs that memsim knows, in its words.

  $ D=$SRC/tests/data/import
  $ names() { grep -oE '(mm_[a-z_]+|rss_stat): ' "$1" | sort | uniq -c | awk '{ print $2, $1 }'; }
  $ kinds() { memsim dump "$1" | awk '{ n[$3]++ } END { for (k in n) print k, n[k] }' | sort; }
  $ memsim import -o perf.trace $D/perf.txt
  perf.trace: 171 events from 189 lines
  $ names $D/perf.txt
  mm_filemap_add_to_page_cache: 9
  mm_filemap_delete_from_page_cache: 9
  mm_filemap_get_pages: 16
  mm_filemap_map_pages: 4
  mm_lru_activate: 8
  mm_lru_insertion: 39
  mm_page_alloc: 38
  mm_page_alloc_zone_locked: 1
  mm_page_free: 18
  mm_page_free_batched: 18
  rss_stat: 29
  $ kinds perf.trace
  buddy_take 1
  cache_add 9
  cache_del 9
  cache_map 4
  cache_read 16
  lru_activate 8
  lru_add 39
  page_alloc 38
  page_free 18
  rss_stat 29
  task 8
  $ memsim check -q perf.trace | grep VIOLATION
  [1]

  $ memsim import -o tc.trace $D/trace-cmd.txt
  tc.trace: 179 events from 180 lines
  $ kinds tc.trace
  cache_del 20
  lru_activate 34
  lru_add 18
  page_alloc 11
  page_free 64
  rss_stat 32
  task 4
  $ names $D/trace-cmd.txt
  mm_filemap_delete_from_page_cache: 20
  mm_lru_activate: 34
  mm_lru_insertion: 18
  mm_page_alloc: 11
  mm_page_free: 64
  rss_stat: 32
  $ memsim import -o old.trace $D/trace-cmd-5.10.txt
  old.trace: 129 events from 130 lines
  $ kinds old.trace
  buddy_take 1
  cache_del 20
  lru_activate 21
  lru_add 13
  page_alloc 7
  page_free 48
  rss_stat 19
  task 3
  $ names $D/trace-cmd-5.10.txt
  mm_filemap_delete_from_page_cache: 20
  mm_lru_activate: 21
  mm_lru_insertion: 13
  mm_page_alloc: 7
  mm_page_alloc_zone_locked: 1
  mm_page_free: 48
  rss_stat: 19
  $ memsim import -o fs.trace $D/tracefs.txt
  fs.trace: 108 events from 120 lines
  $ kinds fs.trace
  cache_map 1
  lru_add 31
  page_alloc 37
  page_free 22
  rss_stat 17
  task 2
  $ names $D/tracefs.txt
  mm_filemap_map_pages: 1
  mm_lru_insertion: 31
  mm_page_alloc: 37
  mm_page_free: 22
  rss_stat: 17

Lines and what became of them.

  $ awk '!seen[$5]++' $D/perf.txt | tee some.txt
            memsim 27985 [000] 13182.151179:                        kmem:mm_page_alloc: page=0x21f3ee pfn=0x21f3ee order=0 migratetype=1 gfp_flags=GFP_HIGHUSER_MOVABLE|__GFP_ZERO|__GFP_COMP
            memsim 27985 [000] 13182.151180:                             kmem:rss_stat: mm_id=3187081122 curr=1 type=MM_ANONPAGES size=7286784B
              perf 27962 [001] 13182.151214:      filemap:mm_filemap_add_to_page_cache: dev 254:0 ino a90016 pfn=0x209285 ofs=118784 order=0
              perf 27962 [001] 13182.151221:                  pagemap:mm_lru_insertion: folio=0xffffea000824a140 pfn=0x209285 lru=2 flags= f   B
              perf 27962 [001] 13182.151227:            kmem:mm_page_alloc_zone_locked: page=0x1a5250 pfn=0x1a5250 order=4 migratetype=1 percpu_refill=0
   callgrind-amd64 27341 [000] 13182.153539:                         kmem:mm_page_free: page=0x16579d pfn=0x16579d order=0
         perf-exec 27977 [000] 13182.153581:              filemap:mm_filemap_map_pages: dev=254:0 ino=51423 ofs=155648-221183
                ld 27988 [001] 13182.162535:              filemap:mm_filemap_get_pages: dev=254:0 ino=a88049 ofs=8192-12287
                ld 27988 [001] 13182.162539:                   pagemap:mm_lru_activate: folio=0xffffea000902b9c0 pfn=0x240ae7
                rm 27992 [001] 13182.200001:                 kmem:mm_page_free_batched: page=0x2212ef pfn=0x2212ef order=0
                rm 27992 [001] 13182.200014: filemap:mm_filemap_delete_from_page_cache: dev 254:0 ino a9000a pfn=0x17ae5e ofs=126976 order=0
  $ memsim import -q -o some.trace some.txt
  $ memsim dump some.trace
       0.000000000   0 task         thread=27985 process=27985
       0.000000000   0 page_alloc   pfn=0x21f3ee  order=0  mt=1 gfp=movable|comp|zero|highmem|direct_reclaim|kswapd_reclaim|io|fs|hardwall
       0.000001000   0 rss_stat     obj=1 counter=anon
       0.000035000   1 task         thread=27962 process=27962
       0.000035000   1 cache_add    pfn=0x209285  order=0  obj=2 index=29
       0.000042000   1 lru_add      pfn=0x209285  order=0  list=inactive_file is=0
       0.000048000   1 buddy_take   pfn=0x1a5250  order=4  mt=1
       0.002360000   0 task         thread=27341 process=27341
       0.002360000   0 page_free    pfn=0x16579d  order=0  was=0
       0.002402000   0 task         thread=27977 process=27977
       0.002402000   0 cache_map    obj=3 index=38 count=16
       0.011356000   1 task         thread=27988 process=27988
       0.011356000   1 cache_read   obj=4 index=2 count=1
       0.011360000   1 lru_activate pfn=0x240ae7  order=0  is=0
       0.048835000   1 task         thread=27992 process=27992
       0.048835000   1 cache_del    pfn=0x17ae5e  order=0  obj=5 index=31
  $ awk '!seen[$4]++' $D/trace-cmd-5.10.txt | tee some.txt
  cpus=2
                rm-86    [000]     7.648316: mm_page_alloc_zone_locked: page=0xffffffffbcf50686 pfn=195974 order=1 migratetype=0 percpu_refill=0
                rm-86    [000]     7.664054: mm_page_alloc:        page=0xffffffffbcf50686 pfn=195974 order=1 migratetype=0 gfp_flags=GFP_KERNEL_ACCOUNT|__GFP_ZERO
                rm-86    [000]     7.664360: rss_stat:             mm_id=2814545552 curr=0 member=1 size=4096B
                rm-86    [000]     7.665254: mm_lru_insertion:     page=0xffffe08000097b80 pfn=9710 lru=0 flags=Ma b  
                rm-86    [000]     7.665585: mm_lru_activate:      page=0xffffe080000f3d80 pfn=15606
       kworker/1:1-33    [001]     7.898167: mm_page_free:         page=0xffffffffbcf21c41 pfn=4929 order=0
                rm-86    [000]     7.912300: mm_filemap_delete_from_page_cache: dev 0:2 ino 126 page=0xffffffffbcf25c90 pfn=21392 ofs=0
  $ memsim import -q -o some.trace some.txt
  $ memsim dump some.trace
       0.000000000   0 task         thread=86 process=86
       0.000000000   0 buddy_take   pfn=0x2fd86   order=1  mt=0
       0.015738000   0 page_alloc   pfn=0x2fd86   order=1  mt=0 gfp=zero|account|direct_reclaim|kswapd_reclaim|io|fs
       0.016044000   0 rss_stat     obj=1 counter=anon
       0.016938000   0 lru_add      pfn=0x25ee    order=0  list=inactive_anon is=anon|swapbacked
       0.017269000   0 lru_activate pfn=0x3cf6    order=0  is=0
       0.249851000   1 task         thread=33 process=33
       0.249851000   1 page_free    pfn=0x1341    order=0  was=0
       0.263984000   0 cache_del    pfn=0x5390    order=0  obj=2 index=0

Of the host such a text tells nothing, and what a report would say of its memory is not said.

  $ memsim info perf.trace | sed -n '2,4p'
  recorded   at a time not told by memsim 0.1.0, 0.049 s, ended by import
  kernel     not told, LRU not known, THP not known
  machine    2 CPUs online (2 possible), 1 nodes
  $ memsim report --quick --machine=zen4 perf.trace >report.txt
  $ sed -n '4,/^$/p' report.txt
  perf does not tell of its host: neither how much memory that has nor
  what its pages were used for before the first event. It is taken to end
  with the highest page that an event names, at 10.0 GiB, and what no
  event names to be of unknown use; so its bytes here are no statement
  about that host. A snapshot of the host brings both along (memsim import
  --snapshot).
  
  $ grep -c 'On this host\|before recordings told\|kernel , ,' report.txt
  0
  [1]
  $ grep '^  host' report.txt
    host      kernel not told, 2 CPUs, 1 node, 10.0 GiB of RAM
  $ memsim report --quick --machine=zen4 perf.trace $SRC/tests/data/groups.trace >report.txt
  $ tr -s '\n ' ' ' <report.txt | grep -o 'perf does not tell\|[0-9.]* GiB with kernel not told (perf)'
  perf does not tell
  10.0 GiB with kernel not told (perf)

What is known how well is said class by class.

  $ memsim info perf.trace | sed -n '/^CLASS/,/^$/p' | sed 's/ *$//'
  CLASS     FIDELITY  HOW  EVENTS LOST NS NOTE
  alloc     exact     text     56    0    if the text holds all events of all CPUs, which it does not say; what a page was when it was freed is derived from events before
  buddy     inferred  text      1    0    the text has one direction only
  lru       inferred  text     47    0    a folio's order is that of its allocation; what is activated without a word before is taken for a file's
  cache     exact     text     18    0    if the text holds all events of all CPUs, which it does not say
  lookup    aggregate text     20    0    index ranges of reads and faults, not which folios
  rss       aggregate text     29    0    which counter changed, not by how much
  task      inferred  text      8    0    where the text does not tell the process, it is taken to be the thread
  mapcount  absent              0    0    the text has no such events
  fork      absent              0    0    the text has no such events
  bulk      absent              0    0    the text has no such events
  writeback absent              0    0    the text has no such events
  scan      absent              0    0    the text has no such events
  kind      absent              0    0    the text has no such events
  table     absent              0    0    the text has no such events
  object    absent              0    0    the text has no such events
  migrate   absent              0    0    the text has no such events
  thp       absent              0    0    the text has no such events
  

A snapshot of the same host brings the host and its pages along.

  $ memsim import -o snapped.trace --snapshot=$SRC/tests/data/cbuild.trace $D/perf.txt
  snapped.trace: 171 events from 189 lines
  $ memsim info snapped.trace | grep -E '^(kernel|machine|memory|CENSUS|anon )'
  kernel     6.18.44-fc-v657 x86_64, LRU classic, THP madvise
  machine    Intel(R) Xeon(R) Processor, 2 CPUs online (2 possible), 1 nodes
  memory     24.0 GiB present, 7.2 GiB managed, 2 ranges up to pfn 0x640000, 4096-byte pages
  CENSUS       PAGES      SIZE
  anon         3,833  15.0 MiB
  $ memsim replay --layout=v6.12,memdesc8 snapped.trace | head -n 1
  snapped.trace: kernel 6.18.44-fc-v657, 2 CPUs, 24.0 GiB of RAM, 179 events in 0.0 s

What cannot be is refused in a sentence.

  $ memsim import -o no.trace /dev/null
  memsim: /dev/null: the text is empty
  [1]
  $ echo nothing | memsim import -o no.trace -
  memsim: -: no event of kmem, filemap or pagemap in 1 line of text: a line has the CPU in brackets, the time in seconds and the name, as perf script and trace-cmd report print them unless told otherwise
  [1]
  $ memsim import -o no.trace no.txt
  memsim: no.txt: cannot open: No such file or directory
  [1]
  $ sed 's/pfn=0x/pfn=0xfffff/' $D/perf.txt >far.txt; memsim import -o no.trace far.txt
  memsim: far.txt: line 1: pfn 0xfffff21f3ee is beyond all memory
  [1]
  $ sed 's/\[001\]/[099]/' $D/perf.txt >cpu.txt; memsim import -o no.trace -s $SRC/tests/data/cbuild.trace cpu.txt
  memsim: cpu.txt: CPU 99 is not in the snapshot, which has 2 CPUs: they are of different hosts
  [1]
  $ memsim import
  memsim import: no text named; - is standard input
  Try `memsim import --help' or `memsim import --usage' for more information.
  [2]
  $ ls no.trace*
  ls: cannot access 'no.trace*': No such file or directory
  [2]

What the text lacks is counted: events that the tool lost, lines that are cut, flags as numbers.

  $ { head -n 20 $D/tracefs.txt; echo 'CPU:1 [LOST 123 EVENTS]'; tail -n 20 $D/tracefs.txt; } >lost.txt
  $ memsim import -o lost.trace lost.txt
  lost.trace: 28 events from 41 lines
  memsim: warning: 123 events were lost when the text was recorded
  [3]
  $ head -c 1300 $D/perf.txt >cut.txt
  $ memsim import -o cut.trace cut.txt
  cut.trace: 7 events from 8 lines
  memsim: warning: 1 lines of these events were not understood, the first is line 8
  [3]
  $ sed 's/gfp_flags=.*/gfp_flags=0x140dca/' $D/perf.txt >number.txt
  $ memsim import -o number.trace number.txt
  number.trace: 171 events from 189 lines
  memsim: warning: 38 allocations have their flags as a number, whose meaning depends on the kernel: taken for none

More than the usual fields does not matter, less is said; and so is a time that is no clock's.

  $ sed -E 's/ ([0-9.]+:) +([a-z]+:)/ \1          1 \2/' $D/perf.txt >period.txt
  $ memsim import -o period.trace period.txt
  period.trace: 171 events from 189 lines
  $ memsim dump perf.trace >all.txt
  $ memsim dump period.trace | cmp - all.txt
  $ sed -E 's/\[00[0-9]\]//' $D/perf.txt | memsim import -o no.trace -
  memsim: -: no event of kmem, filemap or pagemap in 189 lines of text: a line has the CPU in brackets, the time in seconds and the name, as perf script and trace-cmd report print them unless told otherwise
  [1]
  $ awk 'BEGIN { srand(1) } { sub(/[0-9]+\.[0-9]+:/, sprintf("0.%06d:", rand() * 9)); print }' $D/perf.txt | memsim import -o no.trace -
  memsim: -: [0-9]+ of 171 times are before that of the event before: print it with times of a clock \(not perf script --deltatime, trace-cmd report --ts-diff\) (re)
  [1]

A host with memory beyond 16 TiB of physical addresses can be recorded, but not replayed, and that is said at once.

  $ sed '0,/pfn=0x[0-9a-f]*/s//pfn=0x100000005/' $SRC/tests/data/import/perf.txt | memsim import -q -o far.trace - 2>/dev/null
  $ memsim info far.trace >/dev/null
  memsim: warning: the host's memory reaches pfn 4295000064; replay and report take up to 4294967294, 16 TiB of physical addresses
  $ memsim replay --layout=v6.12 --machine=vm-emr far.trace
  memsim: the trace's host reaches pfn 4295000064; replay takes up to 4294967294
  [1]
