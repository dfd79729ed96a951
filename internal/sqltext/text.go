package sqltext

import "strings"

// kind is what a token is.
type kind int

const (
	other      kind = iota // one byte of anything else
	word                   // a keyword or an identifier, without quotes
	quoted                 // an identifier in quotes
	literal                // a string or a number
	parameter              // $1, ?1, :name
	space                  // white space and comments
	terminator             // a semicolon
)

// next returns the token at the beginning of text, which is not empty. One that does not end takes
// the rest.
func next(text string) (kind, int) {
	c := text[0]
	switch {
	case c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '\f':
		return space, 1
	case strings.HasPrefix(text, "--"):
		return space, to(text, 2, "\n")
	case strings.HasPrefix(text, "/*"):
		return space, comment(text)
	case c == ';':
		return terminator, 1
	case c == '\'':
		return literal, enclosed(text, 0, false)
	case c == '"' || c == '`':
		return quoted, enclosed(text, 0, false)
	case c == '$':
		return dollar(text)
	case c == '?' || c == ':' || c == '@':
		return parameter, 1 + run(text[1:])
	case '0' <= c && c <= '9' || c == '.' && len(text) > 1 && '0' <= text[1] && text[1] <= '9':
		return literal, number(text)
	case letter(c):
		return wordOrString(text)
	}
	return other, 1
}

// letter reports whether c may begin a word.
func letter(c byte) bool { return c == '_' || 'a' <= c|0x20 && c|0x20 <= 'z' || c >= 0x80 }

// run is how many of the first bytes are those of a word.
func run(text string) int {
	for i := range len(text) {
		if c := text[i]; !letter(c) && (c < '0' || c > '9') && c != '$' {
			return i
		}
	}
	return len(text)
}

// to is the end of what the given end ends, from an offset on.
func to(text string, from int, end string) int {
	if i := strings.Index(text[from:], end); i >= 0 {
		return from + i + len(end)
	}
	return len(text)
}

// comment is the length of a comment. PostgreSQL's have comments inside.
func comment(text string) int {
	depth := 0
	for i := 0; i < len(text); i++ {
		switch {
		case strings.HasPrefix(text[i:], "/*"):
			depth++
			i++
		case strings.HasPrefix(text[i:], "*/"):
			if depth--; depth == 0 {
				return i + 2
			}
			i++
		}
	}
	return len(text)
}

// enclosed is the end of what the quote at an offset begins. The quote twice is the quote itself.
func enclosed(text string, from int, backslash bool) int {
	quote := text[from]
	for i := from + 1; i < len(text); i++ {
		switch {
		case backslash && text[i] == '\\':
			i++
		case text[i] != quote:
		case i+1 < len(text) && text[i+1] == quote:
			i++
		default:
			return i + 1
		}
	}
	return len(text)
}

// dollar reads $1 and $name, or PostgreSQL's string between $tag$ and $tag$.
func dollar(text string) (kind, int) {
	i := 1
	for i < len(text) && text[i] != '$' && (letter(text[i]) || '0' <= text[i] && text[i] <= '9') {
		i++
	}
	if i < len(text) && text[i] == '$' && (i == 1 || letter(text[1])) {
		return literal, to(text, i+1, text[:i+1])
	}
	return parameter, i
}

// number is the length of a number such as 1, .5, 1e-3 or 0xff.
func number(text string) int {
	for i := 1; i < len(text); i++ {
		c := text[i]
		exponent := text[i-1]|0x20 == 'e' && !strings.HasPrefix(text, "0x")
		if c != '.' && !letter(c) && (c < '0' || c > '9') && (c != '+' && c != '-' || !exponent) {
			return i
		}
	}
	return len(text)
}

// wordOrString reads a word, or a string with a letter before it: E'…', X'…', B'…', N'…'.
func wordOrString(text string) (kind, int) {
	if len(text) > 1 && text[1] == '\'' && strings.IndexByte("eExXbBnN", text[0]) >= 0 {
		return literal, enclosed(text, 1, text[0]|0x20 == 'e')
	}
	return word, run(text)
}

// Clean returns a statement with ? in the place of each literal, and one space in that of white
// space and comments.
func Clean(statement string) string {
	var b strings.Builder
	b.Grow(len(statement))
	gap := false
	for i := 0; i < len(statement); {
		k, n := next(statement[i:])
		switch {
		case k == space:
			gap = b.Len() > 0
		default:
			if gap {
				b.WriteByte(' ')
				gap = false
			}
			if k == literal {
				b.WriteByte('?')
			} else {
				b.WriteString(statement[i : i+n])
			}
		}
		i += n
	}
	return b.String()
}
