package main

import (
	"fmt"
	"io"
	"os"
	"strings"
	"sync"
	"time"
)

// patience is how long a command may take before it says what it is doing.
const patience = time.Second

// progress says on a terminal, in one line, what takes so long: a first plan compiles everything
// that the module imports, for which the go command prints nothing. stop erases the line. Nothing
// is written where the output is no terminal.
func progress(w io.Writer, doing string) (stop func()) {
	if !isTerminal(w) {
		return func() {}
	}
	return showProgress(w, doing)
}

func showProgress(w io.Writer, doing string) (stop func()) {
	begin := time.Now()
	done := make(chan struct{})
	var running sync.WaitGroup
	running.Go(func() {
		ticker := time.NewTicker(patience)
		defer ticker.Stop()
		line := ""
		for {
			select {
			case <-ticker.C:
				line = fmt.Sprintf("instrument: %s, for %d s", doing, int(time.Since(begin).Seconds()))
				fmt.Fprintf(w, "\r%s", line)
			case <-done:
				if line != "" {
					fmt.Fprintf(w, "\r%s\r", strings.Repeat(" ", len(line)))
				}
				return
			}
		}
	})
	return sync.OnceFunc(func() {
		close(done)
		running.Wait()
	})
}

// isTerminal reports whether a person watches the output.
func isTerminal(w io.Writer) bool {
	f, ok := w.(*os.File)
	if !ok {
		return false
	}
	info, err := f.Stat()
	if err != nil || info.Mode()&os.ModeCharDevice == 0 {
		return false
	}
	null, err := os.Stat(os.DevNull) // a character device, too
	return err != nil || !os.SameFile(info, null)
}
