package gobuild

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"os/exec"
	"os/signal"
	"slices"
	"strings"
)

// Go runs the go command as the user would, and returns its exit status. The terminal's signals
// reach it directly: instrument waits for it to end.
func Go(dir string, args, env []string, stdin io.Reader, stdout, stderr io.Writer) (int, error) {
	ignored := make(chan os.Signal, 1)
	signal.Notify(ignored, os.Interrupt)
	defer signal.Stop(ignored)
	cmd := exec.Command("go", args...)
	cmd.Dir, cmd.Env, cmd.Stdin, cmd.Stdout, cmd.Stderr = dir, env, stdin, stdout, stderr
	return status(cmd.Run())
}

func status(err error) (int, error) {
	var exit *exec.ExitError
	switch {
	case err == nil:
		return 0, nil
	case errors.As(err, &exit) && exit.ExitCode() >= 0:
		return exit.ExitCode(), nil
	case errors.Is(err, exec.ErrNotFound):
		return 2, fmt.Errorf("the go command must be in PATH")
	}
	return 2, err
}

// Changing is the environment for go commands that change go.mod, which a flag -mod in GOFLAGS
// would forbid.
func (e *Environment) Changing() []string {
	env := make([]string, 0, len(e.Process))
	for _, kv := range e.Process {
		if name, value, _ := strings.Cut(kv, "="); name == "GOFLAGS" {
			kv = "GOFLAGS=" + dropFlags(value, "mod")
		}
		env = append(env, kv)
	}
	return env
}

// List runs go list for instrument itself, with the environment's scrubbed GOFLAGS, and returns its
// lines.
func (e *Environment) List(ctx context.Context, args ...string) ([]string, error) {
	cmd := exec.CommandContext(ctx, "go", append([]string{"list"}, args...)...)
	cmd.Dir, cmd.Env = e.Dir, e.Process
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		return nil, fmt.Errorf("run go list: %w: %s", err, strings.TrimSpace(stderr.String()))
	}
	return strings.Split(strings.TrimSpace(string(out)), "\n"), nil
}

// RunTool runs a tool and passes its output on, with the paths of woven files replaced by those of
// their sources. It returns the tool's exit status.
func RunTool(line []string, files map[string]string, stdin io.Reader, stdout, stderr io.Writer) (int, error) {
	cmd := exec.Command(line[0], line[1:]...)
	cmd.Stdin = stdin
	var out, errs bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &errs
	code, err := status(cmd.Run())
	sources := sourceNames(files)
	_, werr := sources.WriteString(stdout, out.String())
	_, werr2 := sources.WriteString(stderr, errs.String())
	return code, errors.Join(err, werr, werr2)
}

func sourceNames(files map[string]string) *strings.Replacer {
	var pairs []string
	for _, woven := range slices.Sorted(maps.Keys(files)) {
		pairs = append(pairs, woven, files[woven])
	}
	return strings.NewReplacer(pairs...)
}
