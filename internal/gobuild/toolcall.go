package gobuild

import (
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
)

// ToolCall is one call of a tool of the Go toolchain, as the go command makes it through -toolexec.
type ToolCall struct {
	Path string // of the tool
	Name string // compile, link, asm, cover, vet, cgo, …
	Args []string
	file string // the response file that held Args, "" if they were given directly
}

// ParseToolCall reads the arguments that follow "toolexec". Arguments in a response file are read
// from it.
func ParseToolCall(args []string) (*ToolCall, error) {
	if len(args) == 0 {
		return nil, fmt.Errorf("it must be named to the go command, as in go build -toolexec=\"instrument toolexec\"")
	}
	c := &ToolCall{Path: args[0], Name: filepath.Base(args[0]), Args: args[1:]}
	if runtime.GOOS == "windows" {
		c.Name = strings.TrimSuffix(c.Name, ".exe")
	}
	if len(c.Args) == 1 && strings.HasPrefix(c.Args[0], "@") {
		c.file = c.Args[0][1:]
		data, err := os.ReadFile(c.file)
		if err != nil {
			return nil, fmt.Errorf("read response file: %w", err)
		}
		c.Args = nil
		for line := range strings.Lines(string(data)) {
			c.Args = append(c.Args, decodeArg(strings.TrimSuffix(line, "\n")))
		}
	}
	return c, nil
}

// Version reports whether the call asks the tool for its version, which the go command keys its
// cache on.
func (c *ToolCall) Version() bool { return len(c.Args) == 1 && c.Args[0] == "-V=full" }

// ImportPath is the import path of the package that the tool is called for, without the name of a
// test variant.
func ImportPath() string {
	path, _, _ := strings.Cut(os.Getenv("TOOLEXEC_IMPORTPATH"), " ")
	return path
}

// Option returns the value of an option, given as -name value or -name=value, and its index in
// Args. It returns "" and -1 if the option is not given.
func (c *ToolCall) Option(name string) (value string, at int) {
	for i, a := range c.Args {
		switch {
		case a == "-"+name && i+1 < len(c.Args):
			return c.Args[i+1], i + 1
		case strings.HasPrefix(a, "-"+name+"="):
			return a[len(name)+2:], i
		}
	}
	return "", -1
}

// SetOption replaces the value of the option at the place that Option returned.
func (c *ToolCall) SetOption(name string, at int, value string) {
	if strings.HasPrefix(c.Args[at], "-"+name+"=") {
		value = "-" + name + "=" + value
	}
	c.Args[at] = value
}

// GoFiles returns the Go files among the arguments, and the index in Args of each. The go command
// writes them at the end, so an option's value that looks like a file is not mistaken for one.
func (c *ToolCall) GoFiles() (files []string, at []int) {
	for i := len(c.Args) - 1; i >= 0 && strings.HasSuffix(c.Args[i], ".go") && c.Args[i][0] != '-'; i-- {
		files, at = append(files, c.Args[i]), append(at, i)
	}
	slices.Reverse(files)
	slices.Reverse(at)
	return files, at
}

// markPrefix begins the argument that gives woven packages another key in the build cache. The tool
// wrapper strips the argument.
const markPrefix = "-d=instrument="

// TakeMark removes the mark from the arguments and returns its value, "" if there is none.
func (c *ToolCall) TakeMark() string {
	i := slices.IndexFunc(c.Args, func(a string) bool { return strings.HasPrefix(a, markPrefix) })
	if i < 0 {
		return ""
	}
	mark := strings.TrimPrefix(c.Args[i], markPrefix)
	c.Args = slices.Delete(slices.Clone(c.Args), i, i+1)
	return mark
}

// Command returns the command line, run by the commands in chain. Arguments that came in a response
// file go into another one, because they may be too long for a command line.
func (c *ToolCall) Command(chain []string) ([]string, error) {
	line := append(slices.Clone(chain), c.Path)
	if c.file == "" {
		return append(line, c.Args...), nil
	}
	var b strings.Builder
	for _, a := range c.Args {
		b.WriteString(encodeArg(a) + "\n")
	}
	path := c.file + ".instrument"
	if err := os.WriteFile(path, []byte(b.String()), 0o644); err != nil {
		return nil, fmt.Errorf("write response file: %w", err)
	}
	return append(line, "@"+path), nil
}

var argEncoder, argDecoder = strings.NewReplacer(`\`, `\\`, "\n", `\n`), strings.NewReplacer(`\\`, `\`, `\n`, "\n")

// encodeArg and decodeArg write and read an argument as a line of a response file, as the go
// command does.
func encodeArg(a string) string { return argEncoder.Replace(a) }
func decodeArg(a string) string { return argDecoder.Replace(a) }
