package gobuild

import (
	"encoding/json"
	"fmt"
	"os"
	"slices"
)

// embedConfig is what the compiler is given for the go:embed directives of a package.
type embedConfig struct {
	Patterns map[string][]string // the files that each pattern matches, by their names in the package's folder
	Files    map[string]string   // where each of them is read
}

// MendEmbed makes a compiler call embed what the package's folder holds, not the files by which an
// overlay replaces it. For each file that is to be embedded, source returns the path to read, which
// may be the one it is given, or false if only the overlay has such a file.
func (c *ToolCall) MendEmbed(source func(path string) (string, bool)) error {
	path, at := c.Option("embedcfg")
	if at < 0 {
		return nil
	}
	data, err := os.ReadFile(path)
	if err != nil {
		return fmt.Errorf("read embed configuration: %w", err)
	}
	var config embedConfig
	if err := json.Unmarshal(data, &config); err != nil {
		return fmt.Errorf("read embed configuration %s: %w", path, err)
	}
	changed := false
	for name, file := range config.Files {
		read, ok := source(file)
		if ok {
			config.Files[name] = read
		} else {
			delete(config.Files, name)
		}
		changed = changed || !ok || read != file
	}
	if !changed {
		return nil
	}
	for pattern, names := range config.Patterns {
		names = slices.DeleteFunc(names, func(name string) bool { return config.Files[name] == "" })
		if len(names) == 0 {
			return fmt.Errorf("package %s: pattern %s of go:embed must match a file that is there, not only one that is generated for this build",
				ImportPath(), pattern)
		}
		config.Patterns[pattern] = names
	}
	if data, err = json.Marshal(config); err != nil {
		return err
	}
	path += ".instrument"
	if err := os.WriteFile(path, data, 0o644); err != nil {
		return fmt.Errorf("write embed configuration: %w", err)
	}
	c.SetOption("embedcfg", at, path)
	return nil
}
