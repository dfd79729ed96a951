package nats

import (
	"path/filepath"
	"testing"

	"github.com/instrumentgo/instrument/bindings/record/recordtest"
)

// What the server answers can be answered again from a recording.
func TestRecord(t *testing.T) {
	recordtest.Run(t, recordtest.Case{Provider: Provider, URL: "nats+embedded:" + filepath.Join(t.TempDir(), "nats"), Namespace: "orders"})
}
