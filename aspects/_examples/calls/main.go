package main

import (
	"fmt"
	"os"
)

// settings reads a file with a function of the standard library, which cannot be woven. The rule in
// rules.go weaves the call.
func settings(name string) (string, error) {
	text, err := os.ReadFile(name)
	return string(text), err
}

// defaults answers when the file cannot be read.
func defaults(name string, err error) ([]byte, error) {
	return []byte("listen: localhost:8080"), nil
}

func main() {
	text, err := settings("no-such-file.yaml")
	fmt.Println(text, err)

	// Output: listen: localhost:8080 <nil>
}
