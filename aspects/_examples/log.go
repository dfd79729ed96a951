package main

import (
	"errors"
	"log/slog"
	"os"
)

// Get finds a and nothing else.
//
//instrument:log
func Get(id string) error {
	if id != "a" {
		return errors.New("not found")
	}
	return nil
}

func main() {
	slog.SetDefault(slog.New(slog.NewTextHandler(os.Stdout, &slog.HandlerOptions{ReplaceAttr: withoutTimes})))
	Get("a")
	Get("b")

	// Output:
	// level=INFO msg=main.Get function=main.Get
	// level=ERROR msg=main.Get function=main.Get error="not found" error.type=*errors.errorString
}

func withoutTimes(_ []string, a slog.Attr) slog.Attr {
	if a.Key == slog.TimeKey || a.Key == "duration" {
		return slog.Attr{}
	}
	return a
}
