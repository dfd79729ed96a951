package fake

import (
	"bytes"
	"fmt"
	"os"
	"testing"

	"github.com/instrumentgo/instrument/bindings/record"
)

// Recorded answers the names of a recording with what was recorded, and leaves all others to
// memory. The test fails at once if the file is not whole, and when it ends if something was asked
// that was not recorded; what was recorded and never asked is logged.
func Recorded(path string, options ...record.ReplayOption) Option {
	return func(t testing.TB, s *settings) {
		t.Helper()
		content, err := os.ReadFile(path)
		if err != nil {
			t.Fatalf("fake platform: read recording: %v", err)
		}
		replay, err := record.Read(bytes.NewReader(content), options...)
		if err != nil {
			t.Fatalf("fake platform: %s: %v", path, err)
		}
		s.recordings++
		provider := replay.Provider()
		provider.Schemes = []string{fmt.Sprint(record.Scheme, "-", s.recordings)} // its own: mem is memory here
		for _, b := range replay.Bindings() {
			e := s.entry(b.Name)
			e.url = provider.Schemes[0] + ":"
			_, e.tenants = b.Options["tenants"]
		}
		s.given = append(s.given, provider)
		t.Cleanup(func() { // after the platform is closed
			if err := replay.Err(); err != nil {
				t.Errorf("%s: %v", path, err)
			}
			for _, line := range replay.Unused() {
				t.Logf("%s: never asked: %s", path, line)
			}
		})
	}
}
