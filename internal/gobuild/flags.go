package gobuild

import (
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// Flags are the arguments of a go command, read as far as weaving depends on them.
type Flags struct {
	Verb     string   // build, run, test, install, vet, list, …
	Args     []string // everything after the verb, less what instrument takes over: -overlay, -toolexec, and -C, with their values
	Chdir    string   // value of -C
	List     []string // flags that change which files and modules a listing sees: -tags, -mod, -modfile, -race, -msan, -asan, -buildmode, …
	Tags     string   // value of -tags
	ModFile  string   // value of -modfile, absolute
	Overlay  string   // value of -overlay, absolute
	Toolexec string   // value of -toolexec
	Gcflags  []string // values of -gcflags, in order
	Cover    bool     // -cover, -coverpkg, -covermode or -coverprofile
	Verbose  bool     // -x
	Packages []string // package arguments, as far as they can be distinguished from flags

	unknown string
	ahead   int // how many of Args come before the first that is not a flag
	pastDot int // index in Args after the last Go file that is named as part of a package; 0 if there is none
}

// listFlags are the flags that change the outcome of go list. The value says whether a flag takes a
// value.
var listFlags = map[string]bool{
	"tags": true, "mod": true, "modfile": true, "modcacherw": false, "race": false, "msan": false, "asan": false,
	"buildmode": true, "compiler": true, "installsuffix": true, "trimpath": false, "buildvcs": true, "linkshared": false,
}

// boolFlags are flags without a value that are not in listFlags. After any other flag without "=",
// the next argument is its value.
var boolFlags = []string{
	"a", "n", "v", "x", "work", "i", "cover", "json", "c", "bench.mem", "benchmem", "short", "failfast", "fullpath", "e", "deps", "export",
	"compiled", "find", "m", "u", "versions", "retracted", "test", "cgo", "fix", "diff", "artifacts", "h", "help",
}

// VerbFirst moves a flag -C from before the verb to after it. The go command allows both places.
func VerbFirst(args []string) []string {
	n := 0
	switch {
	case len(args) > 2 && (args[0] == "-C" || args[0] == "--C"):
		n = 2
	case len(args) > 1 && (strings.HasPrefix(args[0], "-C=") || strings.HasPrefix(args[0], "--C=")):
		n = 1
	default:
		return args
	}
	return slices.Concat(args[n:n+1], args[:n], args[n+1:])
}

// ParseFlags reads the arguments of "go verb …". dir is the working folder.
func ParseFlags(args []string, dir string) (*Flags, error) {
	f := &Flags{}
	if len(args) == 0 {
		return f, nil
	}
	f.Verb, args = args[0], args[1:]
	ahead := true
	for i := 0; i < len(args); i++ {
		arg := args[i]
		if ahead {
			f.ahead = len(f.Args)
		}
		if arg == "-args" || arg == "--args" || arg == "--" {
			f.Args = append(f.Args, args[i:]...)
			ahead = false
			break
		}
		if len(arg) < 2 || arg[0] != '-' {
			ahead = false
			f.Packages = append(f.Packages, arg)
			f.Args = append(f.Args, arg)
			if strings.HasSuffix(arg, ".go") {
				f.pastDot = len(f.Args)
			}
			if f.Verb == "run" { // the rest belongs to the program, after the files of the package
				if strings.HasSuffix(arg, ".go") && i+1 < len(args) && strings.HasSuffix(args[i+1], ".go") {
					continue
				}
				f.Args = append(f.Args, args[i+1:]...)
				break
			}
			continue
		}
		name, value, hasValue := strings.Cut(strings.TrimPrefix(strings.TrimPrefix(arg, "-"), "-"), "=")
		used := []string{arg}
		if !hasValue && takesValue(name) && i+1 < len(args) {
			i++
			value = args[i]
			used = append(used, value)
		}
		f.flag(name, value, hasValue, used, dir)
	}
	if ahead {
		f.ahead = len(f.Args)
	}
	if f.Chdir != "" {
		dir = f.Chdir
	}
	if f.ModFile != "" {
		f.ModFile = absolute(dir, f.ModFile)
	}
	if f.Overlay != "" {
		f.Overlay = absolute(dir, f.Overlay)
	}
	return f, nil
}

// planFlags are the flags that change which files and modules a listing sees, and flags that only
// change the shape of a build.
var planFlags = slices.Concat(slices.Collect(maps.Keys(listFlags)),
	[]string{"C", "overlay", "x", "v", "n", "a", "p", "gcflags", "ldflags", "asmflags", "cover", "coverpkg", "covermode", "toolexec", "pgo",
		"work"})

// Unknown returns the first flag that is not a build flag of the go command, "" if there is none.
func (f *Flags) Unknown() string { return f.unknown }

// CommandLine returns the arguments of the go command with more flags after the user's own, so that
// they win, and with more files after those that name a package.
func (f *Flags) CommandLine(flags, files []string) []string {
	args := slices.Clone(f.Args)
	if f.pastDot > 0 {
		args = slices.Insert(args, f.pastDot, files...)
	}
	args = slices.Insert(args, f.ahead, flags...)
	return append([]string{f.Verb}, args...)
}

// Named returns the folder of the package that the command line names by its files, and the folder
// as the arguments spell it before a file's name. It is "" if no package is named by its files.
func (f *Flags) Named(dir string) (folder, spelt string) {
	for _, p := range f.Packages {
		if strings.HasSuffix(p, ".go") {
			spelt, _ = filepath.Split(p)
			return filepath.Dir(absolute(dir, p)), spelt
		}
	}
	return "", ""
}

func takesValue(name string) bool {
	name = strings.TrimPrefix(name, "test.")
	if v, ok := listFlags[name]; ok {
		return v
	}
	return !slices.Contains(boolFlags, name)
}

func (f *Flags) flag(name, value string, hasValue bool, used []string, dir string) {
	if !slices.Contains(planFlags, name) && f.unknown == "" {
		f.unknown = used[0]
	}
	if _, ok := listFlags[name]; ok {
		f.List = append(f.List, used...)
	}
	switch name {
	case "C":
		f.Chdir = absolute(dir, value)
		return
	case "overlay":
		f.Overlay = value
		return
	case "tags":
		f.Tags = value
	case "modfile":
		f.ModFile = value
	case "toolexec":
		f.Toolexec = value
		return
	case "gcflags":
		f.Gcflags = append(f.Gcflags, value)
	case "cover", "test.cover":
		f.Cover = !hasValue || value != "false"
	case "coverpkg", "covermode", "coverprofile", "test.coverprofile":
		f.Cover = true
	case "x":
		f.Verbose = true
	}
	f.Args = append(f.Args, used...)
}

// AddGoflags adds the flags that the GOFLAGS variable holds. The command line comes later and wins.
func (f *Flags) AddGoflags(goflags string) {
	for _, field := range SplitQuoted(goflags) {
		name, value, hasValue := strings.Cut(strings.TrimLeft(field, "-"), "=")
		switch {
		case name == "overlay" && f.Overlay == "":
			f.Overlay = value
		case name == "toolexec" && f.Toolexec == "":
			f.Toolexec = value
		case name == "gcflags":
			f.Gcflags = append([]string{value}, f.Gcflags...)
		case name == "cover" && (!hasValue || value != "false"), name == "coverpkg", name == "covermode", name == "coverprofile":
			f.Cover = true
		}
	}
}

// ListFlags returns the build flags for a listing of our own, the user's overlay included.
func (f *Flags) ListFlags() []string {
	list := slices.Clone(f.List)
	if f.Overlay != "" {
		list = append(list, "-overlay="+f.Overlay)
	}
	return list
}

// Reader returns a function that reads files as a build in folder dir sees them, through the user's
// overlay, and the overlay's content.
func (f *Flags) Reader(dir string) (func(string) ([]byte, error), map[string]string, error) {
	if f.Overlay == "" {
		return os.ReadFile, nil, nil
	}
	data, err := os.ReadFile(f.Overlay)
	if err != nil {
		return nil, nil, fmt.Errorf("read overlay: %w", err)
	}
	var overlay struct{ Replace map[string]string }
	if err := json.Unmarshal(data, &overlay); err != nil {
		return nil, nil, fmt.Errorf("read overlay %s: %w", f.Overlay, err)
	}
	replace := map[string]string{}
	for from, to := range overlay.Replace {
		if to != "" {
			to = absolute(dir, to)
		}
		replace[absolute(dir, from)] = to
	}
	return func(path string) ([]byte, error) {
		if to, ok := replace[filepath.Clean(path)]; ok {
			if to == "" {
				return nil, &os.PathError{Op: "open", Path: path, Err: os.ErrNotExist}
			}
			path = to
		}
		return os.ReadFile(path)
	}, replace, nil
}
