package mesh_test

import (
	"bufio"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// service is one of the mesh in a process of its own.
type service struct {
	name   string
	cmd    *exec.Cmd
	stdout *bufio.Reader
	log    *bufio.Reader // standard error
}

// startService starts a program of a folder, with more variables in its environment. What it
// records goes to the collector.
func startService(t *testing.T, folder, name string, c *collector, env []string, args ...string) *service {
	t.Helper()
	s := &service{name: name, cmd: exec.CommandContext(t.Context(), filepath.Join(folder, name), append(args, "-addr", "127.0.0.1:0")...)}
	for _, variable := range os.Environ() {
		if !strings.HasPrefix(variable, "OTEL_") && !strings.HasPrefix(variable, "INSTRUMENT") {
			s.cmd.Env = append(s.cmd.Env, variable)
		}
	}
	s.cmd.Env = append(s.cmd.Env, "OTEL_SERVICE_NAME="+name, "OTEL_EXPORTER_OTLP_ENDPOINT="+c.url, "OTEL_LOGS_EXPORTER=none")
	s.cmd.Env = append(s.cmd.Env, env...)
	stdout, err := s.cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	stderr, err := s.cmd.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := s.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	s.stdout, s.log = bufio.NewReader(stdout), bufio.NewReader(stderr)
	return s
}

// says returns what the service says next of itself, such as the URL in "front: serving on URL".
func (s *service) says(t *testing.T, what string) string {
	t.Helper()
	line, err := s.log.ReadString('\n')
	rest, ok := strings.CutPrefix(strings.TrimSpace(line), s.name+": "+what+" ")
	if err != nil || !ok {
		t.Fatalf("%s must say %q, not %q", s.name, what, line)
	}
	return rest
}

// stop tells the service to stop, and waits until it has, and so has exported what it recorded.
func (s *service) stop(t *testing.T) {
	t.Helper()
	if err := s.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	rest, _ := io.ReadAll(s.log)
	if err := s.cmd.Wait(); err != nil || len(rest) > 0 {
		t.Errorf("%s must stop without an error, not with %v: %s", s.name, err, rest)
	}
}
