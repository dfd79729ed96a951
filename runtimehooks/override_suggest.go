package runtimehooks

import (
	"fmt"
	"strings"
)

// suggest returns "did you mean X?" for the candidate closest to name, or "" when none is close.
func suggest(name string, candidates []string) string {
	best, least := "", 3
	for _, c := range candidates {
		if d := distance(strings.ToLower(name), strings.ToLower(c)); d < least && d < len(c) {
			best, least = c, d
		}
	}
	if best == "" {
		return ""
	}
	return fmt.Sprintf("did you mean %q?", best)
}

// suggestSite is suggest for functions, which are also found without their package's path, and without the marks of a
// pointer receiver.
func suggestSite(name string, functions []string) string {
	plain := strings.NewReplacer("(*", "", ")", "").Replace
	short := make([]string, len(functions))
	for i, f := range functions {
		short[i] = plain(f)
		if rest, ok := strings.CutSuffix(short[i], plain(name)); ok && (rest == "" || strings.HasSuffix(rest, ".") || strings.HasSuffix(rest, "/")) {
			return fmt.Sprintf("did you mean %q?", f)
		}
	}
	hint := suggest(plain(name), short)
	for i, f := range functions {
		hint = strings.Replace(hint, fmt.Sprintf("%q", short[i]), fmt.Sprintf("%q", f), 1)
	}
	return hint
}

// distance is the number of single-letter insertions, deletions, substitutions and swaps of neighbours between a and b.
func distance(a, b string) int {
	before, row := []int(nil), make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := 1; i <= len(a); i++ {
		next := make([]int, len(b)+1)
		next[0] = i
		for j := 1; j <= len(b); j++ {
			change := 1
			if a[i-1] == b[j-1] {
				change = 0
			}
			next[j] = min(row[j]+1, next[j-1]+1, row[j-1]+change)
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				next[j] = min(next[j], before[j-2]+1)
			}
		}
		before, row = row, next
	}
	return row[len(b)]
}
