// Package cachehooks holds the entries of the aspect cache. It is a package of its own so that only
// programs with a cached function link the cache library.
//
// The library is otter v2, chosen by measurement: two cores, a cache of 10 000 entries with string
// keys, each library used as it would be here.
//
//	                        otter v2.4.0   ristretto v2.4.2   golang-lru/expirable v2.0.7
//	hit, one goroutine      96 ns          185 ns             113 ns
//	hit, two goroutines     52 ns          121 ns             123 ns
//	allocations of a hit    0              0, sometimes 1     0
//	hit ratio: zipf         73.4 %         69.7 %             67.5 %
//	hit ratio: zipf, scans  36.0 %         32.5 %             30.2 %
//	hit ratio: loop         70.9 %         79.6 %             0 %
//	memory per entry        97 B           197 B              165 B
//	goroutines for good     0              2 per cache        1 per cache
//	other modules linked    0              3                  0
//	a Set is seen           at once        later, or never    at once
//
// otter's own expiry has a sweeping goroutine, which ends only with the cache, and a clock of its
// own. So an entry holds its deadline, which this package checks, and callers do the upkeep that
// they cause: there is no goroutine at all, and the clock may be that of testing/synctest. An
// expired entry is never returned, but takes up its place until it is asked for, replaced or
// evicted.
//
// Read [New] first.
package cachehooks
