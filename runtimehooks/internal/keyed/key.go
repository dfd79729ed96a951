package keyed

import (
	"strings"
	"unique"
)

// Key is the key of a limit, a cache or a breaker: the values of its parts, in their order. Two
// keys are equal where == says so of each part. So a key is looked up by the values and never by a
// text of them, which two values may share, and what a part points to lives as long as the key. The
// zero Key has no parts.
//
// It fits into registers, because each keyed call makes and passes some: the first text and the
// first number are in it, and all else in a value that equal keys share. Texts and integers cost no
// allocation, except for the third of a kind and later ones.
type Key struct {
	text   string
	number uint64
	rest   unique.Handle[rest]
}

// rest is what a key has beside its first text and its first number.
type rest struct {
	form   form // what the parts are
	fault  Fault
	text   string // the second
	number uint64 // likewise
	values any    // further texts and numbers, and what is neither: one value, or pairs
}

// pair is a value after others. No value of a user's is a pair.
type pair struct{ before, last any }

// form has three bits for each part, the last part's lowest. In keys of more than 21 parts it has
// lost the first ones, which one function does not make of several types.
type form uint64

const (
	text    form = 1
	integer form = 2
	natural form = 3
	value   form = 4

	partBits = 3
	partMask = 1<<partBits - 1
)

// count returns how many parts are of one kind or of the other.
func (f form) count(one, other form) (n int) {
	for ; f != 0; f >>= partBits {
		if p := f & partMask; p == one || p == other {
			n++
		}
	}
	return n
}

// plain holds the rests of keys that have one part or two, and no more in them than their form.
var plain = func() (list [1 << (2 * partBits)]unique.Handle[rest]) {
	for f := range list {
		list[f] = unique.Make(rest{form: form(f)})
	}
	return list
}()

var (
	none       unique.Handle[rest]
	oneText    = plain[text]
	oneInteger = plain[integer]
	oneNatural = plain[natural]
)

// Fault says why nothing can be looked up by a key.
type Fault uint8

// The faults.
const (
	Sound        Fault = iota
	Unequal            // a part is not equal to itself: NaN
	Uncomparable       // a part is an interface that holds a slice, a map or a function
)

// Text adds a string. The types of a function's parts are static, so that one of a named type may
// be converted.
func (k Key) Text(s string) Key {
	if k.rest == none {
		return Key{text: s, rest: oneText}
	}
	return k.addText(s)
}

// Int adds a signed integer, which may be converted likewise.
func (k Key) Int(n int64) Key {
	if k.rest == none {
		return Key{number: uint64(n), rest: oneInteger}
	}
	return k.addNumber(uint64(n), integer)
}

// Uint adds an unsigned integer.
func (k Key) Uint(n uint64) Key {
	if k.rest == none {
		return Key{number: n, rest: oneNatural}
	}
	return k.addNumber(n, natural)
}

// Value adds any value with its dynamic type. If it is not comparable, or not equal to itself, the
// key has a [Fault].
func (k Key) Value(v any) Key {
	r := k.parts()
	if f := faultOf(v); f != Sound {
		r.fault, v = max(r.fault, f), nil
	}
	r.add(v)
	return k.with(r, value)
}

// parts returns what the key has beside its text and number.
func (k *Key) parts() rest {
	if k.rest == none {
		return rest{}
	}
	return k.rest.Value()
}

// add adds a value. The first is itself, even nil: the form tells how many there are.
func (r *rest) add(v any) {
	if r.form.count(value, value)+max(r.form.count(text, text)-2, 0)+max(r.form.count(integer, natural)-2, 0) > 0 {
		v = pair{r.values, v}
	}
	r.values = v
}

// with returns the key with one part more, whose value is in k or in r.
func (k Key) with(r rest, part form) Key {
	first := r.form < 1<<partBits
	r.form = r.form<<partBits | part
	if first && r == (rest{form: r.form}) {
		k.rest = plain[r.form]
	} else {
		k.rest = unique.Make(r)
	}
	return k
}

func (k Key) addText(s string) Key {
	r := k.parts()
	switch r.form.count(text, text) {
	case 0:
		k.text = s
	case 1:
		r.text = s
	default:
		r.add(s)
	}
	return k.with(r, text)
}

func (k Key) addNumber(n uint64, part form) Key {
	r := k.parts()
	switch r.form.count(integer, natural) {
	case 0:
		k.number = n
	case 1:
		r.number = n
	default:
		r.add(n)
	}
	return k.with(r, part)
}

// faultOf compares a value with itself, as a map would: that panics if it is not comparable.
func faultOf(v any) (f Fault) {
	switch v.(type) {
	case nil, string, bool, int, int64, int32, uint64, uint32:
		return Sound
	}
	defer func() {
		if recover() != nil {
			f = Uncomparable
		}
	}()
	if v != v {
		return Unequal
	}
	return Sound
}

// Fault says why nothing can be looked up by the key; Sound if it can.
func (k Key) Fault() Fault {
	if k.rest == none || k.rest == oneText || k.rest == oneInteger {
		return Sound
	}
	return k.rest.Value().fault
}

// AsText returns the text of a key that is one text.
func (k Key) AsText() (s string, ok bool) { return k.text, k.rest == oneText }

// IsBlank reports whether the key says nothing: it has no parts, or is one empty text.
func (k Key) IsBlank() bool { return k.text == "" && (k.rest == none || k.rest == oneText) }

// Clone returns the key with a copy of its text, which may be a part of a much longer string.
func (k Key) Clone() Key {
	k.text = strings.Clone(k.text)
	return k
}
