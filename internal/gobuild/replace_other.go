//go:build !unix

package gobuild

import (
	"os"
	"os/exec"
)

// Become runs the command in place of this process and returns its exit status.
func Become(line []string) (int, error) {
	cmd := exec.Command(line[0], line[1:]...)
	cmd.Stdin, cmd.Stdout, cmd.Stderr = os.Stdin, os.Stdout, os.Stderr
	return status(cmd.Run())
}
