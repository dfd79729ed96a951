package demo

import (
	"fmt"
	"io"
	"net/http"
	"strings"
	"text/tabwriter"
)

// What a build says of itself, before the scenes and after them. Each names the other build.
const (
	wovenHead = `A web shop, woven. None of its functions traces, measures, retries or recovers: the line under each title asks for it.
`
	plainHead = `A web shop, as written. None of its functions traces, measures, retries or recovers, and what the line under each title
asks for takes a woven build.
`
	wovenFoot = `%d spans were recorded. To see the same program as written: go run ./examples/shop -demo
`
	plainFoot = `%d spans were recorded, all of bindings: this build is not woven. To see the same program with spans and metrics of
its functions, retries, the breaker, the deadline and the recover:

    go run ./cmd/instrument go run ./examples/shop -demo
`
)

// Print writes the report: each scenario with its requests and traces, then the metrics. The same
// build prints the same text.
func (r *Report) Print(out io.Writer) error {
	p := &printer{out: out}
	head := wovenHead
	if r.Woven == 0 {
		head = plainHead
	}
	p.printf("%s\n", head)
	for _, scene := range r.Scenes {
		p.printf("%s\n  %s: %s\n", scene.Title, scene.File, scene.Line)
		for _, same := range group(scene.Answers) {
			p.answer(same)
		}
		p.printf("\n")
	}
	if r.Woven == 0 {
		p.printf(plainFoot, r.Spans)
		return p.err
	}
	for _, t := range r.tables {
		p.table(t)
	}
	p.counts(r.counts)
	p.printf(wovenFoot, r.Spans)
	return p.err
}

// PrintAnswers writes what the shop answered, and not what was recorded: the same text, whatever
// the shop runs on.
func (r *Report) PrintAnswers(out io.Writer) error {
	p := &printer{out: out}
	for _, scene := range r.Scenes {
		p.printf("%s\n", scene.Title)
		for _, answer := range scene.Answers {
			answer.Log, answer.Trace = "", ""
			p.answer(repeated{answer, 1})
		}
		p.printf("\n")
	}
	return p.err
}

// repeated is an answer and how often it came.
type repeated struct {
	Answer
	times int
}

// group joins answers that are the same, in the order of the first of each.
func group(answers []Answer) []repeated {
	var groups []repeated
	at := make(map[Answer]int)
	for _, answer := range answers {
		if !answer.printable() {
			answer.Body = "" // which has a number of its own
		}
		i, seen := at[answer]
		if !seen {
			i = len(groups)
			at[answer] = i
			groups = append(groups, repeated{Answer: answer})
		}
		groups[i].times++
	}
	return groups
}

// printer writes until the first error.
type printer struct {
	out io.Writer
	err error
}

func (p *printer) printf(format string, args ...any) {
	if p.err == nil {
		_, p.err = fmt.Fprintf(p.out, format, args...)
	}
}

// answer writes a request, its status and its trace.
func (p *printer) answer(a repeated) {
	request := a.Request
	if a.times > 1 {
		request = fmt.Sprintf("%s  (%d times)", request, a.times)
	}
	status := "connection closed"
	if a.Status != 0 {
		status = fmt.Sprintf("%d %s", a.Status, http.StatusText(a.Status))
	}
	switch {
	case a.Charges == 1:
		status += ", 1 gateway call"
	case a.Charges > 1 || strings.HasPrefix(a.Request, http.MethodPost):
		status += fmt.Sprintf(", %d gateway calls", a.Charges)
	}
	if a.Charges > 0 && a.times > 1 {
		status += " each"
	}
	p.printf("  %-52s → %s\n", request, status)
	if a.printable() {
		for line := range strings.Lines(a.Body) {
			p.printf("      %s\n", strings.TrimSuffix(line, "\n"))
		}
	}
	if a.Log != "" {
		p.printf("      log: %s\n", a.Log)
	}
	for line := range strings.Lines(a.Trace) {
		p.printf("      %s", line)
	}
}

// table writes a histogram's counts.
func (p *printer) table(t table) {
	lines := []string{t.metric + "\tcalls\tfailed\toutcomes"}
	for _, r := range t.rows {
		lines = append(lines, fmt.Sprintf("  %s\t%5d\t%s\t%s", r.name, r.calls, r.rate(), r.ends()))
	}
	p.columns(lines)
}

// counts writes the counters.
func (p *printer) counts(all []count) {
	if len(all) == 0 {
		return
	}
	lines := []string{"counter\tvalue\tof\t"}
	for _, c := range all {
		lines = append(lines, fmt.Sprintf("  %s\t%5d\t%s\t%s", c.metric, c.value, c.of, c.attributes))
	}
	p.columns(lines)
}

// columns writes lines whose cells end in tabs, aligned, and an empty line.
func (p *printer) columns(lines []string) {
	var aligned strings.Builder
	w := tabwriter.NewWriter(&aligned, 0, 0, 2, ' ', 0)
	for _, line := range lines {
		fmt.Fprintln(w, line)
	}
	w.Flush() // a strings.Builder takes everything
	for line := range strings.Lines(aligned.String()) {
		p.printf("%s\n", strings.TrimRight(line, " \n"))
	}
	p.printf("\n")
}
