// Command soak calls woven functions from many goroutines, with callees that fail, panic, leave by
// runtime.Goexit, stall and outlive their context, and callers that cancel. At the end nothing may
// be lost: each permit and slot is back, no goroutine is left, no body ran beside more others than
// its bulkhead allows, and each count that the metrics have is the one that callers and callees
// have made themselves. It prints a table of the sites and what is wrong with them, and exits with
// 1 if anything is.
//
// Usage: go run ./soak [-d duration] [-n goroutines]
package main

import (
	"flag"
	"fmt"
	"io"
	"os"
	"runtime"
	"text/tabwriter"
	"time"
)

func main() {
	d := flag.Duration("d", time.Minute, "how long to call")
	n := flag.Int("n", 64, "goroutines that call")
	flag.Parse()
	r := soak("soak", *d, *n, runtime.NumGoroutine)
	r.print(os.Stdout)
	if len(r.wrong) > 0 {
		os.Exit(1)
	}
}

// report is how a run ended.
type report struct {
	subjects []*subject
	wrong    []string // one line each
}

func (r *report) print(w io.Writer) {
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(t, "site\tcalls\tsucceeded\tfailed\tpanicked\texited\tbodies\tat once\t")
	for _, s := range r.subjects {
		c := &s.counts
		fmt.Fprintf(t, "%s\t%d\t%d\t%d\t%d\t%d\t%d\t%d\t\n", s.name, c.calls, c.ended[""], c.calls-c.ended[""], c.panicked, c.exited,
			s.bodies.Load(), s.most.Load())
	}
	t.Flush()
	for _, line := range r.wrong {
		fmt.Fprintln(w, line)
	}
	if len(r.wrong) == 0 {
		fmt.Fprintln(w, "every count is right")
	}
}
