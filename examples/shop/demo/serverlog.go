package demo

import (
	"log"
	"log/slog"
	"regexp"
	"slices"
	"strings"
	"sync"
)

// serverLog keeps what is logged about a request: by net/http, which is how a plain build reports a
// panic, and to slog.Default, which is where a woven function reports one.
type serverLog struct {
	mu   sync.Mutex
	text strings.Builder
}

// address is the client's, whose port is another one in each run.
var address = regexp.MustCompile(`127\.0\.0\.1:\d+`)

func (l *serverLog) logger() *log.Logger { return log.New(l, "", 0) }

// shownAttributes are the attributes of a record that the demo shows. The others are long, or
// differ from run to run.
var shownAttributes = []string{slog.LevelKey, slog.MessageKey, "error"}

// capture takes over slog.Default until restore is called. With it goes package log's output, which
// slog turns into records.
func (l *serverLog) capture() (restore func()) {
	logger, out, flags := slog.Default(), log.Writer(), log.Flags()
	slog.SetDefault(slog.New(slog.NewTextHandler(l, &slog.HandlerOptions{
		ReplaceAttr: func(_ []string, a slog.Attr) slog.Attr {
			if !slices.Contains(shownAttributes, a.Key) {
				return slog.Attr{}
			}
			return a
		},
	})))
	return func() {
		slog.SetDefault(logger)
		log.SetOutput(out)
		log.SetFlags(flags)
	}
}

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
