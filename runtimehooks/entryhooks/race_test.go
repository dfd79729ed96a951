//go:build race

package entryhooks

const raceEnabled = true
