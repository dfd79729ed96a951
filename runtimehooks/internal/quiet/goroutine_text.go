//go:build purego || !(amd64 || arm64 || 386 || arm || riscv64 || ppc64 || ppc64le || s390x || loong64)

package quiet

// goroutine returns what no other goroutine has while the running one lives.
func goroutine() uintptr { return number() }
