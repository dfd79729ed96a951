package bindings

import (
	"math"
	"strconv"
	"strings"
)

// bytesOf returns how many bytes a unit of size has. There is no KB: some mean 1000 by it, and some
// 1024.
func bytesOf(unit string) (int64, bool) {
	switch unit {
	case "", "B":
		return 1, true
	case "kB":
		return 1e3, true
	case "MB":
		return 1e6, true
	case "GB":
		return 1e9, true
	case "TB":
		return 1e12, true
	case "KiB":
		return 1 << 10, true
	case "MiB":
		return 1 << 20, true
	case "GiB":
		return 1 << 30, true
	case "TiB":
		return 1 << 40, true
	}
	return 0, false
}

// parseBytes parses a size: a whole number that is not zero, and a unit, which may be left out for
// bytes.
func parseBytes(text string) (int64, bool) {
	digits := strings.TrimRight(text, "BKMGTik")
	unit, ok := bytesOf(text[len(digits):])
	if !ok {
		return 0, false
	}
	n, err := strconv.ParseUint(digits, 10, 63) // no sign
	if err != nil || n == 0 || int64(n) > math.MaxInt64/unit {
		return 0, false
	}
	return int64(n) * unit, true
}
