package gobuild

import "strings"

// StampVersion adds the tool's identity to what "compile -V=full" prints, so that the go command
// compiles again when the tool has changed. "name version X" stays in front, and for a development
// toolchain the build ID stays last.
func StampVersion(line, id string) string {
	text := strings.TrimRight(line, "\r\n")
	fields := strings.Fields(text)
	stamp := "instrument=" + id
	if n := len(fields); n > 3 && strings.HasPrefix(fields[n-1], "buildID=") {
		// The go command takes the part after the last slash, the content ID, for a development
		// toolchain.
		return strings.Join(fields[:n-1], " ") + " " + stamp + " " + fields[n-1] + "-" + id + "\n"
	}
	return text + " " + stamp + "\n"
}
