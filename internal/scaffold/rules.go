package scaffold

import (
	"bytes"
	"fmt"
	"go/ast"
	"go/format"
	"go/parser"
	"go/token"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/instrumentgo/instrument/analysis"
	"github.com/instrumentgo/instrument/analysis/plan"
)

// recordMark begins the comment lines that name what init has written.
const recordMark = "// instrument init wrote: "

// recorded returns what a rule file's comment names, nil if it has none.
func recorded(data []byte) []string {
	var names []string
	for line := range bytes.Lines(data) {
		if list, ok := strings.CutPrefix(strings.TrimSpace(string(line)), recordMark); ok {
			names = append(names, strings.Split(strings.TrimSuffix(list, ","), ", ")...)
		}
	}
	return names
}

// record returns the comment lines for items, each within columns.
func record(items []item) string {
	const columns = 120
	var b strings.Builder
	line := ""
	for _, it := range items {
		switch {
		case line == "":
			line = recordMark + it.name
		case len(line)+len(it.name)+3 > columns:
			b.WriteString(line + "\n")
			line = recordMark + it.name
		default:
			line += ", " + it.name
		}
	}
	return b.String() + line + "\n"
}

// rules writes the rule file: a new one, or the items at the end of the one that init has written.
func (w *writer) rules() error {
	if len(w.items) == 0 {
		return nil
	}
	if w.record != nil {
		after, err := extend(*w.record, w.items)
		if err != nil {
			return err
		}
		w.proposal.Files = append(w.proposal.Files, File{w.record.Path, w.record.Data, after})
		return nil
	}
	if w.ruled() {
		w.items = append(w.items, item{name: packsOnly})
	}
	dir, name := w.home()
	text, err := format.Source([]byte(w.newFile(name)))
	if err != nil {
		return fmt.Errorf("format the rule file: %w", err)
	}
	w.proposal.Files = append(w.proposal.Files, File{Path: w.free(dir), After: text})
	return nil
}

// free returns the path of a file that does not exist yet.
func (w *writer) free(dir string) string {
	for i, base := 1, "instrument.go"; ; i++ {
		path := filepath.Join(dir, base)
		if _, err := w.module.Read(path); err != nil {
			return path
		}
		base = fmt.Sprintf("instrument_rules%s.go", strings.Repeat("_more", i-1))
	}
}

func (w *writer) newFile(name string) string {
	var b strings.Builder
	fmt.Fprintf(&b, "//go:build %s\n\npackage %s\n\nimport (\n", plan.RuleTag, name)
	for _, spec := range importSpecs(append([]item{{imports: []string{strconv.Quote(plan.AspectsPath)}}}, w.items...)) {
		fmt.Fprintf(&b, "\t%s\n", spec)
	}
	b.WriteString(")\n\n// The rules are yours to change. Run again, instrument init appends what is new, and nothing that it wrote\n" +
		"// before, so that what you remove stays removed.\n//\n")
	fmt.Fprintf(&b, "%svar _ = aspects.Module(\n%s)\n", record(w.items), body(w.items))
	return b.String()
}

// importSpecs returns the imports of items, the standard library's first, without duplicates.
func importSpecs(items []item) []string {
	var std, other []string
	for _, it := range items {
		for _, spec := range it.imports {
			if list := &other; !slices.Contains(append(std, other...), spec) {
				if !strings.Contains(spec, ".") {
					list = &std
				}
				*list = append(*list, spec)
			}
		}
	}
	pathOf := func(spec string) string { return spec[strings.IndexByte(spec, '"'):] } // less the name
	slices.SortFunc(other, func(a, b string) int { return strings.Compare(pathOf(a), pathOf(b)) })
	if len(std) > 0 {
		std = append(std, "")
	}
	return append(std, other...)
}

// body returns the arguments of aspects.Module. An item that begins with a comment has an empty
// line before it.
func body(items []item) string {
	var b strings.Builder
	for i, it := range items {
		if i > 0 && len(it.lines) > 0 && strings.HasPrefix(it.lines[0], "//") {
			b.WriteString("\n")
		}
		for _, line := range it.lines {
			b.WriteString("\t" + line + "\n")
		}
	}
	return b.String()
}

// edit is text to be inserted at an offset.
type edit struct {
	at   int
	text string
}

