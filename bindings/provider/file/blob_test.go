package file_test

import (
	"testing"

	"github.com/instrumentgo/instrument/bindings/blob/blobtest"
	"github.com/instrumentgo/instrument/bindings/provider/file"
)

func TestBlob(t *testing.T) {
	blobtest.Run(t, blobtest.Harness{
		Provider: file.Provider,
		URL:      func(t *testing.T) string { return "file:" + t.TempDir() },
		Reopen:   true,
	})
}
