package gobuild

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strings"
)

// vetConfig is the file that the go command tells vet what to do with, as far as it concerns us.
type vetConfig struct {
	GoFiles []string
	Stdout  string // the file that vet is to write its findings to; "" for standard output
}

// vetFile returns the path of vet's configuration, "" if the call has none.
func (c *ToolCall) vetFile() string {
	if len(c.Args) == 0 || !strings.HasSuffix(c.Args[len(c.Args)-1], ".cfg") {
		return ""
	}
	return c.Args[len(c.Args)-1]
}

// VetSources has vet read the file that instead names for each: for a woven one what the user
// wrote. Findings are about that, and some analyzers, such as that of printf wrappers, know a body
// only as it was.
func (c *ToolCall) VetSources(instead func(file string) string) error {
	path := c.vetFile()
	if path == "" {
		return nil
	}
	data, err := os.ReadFile(path)
	if err != nil {
		return fmt.Errorf("read vet configuration: %w", err)
	}
	var config vetConfig
	all := map[string]json.RawMessage{}
	if err := errors.Join(json.Unmarshal(data, &config), json.Unmarshal(data, &all)); err != nil {
		return fmt.Errorf("read vet configuration: %w", err)
	}
	for i, file := range config.GoFiles {
		config.GoFiles[i] = instead(file)
	}
	if all["GoFiles"], err = json.Marshal(config.GoFiles); err != nil {
		return err
	}
	if data, err = json.Marshal(all); err != nil {
		return err
	}
	c.Args[len(c.Args)-1] = strings.TrimSuffix(path, ".cfg") + ".instrument.cfg"
	return os.WriteFile(c.vetFile(), data, 0o666)
}

// MendVet replaces the paths of files in the cache in what vet has left in the file for its
// findings.
func (c *ToolCall) MendVet(files map[string]string) error {
	if c.vetFile() == "" {
		return nil
	}
	data, err := os.ReadFile(c.vetFile())
	if err != nil {
		return fmt.Errorf("read vet configuration: %w", err)
	}
	var config vetConfig
	if err := json.Unmarshal(data, &config); err != nil || config.Stdout == "" {
		return err
	}
	text, err := os.ReadFile(config.Stdout)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	} else if err != nil {
		return err
	}
	return os.WriteFile(config.Stdout, []byte(sourceNames(files).Replace(string(text))), 0o666)
}
