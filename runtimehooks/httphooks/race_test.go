//go:build race

package httphooks

const raceEnabled = true
