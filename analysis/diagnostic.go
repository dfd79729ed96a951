package analysis

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

	Compiler bool // source that does not compile, in a file that the compiler sees: it words this itself
}

// Format returns the finding as one line, "file:line:col: message (hint)", with the file relative to dir where that is shorter.
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

// Relative returns file relative to dir when it lies below it or below its parents' siblings nearby, else file itself.
func Relative(dir, file string) string {
	rel, err := filepath.Rel(dir, file)
	if err != nil || len(rel) > len(file) {
		return file
	}
	return rel
}

// Diagnostics collects findings.
type Diagnostics struct {
	fset *token.FileSet
	list []Diagnostic
}

// lineBreaks keeps a message that quotes source in one line.
var lineBreaks = strings.NewReplacer("\n", `\n`, "\r", `\r`)

func (ds *Diagnostics) add(pos token.Position, hint, format string, args ...any) {
	ds.list = append(ds.list, Diagnostic{Pos: pos, Message: lineBreaks.Replace(fmt.Sprintf(format, args...)), Hint: hint})
}

// at adds a finding at a token of the file set.
func (ds *Diagnostics) at(pos token.Pos, hint, format string, args ...any) {
	ds.add(ds.fset.PositionFor(pos, false), hint, format, args...)
}

// compiler adds an error that the compiler will report too.
func (ds *Diagnostics) compiler(pos token.Position, format string, args ...any) {
	ds.list = append(ds.list, Diagnostic{Pos: pos, Message: fmt.Sprintf(format, args...), Compiler: true})
}

// Sorted returns the findings by file, line, column and text, without duplicates.
func (ds *Diagnostics) Sorted() []Diagnostic {
	list := slices.Clone(ds.list)
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
func (ds *Diagnostics) Len() int { return len(ds.list) }
