package finding

import (
	"cmp"
	"fmt"
	"go/token"
	"path/filepath"
	"slices"
	"strings"
)

// Diagnostic is one finding for the user: where, what the code must be, and how to get there.
type Diagnostic struct {
	Pos     token.Position // file name absolute; the zero position where no file is to blame
	Message string
	Hint    string // remedy; "" where the message says it

	Compiler bool // source that does not compile, in a file that the compiler sees and reports in its own words
}

// Format returns the finding as one line, "file:line:col: message (hint)", with the file relative
// to dir if that is shorter.
func (d Diagnostic) Format(dir string) string {
	var b strings.Builder
	if d.Pos.Filename != "" {
		pos := d.Pos
		pos.Filename = Relative(dir, pos.Filename)
		fmt.Fprintf(&b, "%s: ", pos)
	}
	b.WriteString(d.Message)
	if d.Hint != "" {
		fmt.Fprintf(&b, " (%s)", d.Hint)
	}
	return b.String()
}

// Relative returns file relative to dir, or file itself if that is shorter.
func Relative(dir, file string) string {
	rel, err := filepath.Rel(dir, file)
	if err != nil || len(rel) > len(file) {
		return file
	}
	return rel
}

// List collects findings.
type List struct {
	Fset *token.FileSet
	List []Diagnostic
}

// lineBreaks keeps a message that quotes source in one line.
var lineBreaks = strings.NewReplacer("\n", `\n`, "\r", `\r`)

// Add adds a finding at a position. A hint of "" is none.
func (ds *List) Add(pos token.Position, hint, format string, args ...any) {
	ds.List = append(ds.List, Diagnostic{Pos: pos, Message: lineBreaks.Replace(fmt.Sprintf(format, args...)), Hint: hint})
}

// At adds a finding at a token of the file set.
func (ds *List) At(pos token.Pos, hint, format string, args ...any) {
	ds.Add(ds.Fset.PositionFor(pos, false), hint, format, args...)
}

// Compiler adds an error that the compiler will report too.
func (ds *List) Compiler(pos token.Position, format string, args ...any) {
	ds.List = append(ds.List, Diagnostic{Pos: pos, Message: fmt.Sprintf(format, args...), Compiler: true})
}

// Sorted returns the findings by file, line, column and text, without duplicates.
func (ds *List) Sorted() []Diagnostic {
	list := slices.Clone(ds.List)
	slices.SortStableFunc(list, func(a, b Diagnostic) int {
		return cmp.Or(
			cmp.Compare(a.Pos.Filename, b.Pos.Filename),
			cmp.Compare(a.Pos.Line, b.Pos.Line),
			cmp.Compare(a.Pos.Column, b.Pos.Column),
			cmp.Compare(a.Message, b.Message),
			cmp.Compare(a.Hint, b.Hint),
		)
	})
	return slices.Compact(list)
}

// Len returns how many findings there are, duplicates included.
func (ds *List) Len() int { return len(ds.List) }
