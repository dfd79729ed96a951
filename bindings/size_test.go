package bindings_test

import (
	"math"
	"strings"
	"testing"

	"github.com/instrumentgo/instrument/bindings"
)

// A size must be what its unit says, and never something else because it was written a little
// differently.
func TestBytes(t *testing.T) {
	for text, want := range map[string]int64{
		"1": 1, "512": 512, "7B": 7, "3kB": 3000, "64MiB": 64 << 20, "2KiB": 2048, "5MB": 5e6, "1GiB": 1 << 30, "1GB": 1e9, "2TB": 2e12, "3TiB": 3 << 40,
		"9223372036854775807": math.MaxInt64, "8388607TiB": 8388607 << 40,
	} {
		target := bindings.Target{Options: map[string]string{"quota": text}}
		if got, err := target.Bytes("quota", 0); err != nil || got != want {
			t.Errorf("%q is %d, %v; want %d", text, got, err, want)
		}
	}
	for _, text := range []string{"", "0", "0MiB", "-1", "+1", "1.5MiB", "MiB", "1 MiB", "1KB", "1mib", "1M", "64MiBB", "9223372036854775808", "8388608TiB", "0x10"} {
		target := bindings.Target{Options: map[string]string{"quota": text}}
		if got, err := target.Bytes("quota", 0); err == nil || !strings.Contains(err.Error(), "must be a size such as 64MiB") {
			t.Errorf("%q is %d, %v; want an error that says how it is written", text, got, err)
		}
	}
	if got, err := (bindings.Target{}).Bytes("quota", 42); err != nil || got != 42 {
		t.Errorf("an option that is not set is %d, %v; want the default", got, err)
	}
}
