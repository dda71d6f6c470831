Layouts are held against the BTF of kernels; a difference is an exit status of 1.

  $ BTF=$SRC/tests/data/btf
  $ memsim layouts check v7.3 --btf=$BTF/7.3.4.btf
  v7.3: 53 as in 7.3.4.btf, 0 different
  $ memsim layouts check v6.12 --btf=$BTF/6.12.95.btf
  v6.12: 51 as in 6.12.95.btf, 1 different
  FIELD          v6.12    BTF MEMBER
  folio.hugetlb 208:32 144:32 folio._hugetlb_subpool to _hugetlb_hwpoison
  [1]
  $ memsim layouts check v6.12 --btf=$BTF/6.12.95.btf --json | grep -A 4 '"differs"'
  v6.12: 51 as in 6.12.95.btf, 1 different
        "verdict": "differs",
        "layout": {
          "at": 208,
          "size": 32
        },
  $ memsim layouts check page32 --btf=$BTF/7.3.4.btf 2>&1 >/dev/null
  BTF does not show, and so cannot check: page.memdesc, folio.pfn, slab.pfn, ptdesc.pfn, zpdesc.pfn, netpool.pfn
  page32: 19 as in 7.3.4.btf, 34 different
  [1]
  $ memsim layouts check v6.12 --btf=$BTF/README
  memsim: */tests/data/btf/README: holds no BTF; it takes an uncompressed vmlinux, or BTF alone as in /sys/kernel/btf (glob)
  [1]

A kernel's layout can be made from them, and used like any other.

  $ memsim layouts import $BTF/5.10.251.btf --name=v5.10 -o v5.10.yaml
  $ memsim layouts check ./v5.10.yaml --btf=$BTF/5.10.251.btf
  v5.10: 46 as in 5.10.251.btf, 0 different
  $ memsim layouts diff v4.19 ./v5.10.yaml
  WHAT           v4.19 v5.10         CHANGE
  folio.nr_pages -     88:4          appeared
  folio.pincount -     144:4         appeared
  slab.obj_exts  -     56:8          appeared
  netpool        -     in the memmap appeared
  netpool.dma    -     8:16          appeared
  $ memsim layouts import $BTF/5.10.251.btf --name=V5
  memsim: what 5.10.251.btf says makes no layout: V5:3:7: name 'V5' must be at most 32 of a-z 0-9 . - _ and start with a letter or digit
  [1]
  $ memsim layouts import $BTF/7.3.4.btf | sed -n '3p;7p;20,24p'
  name: 7.3.4.btf
    - BTF of 7.3.4.btf
    page.refcount:         {at: 52, size: 4}  # page._refcount
    page.memcg:            {at: 56, size: 8}  # page.memcg_data
  
    buddy.list:            {at: 8, size: 16}  # page.buddy_list
    buddy.order:           {at: 40, size: 8}  # page.private

Modifiers are put behind a name.

  $ memsim layouts diff v6.12 v6.12+hvo-2M+page_ext-owner
  WHAT                 v6.12 v6.12+hvo-2M+page_ext-owner CHANGE
  2 MiB hugetlb memmap 32768 4096                        changed
  page_ext-owner       -     72 bytes per page           appeared
  $ memsim layouts diff v6.12 v6.12+kmsan --json | head -n 12
  {
    "before": "v6.12",
    "after": "v6.12+kmsan",
    "changes": [
      {
        "name": "page size",
        "before": "64",
        "after": "80",
        "what": "changed"
      },
      {
        "name": "2 MiB hugetlb memmap",
  $ memsim layouts show v6.12+hvo-2M+page_ext-owner --fields | head -n 3
  page_ext-owner: beside the memmap, 72 bytes per page
  hvo-2M: hugetlb pages of 2097152 bytes keep 4096 bytes of memmap
  page: in the memmap, 64 bytes per page
  $ memsim layouts show v6.12+hvo-2M
  memsim: v6.12+hvo-2M is put together from several files; each of them can be shown
  [1]
  $ memsim layouts show kmsan | tail -n 3
  page: {grow: 16}
  side:
    kmsan: {pages: 2, debug: true}

Parameters are what a proposal leaves open.

  $ memsim layouts show page32-wiki --params --set=folio.caches=1 --set=zpdesc=0 --set=slab.align=128
  PARAMETER          VALUE DEFAULT RANGE   QUESTION
  folio.large          112     112 96-160  112 with the fields here, 104 of which are used; 128 with those of Linux 6.18
  folio.hugetlb        144     144 112-192 the large folio and four words; hugetlb may get a type of its own
  folio.large.stride   112     112 96-192  as folio.stride
  folio.caches           1       2 1-2     one cache, so that small folios take as much as large ones, or two
  slab                  64      64 48-80   64 with a way back to the memory and without type and refcount
  ptdesc                64      64 48-80   48 without flags, 80 with a lock that does not fit in 4 bytes
  zpdesc                 0      32 0-64    0 if it moves into struct zspage, 64 if today's 56 bytes stay
  netpool               48      48 32-64   32 without pp_magic and the flags word; it may grow freely
  rcu.freeptr            0       0 0-16    0 if free pointers lie over a field of SLAB_TYPESAFE_BY_RCU objects, or bytes more
  freed.kept             0       0 0-255   freed descriptors that each CPU keeps of each kind, with their pages; 0: none
  slub.sheaf             0       0 0-128   objects of a sheaf, where SLUB (v6.18) has them for descriptors; 0: it has none
  census.fill          100     100 50-100  100 packs descriptors from before the trace; less scatters them over more slabs
  slab.align           128      16 1-4096  -
  
  Every descriptor also has .align, .stride, .fraction and .rcu, as in slab.align.
  $ memsim layouts diff page32 page32-wiki --set=folio.large=112
  WHAT                     page32                                        page32-wiki                                   CHANGE
  descriptor folio.hugetlb 160 bytes, stride 160, orders 0-20, 100%, rcu 144 bytes, stride 144, orders 0-20, 100%, rcu changed
  folio.large_mapcount     80:4                                          -                                             vanished
  folio.entire_mapcount    88:4                                          80:4                                          moved
  folio.mm_ids             96:16                                         -                                             vanished
  folio.deferred_list      112:16                                        88:16                                         moved
  folio.hugetlb            128:32                                        112:32                                        moved
  $ memsim layouts diff v6.18 v7.3
  v6.18 and v7.3 keep everything in the same places
  $ memsim layouts diff v6.12 page32 --set=folio=4096
  memsim: folio: '4096' is not between 64 and 96
  [1]
  $ memsim layouts diff v6.12 v7.3 --set=folio=80
  memsim: v7.3 has no parameter 'folio': it allocates no descriptors
  [1]
  $ memsim replay --layout=v6.12,page32 --set=folio.huge=1 $SRC/tests/data/cbuild.trace
  memsim: --set: page32 has no parameter 'folio.huge'; there are folio, folio.large, folio.hugetlb, slab, ptdesc, zpdesc, netpool, folio.caches; a descriptor also has .align .stride .fraction .rcu; and there are freed.kept, slub.sheaf, census.fill, rcu.freeptr
  [2]
