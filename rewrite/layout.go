package rewrite

import (
	"bytes"
	"fmt"
	"go/ast"
	"go/format"
	"go/token"
	"strings"
)

// buildEdits puts the texts around a body without adding a line. The source after each text keeps
// its position.
func (s *source) buildEdits(body *ast.BlockStmt, head, tail string) []Edit {
	start := s.offset(body.Lbrace) + 1
	edits := []Edit{{start, start, " " + oneLine(head) + " " + s.restore(body.Lbrace+1)}}
	if tail != "" {
		end := s.offset(body.Rbrace)
		edits = append(edits, Edit{end, end, oneLine(tail) + " " + s.restore(body.Rbrace)})
	}
	return edits
}

// restore returns the comment that gives the byte after it the position that pos has in the source,
// under the line directives before it: those of cover and cgo, for example. Without a name in it,
// the comment keeps the file that is recorded there.
func (s *source) restore(pos token.Pos) string {
	at := s.fset.PositionFor(pos, true)
	if at.Column > 0 {
		return fmt.Sprintf("/*line :%d:%d*/", at.Line, at.Column)
	}
	// After a directive without a column, columns are unknown up to the next directive. A directive
	// without a column needs the file's name.
	name := strings.TrimPrefix(at.Filename, s.dir+"/")
	return fmt.Sprintf("/*line %s:%d*/", name, at.Line)
}

// readingEdits puts the texts around a body on lines of their own.
func (s *source) readingEdits(body *ast.BlockStmt, head, tail string) []Edit {
	nl := "\n"
	indent := s.indentAt(body.Lbrace)
	head, tail = indentLines(head, indent), indentLines(tail, indent)
	if usesCRLF(s.text) {
		nl = "\r\n"
		head, tail = strings.ReplaceAll(head, "\n", nl), strings.ReplaceAll(tail, "\n", nl)
	}
	start, end := s.offset(body.Lbrace)+1, s.offset(body.Rbrace)
	inner := s.text[start:end]
	if len(bytes.TrimSpace(inner)) == 0 {
		return []Edit{{start, end, nl + strings.TrimSuffix(head, nl) + nl + tail + indent}}
	}
	first := Edit{start, start, nl + strings.TrimSuffix(head, nl)}
	if line, _, _ := bytes.Cut(inner, []byte("\n")); len(bytes.TrimSpace(line)) > 0 {
		first.End += len(inner) - len(bytes.TrimLeft(inner, " \t"))
		first.Text += nl + indent + "\t"
	}
	lastLine := bytes.LastIndexByte(inner, '\n') + 1
	last := Edit{start + lastLine, start + lastLine, tail}
	if len(bytes.TrimSpace(inner[lastLine:])) > 0 {
		last = Edit{start + len(bytes.TrimRight(inner, " \t")), end, nl + tail + indent}
	}
	return []Edit{first, last}
}

// indentAt returns the white space that the line of a place begins with.
func (s *source) indentAt(pos token.Pos) string {
	line := s.text[bytes.LastIndexByte(s.text[:s.offset(pos)], '\n')+1:]
	return string(line[:len(line)-len(bytes.TrimLeft(line, " \t"))])
}

// indentLines puts the white space before each line of a text.
func indentLines(text, indent string) string {
	if indent == "" || text == "" {
		return text
	}
	return indent + strings.ReplaceAll(strings.TrimSuffix(text, "\n"), "\n", "\n"+indent) + "\n"
}

var byteOrderMark = []byte("\xef\xbb\xbf")

// readable makes the edits, and formats the result if the source was formatted: line endings and a
// byte order mark, which gofmt would change, are kept.
func readable(src []byte, edits []Edit) []byte {
	woven := Apply(src, 0, edits)
	plain, ok := asGofmt(src)
	if !ok {
		return woven
	}
	if formatted, err := format.Source(plain); err != nil || !bytes.Equal(formatted, plain) {
		return woven
	}
	text, ok := asGofmt(woven)
	if !ok {
		return woven
	}
	out, err := format.Source(text)
	if err != nil {
		return woven
	}
	if usesCRLF(src) {
		out = bytes.ReplaceAll(out, []byte("\n"), []byte("\r\n"))
	}
	if bytes.HasPrefix(src, byteOrderMark) {
		out = append(bytes.Clone(byteOrderMark), out...)
	}
	return out
}

// asGofmt returns the text without a byte order mark and with LF line endings. It returns false if
// that could not be undone.
func asGofmt(text []byte) ([]byte, bool) {
	text = bytes.TrimPrefix(text, byteOrderMark)
	if !usesCRLF(text) {
		return text, !bytes.Contains(text, []byte("\r"))
	}
	plain := bytes.ReplaceAll(text, []byte("\r\n"), []byte("\n"))
	return plain, !bytes.Contains(plain, []byte("\r")) && bytes.Count(plain, []byte("\n")) == bytes.Count(text, []byte("\r\n"))
}
