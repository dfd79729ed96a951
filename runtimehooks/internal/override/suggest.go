package override

import (
	"fmt"
	"strings"

	"github.com/instrumentgo/instrument/internal/suggest"
)

// suggestSite is suggest.DidYouMean for functions, which are also found without their package's
// path, and without the marks of a pointer receiver.
func suggestSite(name string, functions []string) string {
	plain := strings.NewReplacer("(*", "", ")", "").Replace
	short := make([]string, len(functions))
	for i, f := range functions {
		short[i] = plain(f)
		if rest, ok := strings.CutSuffix(short[i], plain(name)); ok && (rest == "" || strings.HasSuffix(rest, ".") || strings.HasSuffix(rest, "/")) {
			return fmt.Sprintf("did you mean %q?", f)
		}
	}
	hint := suggest.DidYouMean(plain(name), short)
	for i, f := range functions {
		hint = strings.Replace(hint, fmt.Sprintf("%q", short[i]), fmt.Sprintf("%q", f), 1)
	}
	return hint
}
