package slots

import (
	"fmt"
	"testing"
	"time"
)

func TestRegistry(t *testing.T) {
	name := fmt.Sprint(t.Name(), time.Now().UnixNano())
	if _, ok := Lookup(name); ok {
		t.Error("found before they were made")
	}
	s := Get(name, "f", 3, 1)
	if got, ok := Lookup(name); !ok || got != s || Get(name, "g", 9, 9) != s || s.Snapshot() != (Snapshot{Name: name, Max: 3, Queue: 1}) {
		t.Error("one name, the same slots")
	}
	if own := Get("", "f", 1, 0); Get("", "f", 1, 0) == own || own.Name() != "f" {
		t.Error("without a name each function has its own")
	}
}
