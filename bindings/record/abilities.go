package record

import (
	"slices"
	"time"

	"github.com/instrumentgo/instrument/bindings/kv"
)

// The abilities of each kind as they are recorded: those that a store has, in kebab case. They are
// converted from and to those of the kinds' packages, so that one which is added there is missed
// here by the compiler.
type (
	kvAbilities struct {
		TTL            bool          `json:"ttl,omitzero"`
		Granularity    time.Duration `json:"granularity,omitzero"` // in nanoseconds
		CompareAndSwap bool          `json:"compare-and-swap,omitzero"`
		Increment      bool          `json:"increment,omitzero"`
		Watch          bool          `json:"watch,omitzero"`
		Ordered        bool          `json:"ordered,omitzero"`
		Sorted         bool          `json:"sorted,omitzero"`
		ReadYourWrites bool          `json:"read-your-writes,omitzero"`
		MaxValue       int           `json:"max-value,omitzero"`
	}
	topicAbilities struct {
		Dedup            bool          `json:"dedup,omitzero"`
		Order            bool          `json:"order,omitzero"`
		Delay            bool          `json:"delay,omitzero"`
		DelayGranularity time.Duration `json:"delay-granularity,omitzero"` // in nanoseconds
		MaxData          int           `json:"max-data,omitzero"`
	}
	lockAbilities struct {
		Granularity time.Duration `json:"granularity,omitzero"` // in nanoseconds
	}
	blobAbilities struct {
		IfAbsent       bool `json:"if-absent,omitzero"`
		Copy           bool `json:"copy,omitzero"`
		SignedURL      bool `json:"signed-url,omitzero"`
		Sorted         bool `json:"sorted,omitzero"`
		ReadYourWrites bool `json:"read-your-writes,omitzero"`
	}
	documentAbilities struct { // of secret and config
		Version bool `json:"version,omitzero"`
		Watch   bool `json:"watch,omitzero"`
	}
)

// manyWords says which of the small interfaces of kv a store has that it does not declare.
func manyWords(get, set bool) (words []string) {
	if get {
		words = append(words, "get")
	}
	if set {
		words = append(words, "set")
	}
	return words
}

func hasMany(words []string) (get, set bool) {
	return slices.Contains(words, "get"), slices.Contains(words, "set")
}

// whole is a store of kv with all that it may declare.
type whole interface {
	kv.Store
	kv.Swapper
	kv.Incrementer
	kv.Watcher
}

// withMany returns a store that reads and writes many entries in one go if it is to. What it does
// not declare is refused before it sees it, except for these two, whose lack their methods report.
func withMany(s whole, g kv.ManyGetter, w kv.ManySetter, get, set bool) kv.Store {
	switch {
	case get && set:
		return struct {
			whole
			kv.ManyGetter
			kv.ManySetter
		}{s, g, w}
	case get:
		return struct {
			whole
			kv.ManyGetter
		}{s, g}
	case set:
		return struct {
			whole
			kv.ManySetter
		}{s, w}
	}
	return struct{ whole }{s}
}
