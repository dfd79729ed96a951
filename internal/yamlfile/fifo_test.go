//go:build unix

package yamlfile

import (
	"path/filepath"
	"syscall"
	"testing"
)

// A FIFO would block whoever opens it until somebody writes.
func TestReadFIFO(t *testing.T) {
	path := filepath.Join(t.TempDir(), "policy.yaml")
	if err := syscall.Mkfifo(path, 0o666); err != nil {
		t.Skipf("make a FIFO: %v", err)
	}
	if _, err := Read(path); err == nil || err.Error() != "it is a FIFO, not a regular file" {
		t.Errorf("a FIFO must be refused, not %v", err)
	}
}
