package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strings"

	"github.com/instrumentgo/instrument/analysis"
	"github.com/instrumentgo/instrument/internal/gobuild"
)

// apply runs the go commands and writes the files. If one of them fails, all files are as they were
// before.
func (i *initialization) apply(c *command) (code int, err error) {
	undo, err := i.snapshot()
	if err != nil {
		return failed, err
	}
	done := false
	defer func() {
		if !done {
			err = errors.Join(err, undo.restore(i.cache))
		}
	}()
	for _, args := range i.commands() {
		if err := i.run(c, args); err != nil {
			return failed, err
		}
	}
	for _, f := range i.Files {
		if err := i.cache.WriteFile(f.Path, f.After); err != nil {
			return failed, err
		}
	}
	if i.module.Vendor != nil {
		if err := i.run(c, i.module.Vendor); err != nil {
			return failed, err
		}
	}
	done = true
	i.found(c, "wrote")
	return i.verify(c)
}

// complete adds to go.sum what it lacks, and looks again. "go get -tool" leaves it so where it
// raises the version of what the module imports.
func (i *initialization) complete(c *command, dry bool) (*analysis.Survey, error) {
	if dry {
		return nil, fmt.Errorf("go.sum must have all that the module imports (run: go %s, as init does without -n)", strings.Join(getAll, " "))
	}
	undo, err := i.snapshot()
	if err != nil {
		return nil, err
	}
	if err := i.run(c, getAll); err != nil {
		return nil, errors.Join(err, undo.restore(i.cache))
	}
	if i.project, err = openProject(c, i.flags); err != nil {
		return nil, err
	}
	survey, err := i.look(c)
	if err == nil && survey.Unsummed {
		return nil, errors.New("go.sum must have all that the module imports (run: go mod tidy)")
	}
	return survey, err
}

// run runs one go command, and prints it before.
func (i *initialization) run(c *command, args []string) error {
	line := strings.Join(args, " ")
	fmt.Fprintf(c.stderr, "go %s\n", line)
	code, err := gobuild.Go(i.module.Module.Dir, args, i.env.Changing(), nil, c.stderr, c.stderr)
	if err != nil {
		return err
	}
	if code != 0 {
		return fmt.Errorf("go %s failed with exit status %d; no file is changed", line, code)
	}
	return nil
}

// verify plans the module as it is now, and reports what is wrong with the rules.
func (i *initialization) verify(c *command) (int, error) {
	p, err := openProject(c, i.flags)
	if err != nil {
		return failed, err
	}
	planned, err := p.plan(c)
	if err != nil {
		return failed, err
	}
	if planned.report(c.stderr) {
		return findings, nil
	}
	return fine, nil
}

// snapshot holds files as they were, nil for one that did not exist.
type snapshot map[string][]byte

// snapshot reads all files that apply may change. A vendor folder is not among them: the go command
// that failed to write it can be run again.
func (i *initialization) snapshot() (snapshot, error) {
	s := snapshot{}
	paths := i.module.Files
	if i.Proposal != nil {
		for _, f := range i.Files {
			paths = append(paths, f.Path)
		}
	}
	for _, path := range paths {
		data, err := os.ReadFile(path)
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return nil, err
		}
		s[path] = data
	}
	return s, nil
}

func (s snapshot) restore(cache *gobuild.Cache) error {
	var errs []error
	for _, path := range sortedKeys(s) {
		now, err := os.ReadFile(path)
		switch {
		case err == nil && string(now) == string(s[path]) && s[path] != nil, err != nil && s[path] == nil:
		case s[path] == nil:
			errs = append(errs, os.Remove(path))
		default:
			errs = append(errs, cache.WriteFile(path, s[path]))
		}
	}
	return errors.Join(errs...)
}
