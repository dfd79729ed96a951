//go:build unix

package gobuild

import (
	"os"
	"os/exec"
	"syscall"
)

// Become replaces this process by the command, so that a tool call that weaving does not concern
// needs no second process.
func Become(line []string) (int, error) {
	path, err := exec.LookPath(line[0])
	if err != nil {
		return 2, err
	}
	return 2, syscall.Exec(path, line, os.Environ())
}
