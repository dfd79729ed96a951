package main

import (
	"bytes"
	"os"
	"testing"
	"testing/synctest"
	"time"
)

// A command that takes long says so once a second, in a line that it erases.
func TestProgress(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var b bytes.Buffer
		stop := showProgress(&b, "the go command compiles what the module imports")
		time.Sleep(2*time.Second + patience/2)
		stop()
		stop()
		const line = "\rinstrument: the go command compiles what the module imports, for "
		want := line + "1 s" + line + "2 s\r" + string(bytes.Repeat([]byte(" "), len(line+"2 s")-1)) + "\r"
		if b.String() != want {
			t.Errorf("the terminal shows %q, want %q", b.String(), want)
		}
		b.Reset()
		stop = showProgress(&b, "nothing")
		time.Sleep(patience / 2)
		if stop(); b.Len() > 0 {
			t.Errorf("a fast command shows %q", b.String())
		}
	})
}

// Files, pipes and the null device are no terminals.
func TestIsTerminal(t *testing.T) {
	file, err := os.Create(t.TempDir() + "/out")
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	null, err := os.OpenFile(os.DevNull, os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer null.Close()
	for _, f := range []*os.File{file, null} {
		if isTerminal(f) {
			t.Errorf("%s must be no terminal", f.Name())
		}
	}
}
