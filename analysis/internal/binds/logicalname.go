package binds

import (
	"fmt"
	"go/token"
	"go/types"
	"slices"
	"strings"
	"unicode"
)

// meaning is what a logical name stands for, and the field or method that first used it.
type meaning struct{ of, text string }

// agree checks that fields and subscriptions with the same logical name mean the same. It reports
// those that do not, and returns false.
func (s *scope) agree(name, of, kind string, args []types.Type, pos token.Pos) bool {
	var list []string
	for _, t := range args {
		list = append(list, types.TypeString(types.Unalias(t), types.RelativeTo(s.pkg.Types)))
	}
	m := meaning{of, kind}
	if len(list) > 0 {
		m.text += " of " + strings.Join(list, " and ")
	}
	first, known := s.meanings[name]
	if !known {
		s.meanings[name] = m
		return true
	}
	if first.text == m.text {
		return true
	}
	s.at(pos, "give one of them another name",
		"binding %q must be one kind and type: %s has it as %s, and %s as %s", name, first.of, first.text, of, m.text)
	return false
}

// kebab turns a name of Go into a logical name: PayKey into pay-key, DB into db, HTTPKey into
// http-key, UserIDs into user-ids.
func kebab(name string) string {
	var b strings.Builder
	runes := []rune(name)
	for i, r := range runes {
		begins := i > 0 && unicode.IsUpper(r) && (!unicode.IsUpper(runes[i-1]) || beginsWord(runes[i+1:]))
		if r == '_' || begins && runes[i-1] != '_' {
			b.WriteByte('-')
		}
		if r != '_' {
			b.WriteRune(unicode.ToLower(r))
		}
	}
	return strings.Trim(b.String(), "-")
}

// beginsWord reports whether a capital letter begins a word, given what follows it. Otherwise the
// letter ends an abbreviation, which may be in the plural.
func beginsWord(rest []rune) bool {
	plural := len(rest) > 0 && rest[0] == 's' && (len(rest) == 1 || unicode.IsUpper(rest[1]))
	return len(rest) > 0 && unicode.IsLower(rest[0]) && !plural
}

// checkLogicalName returns an error for a name that an environment file would have to quote.
func checkLogicalName(text string) error {
	ok := func(r rune) bool { return unicode.IsLetter(r) || unicode.IsDigit(r) || strings.ContainsRune("-_./", r) }
	if text == "" || slices.ContainsFunc([]rune(text), func(r rune) bool { return !ok(r) }) {
		return fmt.Errorf("must be letters, digits, -, _, . and /, not %q", text)
	}
	return nil
}
