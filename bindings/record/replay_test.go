package record_test

import (
	"bytes"
	"flag"
	"os"
	"testing"
	"testing/synctest"

	"github.com/instrumentgo/instrument/bindings"
	"github.com/instrumentgo/instrument/bindings/provider/mem"
	"github.com/instrumentgo/instrument/bindings/record/recordtest"
)

var update = flag.Bool("update", false, "rewrite the golden recording")

// golden is a recording that was read by a person.
const golden = "testdata/program.jsonl"

// A program that is run on its recording does the same; and two recordings of one program are the
// same, and readable.
func TestReplay(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := mem.New()
		got := recordtest.Run(t, recordtest.Case{Provider: m.Provider(), URL: "mem:", Namespace: "orders", Settle: synctest.Wait,
			Write: func(space bindings.Space, text string) { m.Set(space, text) }})
		if *update {
			if err := os.WriteFile(golden, got, 0o644); err != nil {
				t.Fatal(err)
			}
		}
		want, err := os.ReadFile(golden)
		if err != nil {
			t.Fatal(err)
		}
		differ(t, got, want)
	})
}

// differ tells the first line that is another one.
func differ(t *testing.T, got, want []byte) {
	t.Helper()
	a, b := bytes.Split(got, []byte("\n")), bytes.Split(want, []byte("\n"))
	for i := range max(len(a), len(b)) {
		if i >= len(a) || i >= len(b) || !bytes.Equal(a[i], b[i]) {
			t.Fatalf("line %d of the recording differs from %s (-update rewrites it):\n%s", i+1, golden, bytes.Join(a[min(i, len(a)):min(i+1, len(a))], nil))
		}
	}
}
