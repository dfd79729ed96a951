//go:build unix && !solaris && !aix

package file

import (
	"bufio"
	"context"
	"errors"
	"io"
	"os"
	"os/exec"
	"strings"
	"testing"

	"github.com/instrumentgo/instrument/bindings/blob"
)

// What a killed process was writing does not stay for ever, and what another is writing is not
// disturbed.
func TestInterruptedWritesAreSwept(t *testing.T) {
	if path := os.Getenv("TEST_FILE_WRITER"); path != "" {
		b, _ := openBucket(t, path)
		_, err := b.Put(t.Context(), "slow", io.MultiReader(strings.NewReader("begin"), said{}), blob.Put{})
		t.Fatal("the process was to be killed:", err)
	}
	path := t.TempDir()
	b, _ := openBucket(t, path)
	r, w := io.Pipe()
	done := make(chan error)
	go func() {
		_, err := b.Put(t.Context(), "k", r, blob.Put{})
		done <- err
	}()
	if _, err := io.WriteString(w, "con"); err != nil { // the Put has begun
		t.Fatal(err)
	}
	child := exec.Command(os.Args[0], "-test.run=^TestInterruptedWritesAreSwept$")
	child.Env = append(os.Environ(), "TEST_FILE_WRITER="+path)
	out, err := child.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := child.Start(); err != nil {
		t.Fatal(err)
	}
	if _, err := bufio.NewReader(out).ReadString('\n'); err != nil {
		t.Fatal(err)
	}
	if _, err := openBucketAgain(path); err != nil {
		t.Fatal(err)
	}
	if left := parts(t, path); len(left) != 2 {
		t.Errorf("while two write there are %q", left)
	}
	if err := child.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = child.Wait() // it was killed
	again, err := openBucketAgain(path)
	if err != nil {
		t.Fatal(err)
	}
	if left := parts(t, path); len(left) != 1 {
		t.Errorf("while one writes, and another was killed, there are %q", left)
	}
	if _, err := io.WriteString(w, "tent"); err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(w.Close(), <-done); err != nil {
		t.Fatal(err)
	}
	if left := parts(t, path); len(left) > 0 {
		t.Errorf("when all have written there are %q", left)
	}
	content, info, err := again.Get(t.Context(), "k", blob.Range{Length: -1})
	if err != nil {
		t.Fatal(err)
	}
	defer content.Close()
	if text, err := io.ReadAll(content); err != nil || string(text) != "content" || info.Size != 7 {
		t.Errorf("the object is %q, %v", text, err)
	}
}

func openBucketAgain(path string) (blob.Store, error) {
	return (&conn{path: path, fsync: syncFolder}).OpenBlob(context.Background(), space)
}

// said is a reader that says when it is asked, and then has nothing for ever.
type said struct{}

// Read implements [io.Reader].
func (said) Read([]byte) (int, error) {
	os.Stdout.WriteString("reading\n")
	select {}
}
