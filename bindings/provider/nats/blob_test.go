package nats

import (
	"path/filepath"
	"testing"

	"github.com/instrumentgo/instrument/bindings/blob/blobtest"
)

func TestBlob(t *testing.T) {
	needServer(t)
	blobtest.Run(t, blobtest.Harness{
		Provider: Provider,
		URL:      func(*testing.T) string { return "nats://" + address },
		Reopen:   true,
		Clean:    clean,
		Quota:    true,
	})
}

func TestBlobEmbedded(t *testing.T) {
	blobtest.Run(t, blobtest.Harness{
		Provider: Provider,
		URL:      func(t *testing.T) string { return "nats+embedded:" + filepath.Join(t.TempDir(), "nats") },
		Reopen:   true,
		Quota:    true,
	})
}
