package rewrite

import (
	"cmp"
	"go/scanner"
	"go/token"
	"slices"
	"strconv"
	"strings"
)

// Edit replaces the bytes from Start to End of a file by Text. Where Start equals End, it inserts.
type Edit struct {
	Start, End int
	Text       string
}

// Apply returns src with the edits made. Their offsets count from base, the offset of src in its
// file. Edits do not overlap, and insertions at one place keep their order.
func Apply(src []byte, base int, edits []Edit) []byte {
	edits = slices.Clone(edits)
	slices.SortStableFunc(edits, func(a, b Edit) int { return cmp.Compare(a.Start, b.Start) })
	size := len(src)
	for _, e := range edits {
		size += len(e.Text)
	}
	out := make([]byte, 0, size)
	done := base
	for _, e := range edits {
		out = append(out, src[done-base:e.Start-base]...)
		out = append(out, e.Text...)
		done = e.End
	}
	return append(out, src[done-base:]...)
}

// oneLine writes Go text of several lines, whole or a fragment, as one line with the same tokens.
// It drops comments, and replaces a line's end by a semicolon where Go would insert one.
func oneLine(text string) string {
	file := token.NewFileSet().AddFile("", -1, len(text))
	var s scanner.Scanner
	s.Init(file, []byte(text), nil, 0)
	var b strings.Builder
	end := 0 // of the last token
	for {
		pos, tok, lit := s.Scan()
		if tok == token.EOF {
			return b.String()
		}
		offset := file.Offset(pos)
		if tok == token.SEMICOLON && lit == "\n" {
			b.WriteByte(';')
			end = offset
			continue
		}
		if offset > end && b.Len() > 0 {
			b.WriteByte(' ')
		}
		word := lit
		if !tok.IsLiteral() && !tok.IsKeyword() {
			word = tok.String()
		}
		end = offset + len(word)
		if strings.Contains(word, "\n") { // a raw string, in a struct tag
			if plain, err := strconv.Unquote(word); err == nil {
				word = strconv.Quote(plain)
			}
		}
		b.WriteString(word)
	}
}

// typeText writes the source of a type, or of a list of them, on one line.
func typeText(src []byte) string { return strings.TrimSuffix(oneLine(string(src)), ";") }
