package live

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// folders returns the folders in which a change can make a path lead to another file: the one that
// the file is in, and that of each symbolic link on the way, as in a Kubernetes volume, where
// policy.yaml leads to ..data/policy.yaml and ..data to a folder that is replaced. If the path ends
// early, it is the folder that lacks the next element. The folders are sorted.
func folders(path string) []string {
	abs, err := filepath.Abs(path)
	if err != nil {
		return nil
	}
	root := filepath.VolumeName(abs) + string(filepath.Separator)
	var list []string
	dir, rest := root, steps(abs)
	for links := 0; len(rest) > 0 && links < 40; { // as many as Linux follows
		step := rest[0]
		rest = rest[1:]
		next := filepath.Join(dir, step)
		info, err := os.Lstat(next)
		if err != nil || len(rest) == 0 {
			list = append(list, dir)
		}
		if err != nil {
			break
		}
		if info.Mode()&os.ModeSymlink == 0 {
			dir = next
			continue
		}
		list = append(list, dir)
		links++
		target, err := os.Readlink(next)
		if err != nil {
			break
		}
		if filepath.IsAbs(target) {
			dir = root
		}
		rest = append(steps(target), rest...)
	}
	slices.Sort(list)
	return slices.Compact(list)
}

// steps splits a path into its names. An element ".." is relative to the target of the link before
// it.
func steps(path string) []string {
	path = strings.TrimPrefix(path, filepath.VolumeName(path))
	return strings.FieldsFunc(path, func(r rune) bool { return r < 0x80 && os.IsPathSeparator(uint8(r)) })
}
