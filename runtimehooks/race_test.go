//go:build race

package runtimehooks

const raceEnabled = true
