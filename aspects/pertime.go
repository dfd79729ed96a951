package aspects

import (
	"fmt"
	"strconv"
	"strings"
	"time"
)

// ParsePerTime reads a value of kind [PerTime]: a number from 1, a slash, and s, m, h or a duration of more than 0. The error
// says what is allowed.
func ParsePerTime(text string) (n int, per time.Duration, err error) {
	number, unit, _ := strings.Cut(text, "/")
	n, err = strconv.Atoi(number)
	switch unit {
	case "s":
		per = time.Second
	case "m":
		per = time.Minute
	case "h":
		per = time.Hour
	default:
		if err == nil {
			per, err = time.ParseDuration(unit)
		}
	}
	if err != nil || n < 1 || per <= 0 {
		return 0, 0, fmt.Errorf("must be a number from 1 per time, such as 100/s, 20/m, 5/h or 10/250ms, not %q", text)
	}
	return n, per, nil
}
