//go:build unix

package bench

import (
	"syscall"
	"testing"
	"time"
)

// cpuTime returns the time that the process has spent on CPUs, garbage collection included. Unlike
// ns/op it does not grow with what else the machine is doing.
func cpuTime(b *testing.B) time.Duration {
	var use syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &use); err != nil {
		b.Fatal(err)
	}
	return time.Duration(use.Utime.Nano() + use.Stime.Nano())
}
