package mem_test

import (
	"testing"
	"testing/synctest"

	"github.com/instrumentgo/instrument/bindings/kv/kvtest"
	"github.com/instrumentgo/instrument/bindings/provider/mem"
)

func TestKV(t *testing.T) {
	kvtest.Run(t, kvtest.Harness{
		Provider: mem.New().Provider(),
		URL:      func(*testing.T) string { return "mem:" },
		Around:   func(t *testing.T, run func(*testing.T)) { synctest.Test(t, run) },
		Reopen:   true,
		Quota:    true,
	})
}
