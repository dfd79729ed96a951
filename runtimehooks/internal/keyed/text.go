package keyed

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// String returns the parts for people to read. Different keys may have the same text.
func (k Key) String() string {
	if k.rest == none || k.rest == oneText {
		return k.text
	}
	r := k.rest.Value()
	texts, numbers := r.form.count(text, text), r.form.count(integer, natural)
	left := r.form.count(value, value) + max(texts-2, 0) + max(numbers-2, 0) // of r.values
	last := func() any {
		v := r.values
		if left > 1 {
			p := v.(pair)
			v, r.values = p.last, p.before
		}
		left--
		return v
	}
	var parts []string
	for f := r.form; f != 0; f >>= partBits { // from the last part to the first
		switch part := f & partMask; part {
		case text:
			s := k.text
			switch {
			case texts > 2:
				s = last().(string)
			case texts == 2:
				s = r.text
			}
			texts--
			parts = append(parts, s)
		case integer, natural:
			n := k.number
			switch {
			case numbers > 2:
				n = last().(uint64)
			case numbers == 2:
				n = r.number
			}
			numbers--
			if part == integer {
				parts = append(parts, strconv.FormatInt(int64(n), 10))
			} else {
				parts = append(parts, strconv.FormatUint(n, 10))
			}
		default:
			parts = append(parts, fmt.Sprint(last()))
		}
	}
	slices.Reverse(parts)
	return strings.Join(parts, " ")
}
