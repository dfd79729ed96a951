//go:build !race

package entryhooks

const raceEnabled = false
