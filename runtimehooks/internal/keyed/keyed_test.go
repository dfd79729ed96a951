package keyed

import (
	"fmt"
	"slices"
	"testing"
)

// What was asked for least recently must come first, or the owner drops what is in use.
func TestOldest(t *testing.T) {
	m := New[int]()
	for i, key := range []string{"a", "b", "c", "d"} {
		m.Add(key, i)
	}
	order := func(want string) {
		t.Helper()
		if got := fmt.Sprint(slices.Collect(m.Oldest())); got != want {
			t.Errorf("order is %s, want %s", got, want)
		}
	}
	order("[0 1 2 3]")
	if v, ok := m.Get("b"); !ok || v != 1 {
		t.Errorf("b is %d, %t", v, ok)
	}
	m.Get("b")
	order("[0 2 3 1]")
	if v, ok := m.Peek("a"); !ok || v != 0 {
		t.Errorf("a is %d, %t", v, ok)
	}
	order("[0 2 3 1]")
	m.Delete("c")
	order("[0 3 1]")
	if _, ok := m.Get("c"); ok || m.Len() != 3 {
		t.Errorf("c is still one of %d", m.Len())
	}
}
