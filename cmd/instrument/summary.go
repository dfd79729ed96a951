package main

import (
	"cmp"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"text/tabwriter"

	"github.com/instrumentgo/instrument/analysis/plan"
	"github.com/instrumentgo/instrument/aspects"
)

// A summary fits a screen: at most so many rows of packages, and so many reasons for skips.
const (
	summaryRows  = 30
	summarySkips = 12
)

// printSummary prints how many functions and calls of each package have each aspect, and how many
// skips there are for each reason.
func printSummary(w io.Writer, p *plan.Plan) {
	rows, columns := tally(p)
	if len(rows) > 0 {
		printTally(w, rows, columns)
	}
	printSkips(w, p, len(rows) > 0)
}

// tallied counts what one row of a summary stands for.
type tallied struct {
	functions, calls int
	aspects          map[string]int // by name
}

func (t *tallied) add(o *tallied) {
	t.functions += o.functions
	t.calls += o.calls
	for name, n := range o.aspects {
		t.aspects[name] += n
	}
}

// tally counts by package, and lists the aspects that occur, the built-in ones first and in order.
func tally(p *plan.Plan) (rows map[string]*tallied, columns []string) {
	rows = map[string]*tallied{}
	seen := map[string]bool{}
	for _, pkg := range p.Packages {
		row := &tallied{aspects: map[string]int{}}
		for _, s := range pkg.AllSites() {
			row.functions++
			for _, a := range s.Aspects {
				row.aspects[a.Name]++
				seen[a.Name] = true
			}
		}
		row.calls = len(pkg.Calls)
		for _, c := range pkg.Calls {
			if c.Site != nil {
				row.functions--
			}
		}
		if row.functions+row.calls > 0 {
			rows[pkg.Path] = row
		}
	}
	for _, name := range append(aspects.DefaultOrder(), slices.Sorted(maps.Keys(seen))...) {
		if seen[name] && !slices.Contains(columns, name) {
			columns = append(columns, name)
		}
	}
	return folded(rows), columns
}

// folded puts the packages of a folder into one row, named with "/...", as deep in the tree as a
// screen allows.
func folded(rows map[string]*tallied) map[string]*tallied {
	depth := 0
	for path := range rows {
		depth = max(depth, strings.Count(path, "/")+1)
	}
	for ; len(rows) > summaryRows && depth > 1; depth-- {
		shorter := map[string]*tallied{}
		for path, row := range rows {
			plain := strings.TrimSuffix(path, "/...")
			if parts := strings.Split(plain, "/"); len(parts) >= depth {
				path = strings.Join(parts[:depth-1], "/") + "/..."
			}
			if shorter[path] == nil {
				shorter[path] = &tallied{aspects: map[string]int{}}
			}
			shorter[path].add(row)
		}
		rows = shorter
	}
	return rows
}

func printTally(w io.Writer, rows map[string]*tallied, columns []string) {
	names := slices.Sorted(maps.Keys(rows))
	all := &tallied{aspects: map[string]int{}}
	for _, name := range names {
		all.add(rows[name])
	}
	common := names[0]
	for _, name := range names[1:] {
		for common != "" && !strings.HasPrefix(name+"/", common+"/") {
			common = common[:max(strings.LastIndexByte(common, '/'), 0)]
		}
	}
	short := func(name string) string { return cmp.Or(strings.Trim(strings.TrimPrefix(name, common), "/"), ".") }
	width := len(common)
	for _, name := range names {
		width = max(width, len(short(name)))
	}

	// The writer aligns all columns to the right; names are filled up to stand on the left.
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', tabwriter.AlignRight)
	cells := func(name string, counts ...string) {
		fmt.Fprintf(t, "%s\t%s\t\n", name+strings.Repeat(" ", width-len(name)), strings.Join(counts, "\t"))
	}
	line := func(name string, row *tallied) {
		counts := []string{number(row.functions)}
		if all.calls > 0 {
			counts = append(counts, number(row.calls))
		}
		for _, c := range columns {
			counts = append(counts, number(row.aspects[c]))
		}
		cells(name, counts...)
	}
	heads := []string{"functions"}
	if all.calls > 0 {
		heads = append(heads, "calls")
	}
	cells(common, append(heads, columns...)...)
	for _, name := range names {
		line(short(name), rows[name])
	}
	if len(names) > 1 {
		line("all", all)
	}
	t.Flush()
}

func number(n int) string {
	if n == 0 {
		return "-"
	}
	return fmt.Sprint(n)
}

// printSkips prints the reasons of skips, the most frequent first, each with where it stands first.
func printSkips(w io.Writer, p *plan.Plan, below bool) {
	type reason struct {
		text, first string
		n           int
	}
	var reasons []*reason
	for _, pkg := range p.Packages {
		for _, s := range pkg.Skips {
			text := skippedBy(s) + ": " + s.Reason
			i := slices.IndexFunc(reasons, func(r *reason) bool { return r.text == text })
			if i < 0 {
				i = len(reasons)
				reasons = append(reasons, &reason{text: text, first: fmt.Sprintf("%s:%d %s", s.Pos.File, s.Pos.Line, s.Func)})
			}
			reasons[i].n++
		}
	}
	if len(reasons) == 0 {
		return
	}
	slices.SortStableFunc(reasons, func(a, b *reason) int { return cmp.Or(b.n-a.n, strings.Compare(a.text, b.text)) })
	if below {
		fmt.Fprintln(w)
	}
	fmt.Fprintln(w, "skipped")
	for i, r := range reasons {
		if i == summarySkips {
			rest := 0
			for _, r := range reasons[i:] {
				rest += r.n
			}
			fmt.Fprintf(w, "%5d  for %d other reasons, which plan lists without -summary\n", rest, len(reasons)-i)
			return
		}
		fmt.Fprintf(w, "%5d  %s (%s", r.n, r.text, r.first)
		if r.n > 1 {
			fmt.Fprintf(w, " and %d more", r.n-1)
		}
		fmt.Fprintln(w, ")")
	}
}
