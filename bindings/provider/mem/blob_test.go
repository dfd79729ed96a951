package mem_test

import (
	"testing"
	"testing/synctest"

	"github.com/instrumentgo/instrument/bindings/blob/blobtest"
	"github.com/instrumentgo/instrument/bindings/provider/mem"
)

func TestBlob(t *testing.T) {
	blobtest.Run(t, blobtest.Harness{
		Provider: mem.New().Provider(),
		URL:      func(*testing.T) string { return "mem:" },
		Around:   func(t *testing.T, run func(*testing.T)) { synctest.Test(t, run) },
		Reopen:   true,
		Quota:    true,
	})
}
