package demo

import (
	"log"
	"regexp"
	"strings"
	"sync"
)

// serverLog keeps what net/http logs, which is how a plain build tells of a panic.
type serverLog struct {
	mu   sync.Mutex
	text strings.Builder
}

// address is the client's, whose port is another one in each run.
var address = regexp.MustCompile(`127\.0\.0\.1:\d+`)

func (l *serverLog) logger() *log.Logger { return log.New(l, "", 0) }

// Write implements io.Writer.
func (l *serverLog) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.Write(p)
}

// take returns the first line since the last call, without the stack that follows a panic.
func (l *serverLog) take() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	line, _, _ := strings.Cut(l.text.String(), "\n")
	l.text.Reset()
	return address.ReplaceAllString(line, "client")
}
