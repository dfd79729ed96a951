package directive

import (
	"testing"
)

func TestMisspelt(t *testing.T) {
	for _, c := range []struct {
		text, name string
		meant      bool
	}{
		{"//instrument:Trace", "trace", true},
		{"//instrument: trace", "trace", true},
		{"//instrument:", "", true},
		{"//instrument:_", "", true},
		{"// instrument:trace", "trace", true},
		{"//Instrument:off called often", "off", true},
		{"//instrumnt:use server", "use", true},
		{"/*instrument:retry attempts=3*/", "retry", true},
		{"/* instrument:retry */", "retry", true},
		{"// instrument: trace", "", false},
		{"// instrument:tracing is a word", "", false},
		{"// instrumnt:trace", "", false},
		{"//instrumnt:tracing", "", false},
		{"// See instrument:trace.", "", false},
		{"//go:trace", "", false},
		{"//", "", false},
	} {
		if name, meant := misspelt(c.text); name != c.name || meant != c.meant {
			t.Errorf("%s must be meant as %q (%v), and is as %q (%v)", c.text, c.name, c.meant, name, meant)
		}
	}
}
