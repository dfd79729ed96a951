package finding

import (
	"strings"
)

// Or writes "a, b or c".
func Or(list []string) string {
	if last := len(list) - 1; last > 0 {
		return strings.Join(list[:last], ", ") + " or " + list[last]
	}
	return strings.Join(list, "")
}