// extend appends items to a rule file, and leaves all else of it as it is.
func extend(f analysis.SurveyedRules, items []item) ([]byte, error) {
	fset := token.NewFileSet()
	file, err := parser.ParseFile(fset, f.Path, f.Data, parser.ParseComments|parser.SkipObjectResolution)
	if err != nil {
		return nil, err
	}
	offset := func(pos token.Pos) int { return fset.PositionFor(pos, false).Offset }
	call, qualifier := moduleCall(file)
	if call == nil {
		return nil, fmt.Errorf("%s: rule file must call aspects.Module, or lose the comment %q", f.Path, strings.TrimSpace(recordMark))
	}
	text := strings.ReplaceAll(body(items), "aspects.", qualifier)
	if strings.HasPrefix(text, "\t//") && len(call.Args) > 0 {
		text = "\n" + text
	}
	if end := offset(call.Rparen); text != "" && !blankBefore(f.Data, end) {
		text = "\n" + text
	}
	edits := []edit{{lineStart(f.Data, offset(call.Rparen)), text}}
	if n := len(call.Args); n > 0 && !bytes.ContainsRune(withoutComments(f.Data[offset(call.Args[n-1].End()):offset(call.Rparen)]), ',') {
		edits = append(edits, edit{offset(call.Args[n-1].End()), ","})
	}
	edits = append(edits, importEdit(file, offset, items), recordEdit(file, offset, items))
	if bytes.Contains(f.Data, []byte("\r\n")) {
		for i := range edits {
			edits[i].text = strings.ReplaceAll(edits[i].text, "\n", "\r\n")
		}
	}
	return apply(f.Data, edits), nil
}

// moduleCall returns the call of aspects.Module, and what stands before the names of package
// aspects in the file.
func moduleCall(file *ast.File) (call *ast.CallExpr, qualifier string) {
	for _, spec := range file.Imports {
		if spec.Path.Value == strconv.Quote(plan.AspectsPath) {
			qualifier = "aspects."
			if spec.Name != nil {
				qualifier = strings.TrimPrefix(spec.Name.Name+".", "..")
			}
		}
	}
	ast.Inspect(file, func(n ast.Node) bool {
		c, ok := n.(*ast.CallExpr)
		if !ok || call != nil {
			return call == nil
		}
		switch fun := ast.Unparen(c.Fun).(type) {
		case *ast.SelectorExpr:
			if x, ok := fun.X.(*ast.Ident); ok && x.Name+"." == qualifier && fun.Sel.Name == "Module" {
				call = c
			}
		case *ast.Ident:
			if qualifier == "" && fun.Name == "Module" {
				call = c
			}
		}
		return call == nil
	})
	return call, qualifier
}

func importEdit(file *ast.File, offset func(token.Pos) int, items []item) edit {
	var lines strings.Builder
	for _, spec := range importSpecs(items) {
		path := strings.Fields(spec + " ")
		if spec == "" || slices.ContainsFunc(file.Imports, func(s *ast.ImportSpec) bool { return slices.Contains(path, s.Path.Value) }) {
			continue
		}
		lines.WriteString("\t" + spec + "\n")
	}
	var last *ast.GenDecl
	for _, decl := range file.Decls {
		if gen, ok := decl.(*ast.GenDecl); ok && gen.Tok == token.IMPORT {
			last = gen
		}
	}
	switch {
	case lines.Len() == 0:
		return edit{}
	case last.Rparen.IsValid():
		return edit{offset(last.Rparen), lines.String()}
	}
	return edit{offset(last.End()), "\n\nimport (\n" + lines.String() + ")"}
}

// recordEdit adds to the comment that names what is written.
func recordEdit(file *ast.File, offset func(token.Pos) int, items []item) edit {
	end := token.NoPos
	for _, group := range file.Comments {
		for _, c := range group.List {
			if strings.HasPrefix(c.Text, recordMark) {
				end = c.End()
			}
		}
	}
	return edit{offset(end), "\n" + strings.TrimSuffix(record(items), "\n")}
}

func apply(src []byte, edits []edit) []byte {
	slices.SortStableFunc(edits, func(a, b edit) int { return a.at - b.at })
	var out []byte
	from := 0
	for _, e := range edits {
		out = append(append(out, src[from:e.at]...), e.text...)
		from = e.at
	}
	return append(out, src[from:]...)
}

// blankBefore reports whether only white space stands between the offset and the start of its line.
func blankBefore(src []byte, at int) bool {
	return strings.TrimSpace(string(src[bytes.LastIndexByte(src[:at], '\n')+1:at])) == ""
}

// lineStart returns the start of the line, if only white space is between it and the offset.
func lineStart(src []byte, at int) int {
	if blankBefore(src, at) {
		return bytes.LastIndexByte(src[:at], '\n') + 1
	}
	return at
}

// withoutComments drops line comments. What it is for is between an argument and a parenthesis.
func withoutComments(src []byte) []byte {
	var out []byte
	for line := range bytes.Lines(src) {
		before, _, _ := bytes.Cut(line, []byte("//"))
		out = append(out, before...)
	}
	return out
}
