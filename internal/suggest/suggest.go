package suggest

import (
	"fmt"
	"strings"
)

// tolerated is how many letters may be wrong.
const tolerated = 2

// DidYouMean returns `did you mean "retry"?` for the word that is closest to name, regardless of
// case, or "" if none is close. Among equally close words it takes the first.
func DidYouMean(name string, words []string) string {
	best, least := "", tolerated+1
	for _, word := range words {
		if d := Distance(strings.ToLower(name), strings.ToLower(word)); d < least && d < len(word) {
			best, least = word, d
		}
	}
	if best == "" {
		return ""
	}
	return fmt.Sprintf("did you mean %q?", best)
}

// Distance is the number of single-letter insertions, deletions, substitutions and swaps of
// neighbours between a and b.
func Distance(a, b string) int {
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
