package sqltext

import "strings"

// Statements returns where each statement of a script begins, in bytes: at its first token. What
// has none is no statement. The body of a trigger of SQLite, or of a function between BEGIN ATOMIC
// and END, is part of its statement.
func Statements(script string) (starts []int) {
	for s := range statements(script) {
		starts = append(starts, s.start)
	}
	return starts
}

// Transactions returns where each statement of a script begins that begins or ends a transaction.
// Savepoints do neither, nor do words in bodies of functions and triggers.
func Transactions(script string) (starts []int) {
	for s := range statements(script) {
		if s.endsOrBegins() {
			starts = append(starts, s.start)
		}
	}
	return starts
}

// statement is one of a script.
type statement struct {
	start int
	words []string // the first ones, in capitals
}

// mostWords is how many of the first words of a statement say what it is:
// CREATE OR REPLACE CONSTRAINT TRIGGER.
const mostWords = 5

func (s statement) first(i int) string {
	if i < len(s.words) {
		return s.words[i]
	}
	return ""
}

// trigger reports whether the statement makes a trigger.
func (s statement) trigger() bool {
	for i := 1; i < len(s.words); i++ {
		switch s.words[i] {
		case "OR", "REPLACE", "CONSTRAINT", "TEMP", "TEMPORARY":
		default:
			return s.words[i] == "TRIGGER"
		}
	}
	return false
}

func (s statement) endsOrBegins() bool {
	switch s.first(0) {
	case "BEGIN", "COMMIT", "END", "ABORT":
		return true
	case "START", "PREPARE":
		return s.first(1) == "TRANSACTION"
	case "ROLLBACK": // TO, or WORK TO, a savepoint
		return s.first(1) != "TO" && s.first(2) != "TO"
	}
	return false
}

// statements yields those of a script.
func statements(script string) func(yield func(statement) bool) {
	return func(yield func(statement) bool) {
		var now statement
		inside := false
		var b body
		for i := 0; i < len(script); {
			k, n := next(script[i:])
			switch {
			case k == space:
			case k == terminator && !b.open:
				if inside && !yield(now) {
					return
				}
				inside, b = false, body{}
			default:
				if !inside {
					now, inside = statement{start: i}, true
				}
				text := ""
				if k == word {
					text = strings.ToUpper(script[i : i+n])
				}
				if text != "" && len(now.words) < mostWords {
					now.words = append(now.words, text)
				}
				b.token(k, text, now)
			}
			i += n
		}
		if inside {
			yield(now)
		}
	}
}

// body is where a statement is in a body with semicolons of its own, which END ends where a
// statement of the body could begin.
type body struct {
	open   bool
	begins bool   // a statement of the body could begin here
	last   string // word
}

// token takes the next token of a statement, whose word is "" if it is another one.
func (b *body) token(k kind, text string, s statement) {
	switch {
	case b.open && b.begins && text == "END":
		b.open = false
	case b.open:
		b.begins = k == terminator
	case s.first(0) != "CREATE":
	case text == "BEGIN" && s.trigger(), text == "ATOMIC" && b.last == "BEGIN":
		b.open, b.begins = true, true
	}
	b.last = text
}
