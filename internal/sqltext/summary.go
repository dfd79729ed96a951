package sqltext

import "strings"

// longestSummary bounds a summary, in bytes. It is cut at a word.
const longestSummary = 120

// Summary returns what a statement does to which tables, in the words of db.query.summary: "SELECT
// orders", "INSERT orders", "CREATE TABLE orders". It has no literals. The statement that is no
// statement has the summary "".
func Summary(statement string) string {
	s := summary{}
	for i := 0; i < len(statement) && len(s.words) < longestSummary; {
		k, n := next(statement[i:])
		if k == terminator && len(s.words) > 0 {
			break // of several, the first
		}
		if k != space {
			s.token(k, statement[i:i+n])
		}
		i += n
	}
	return string(s.words)
}

// summary is a summary under way.
type summary struct {
	words  []byte
	first  string // keyword of the statement
	last   string // word, in capitals; "" if the last token is none
	target bool   // whether a table's name is to come
	dotted bool   // whether the name goes on
}

// token takes the next token.
func (s *summary) token(k kind, text string) {
	upper := ""
	if k == word {
		upper = strings.ToUpper(text)
	}
	switch {
	case s.first == "" && k == word:
		s.first = upper
		s.add(upper)
		s.target = upper == "UPDATE" || upper == "COPY"
	case s.dotted && text == ".":
		s.words = append(s.words, '.')
		s.last = "."
		return
	case s.dotted && s.last == "." && (k == word || k == quoted):
		s.words = append(s.words, text...)
	case s.target && (upper == "IF" || upper == "NOT" || upper == "EXISTS" || upper == "ONLY" || upper == "INTO"):
		// between the keyword and the name
	case s.target && s.first == "COPY" && (upper == "STDIN" || upper == "PROGRAM"):
		s.target = false // no table is copied from
	case s.target && (k == word || k == quoted):
		s.add(text)
		s.target, s.dotted, s.last = false, true, ""
		return
	default:
		s.target = s.keyword(upper)
	}
	s.dotted, s.last = false, upper
}

// keyword takes a word that is no table's name, and reports whether one is to follow.
func (s *summary) keyword(upper string) bool {
	switch s.first {
	case "CREATE", "ALTER", "DROP":
		if strings.Contains(string(s.words), " ") {
			return false
		}
		switch upper {
		case "TABLE", "INDEX", "VIEW", "SCHEMA", "SEQUENCE", "TRIGGER", "FUNCTION", "TYPE":
			s.add(upper)
			return true
		}
		return false
	}
	switch upper {
	case "SELECT", "INSERT", "MERGE":
		s.add(upper)
	case "UPDATE":
		if s.last == "DO" || s.last == "FOR" || s.last == "KEY" {
			return false
		}
		s.add(upper)
		return true
	case "DELETE":
		s.add(upper)
	case "FROM":
		return s.last != "DISTINCT"
	case "INTO", "JOIN", "TABLE":
		return true
	}
	return false
}

// add adds a word, unless the summary would be too long.
func (s *summary) add(text string) {
	if len(s.words)+1+len(text) > longestSummary {
		return
	}
	if len(s.words) > 0 {
		s.words = append(s.words, ' ')
	}
	s.words = append(s.words, text...)
}
