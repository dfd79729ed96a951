package runtimehooks

import (
	"log/slog"

	"github.com/instrumentgo/instrument/runtimehooks/internal/keyed"
)

// Key is the key of a limit, a cache or a breaker: the values of its parts, in their order. Two
// keys are equal where == says so of each part; no text stands for them. Woven code begins with
// [Call.Key] and adds the parts:
//
//	call.Key().Text(tenant).Int(int64(shard))
//
// Methods Text, Int, Uint and Value add a part, AsText returns the text of a key that is one, for
// stores with a faster way to find texts, Clone copies a text that may be a part of a much longer
// string, and String is for people to read: different keys may have the same.
type Key = keyed.Key

// Key returns the key without parts. Calls without a key share one limit and one breaker.
func (c *Call) Key() Key { return Key{} }

// names reports whether the key picks a limit or breaker. A blank one does not: it is that of calls
// with a nil pointer on the way to their key, or of nobody in particular.
func (c *Call) names(key Key) bool { return !key.IsBlank() && c.sound(key) }

// sound reports whether a state can be looked up by the key. It cannot where a part is not equal to
// itself, as NaN is not, or cannot be compared, as a slice in an interface cannot: the first would
// never find its state again, and fill the memory with others, and the second would panic.
func (c *Call) sound(key Key) bool {
	if key.Fault() == keyed.Sound {
		return true
	}
	c.state.warnOfKey(c.Site, key)
	return false
}

// warnOfKey says once for each site that there are calls whose keys do not count.
func (m *memory) warnOfKey(site *Site, key Key) {
	if m.warned.Swap(true) {
		return
	}
	why := "a part is not comparable"
	if key.Fault() == keyed.Unequal {
		why = "a part is not equal to itself, as NaN is not"
	}
	slog.Warn("calls with a key that cannot be looked up share the limit and breaker of calls without one, and are not cached",
		"function", site.Function, "reason", why)
}
