package runtimehooks

import "reflect"

// Closer gives back a result that nobody gets, and reports whether it is one that it knows. It is
// made by [Closes].
type Closer func(result any) bool

// Closes returns the closer of the results of type T. A site whose hedge has the option close has
// it.
func Closes[T any](drop func(T)) Closer {
	return func(result any) bool {
		r, ok := result.(T)
		if ok {
			drop(r)
		}
		return ok
	}
}

// Made keeps the results of a branch of a hedged call that must be closed if another branch wins.
// It is called after the branch's attempts.
func (c *Call) Made(results ...any) {
	if c.entrant != nil {
		c.entrant.made = results
	}
}

// closeResult gives back what a branch has made in vain: by the site's closer, else by its
// method Close or Rollback. What is nil needs no closing.
func closeResult(v any, drop Closer) {
	if v == nil || reflect.ValueOf(v).IsZero() {
		return
	}
	if drop != nil && drop(v) {
		return
	}
	switch v := v.(type) { // their errors are of no use to anybody: the caller has got its result
	case interface{ Close() error }:
		_ = v.Close()
	case interface{ Rollback() error }:
		_ = v.Rollback()
	}
}

// same reports whether two results are one.
func same(a, b any) bool {
	t := reflect.TypeOf(a)
	return t != nil && t == reflect.TypeOf(b) && reflect.ValueOf(a).Comparable() && a == b
}
