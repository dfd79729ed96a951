package keyed

import (
	"fmt"
	"testing"
)

// What was asked for least recently must come first, or the owner drops what is in use. Keys of
// every form are in one order.
func TestOldest(t *testing.T) {
	m := New[int]()
	a, b, c, d := Key{}.Text("1"), Key{}.Int(1), Key{}.Uint(1), Key{}.Text("1").Value(1.5)
	for i, key := range []Key{a, b, c, d} {
		m.Add(key, i)
	}
	order := func(want string) {
		t.Helper()
		var list []int
		for key, v := range m.Oldest() {
			list = append(list, v)
			if got, ok := m.Peek(key); !ok || got != v {
				t.Errorf("%v is %d, %t, want %d", key, got, ok, v)
			}
		}
		if got := fmt.Sprint(list); got != want {
			t.Errorf("order is %s, want %s", got, want)
		}
	}
	order("[0 1 2 3]")
	if v, ok := m.Get(b); !ok || v != 1 {
		t.Errorf("b is %d, %t", v, ok)
	}
	m.Get(b)
	order("[0 2 3 1]")
	if v, ok := m.Peek(a); !ok || v != 0 {
		t.Errorf("a is %d, %t", v, ok)
	}
	order("[0 2 3 1]")
	m.Delete(c)
	m.Delete(d)
	order("[0 1]")
	if _, ok := m.Get(c); ok || m.Len() != 2 {
		t.Errorf("c is still one of %d", m.Len())
	}
	m.Delete(a)
	m.Delete(b)
	order("[]")
}
