package gobuild

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strings"
)

// vetConfig is the part that concerns us of the file by which the go command configures vet.
type vetConfig struct {
	GoFiles []string
	Stdout  string // the file that vet is to write its findings to; "" for standard output
}

// vetFile returns the path of vet's configuration file, "" if the call has none.
func (c *ToolCall) vetFile() string {
	if len(c.Args) == 0 || !strings.HasSuffix(c.Args[len(c.Args)-1], ".cfg") {
		return ""
	}
	return c.Args[len(c.Args)-1]
}

// VetSources makes vet read, in place of each file, the one that instead returns: for a woven file,
// the file that the user wrote. Findings are then about the user's source, and some analyzers, such
// as the one for printf wrappers, recognize a body only in its original form.
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

// MendVet replaces the paths of cached files in the findings that vet has written to its output
// file.
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
