package service

import (
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// A call must not wait again and again for an address that has just refused a connection, nor
// forget it for good.
func TestPassedOver(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		all := newAddresses(&address{base: "a"}, &address{base: "b"}, &address{base: "c"})
		picks := func(n int, tried ...*address) string {
			var got strings.Builder
			for range n {
				if one := all.pick(tried); one != nil {
					got.WriteString(one.base)
				}
			}
			return got.String()
		}
		expect := func(when, got, want string) {
			t.Helper()
			if got != want {
				t.Errorf("%s: picks are %q, want %q", when, got, want)
			}
		}
		expect("at first", picks(4), "abca")
		b := (*all.all.Load())[1]
		b.refuse()
		expect("b refused", picks(6), "ccacca")
		all.replace([]*address{{base: "d"}, {base: "b"}})
		expect("b is kept, refused", picks(2), "dd")
		expect("d is tried", picks(1, (*all.all.Load())[0]), "b")
		expect("all are tried", picks(1, *all.all.Load()...), "")
		time.Sleep(passedOver)
		expect("b is tried again", picks(2), "db")
	})
}
