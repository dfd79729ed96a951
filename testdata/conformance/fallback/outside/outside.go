// Package outside is another package, whose exported function is somebody's fallback.
package outside

// Instead answers for what has failed.
func Instead(value string) (string, error) { return "outside " + value, nil }
