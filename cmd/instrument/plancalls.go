package main

import (
	"fmt"
	"io"
	"strings"

	"github.com/instrumentgo/instrument/analysis/plan"
)

// printCalls prints a package's sites, each with the call sites in its function. A function that is
// no site itself stands above its call sites all the same.
func printCalls(w io.Writer, pkg *plan.Package) {
	printed := map[*plan.CallSite]bool{}
	for _, s := range pkg.Sites {
		printSite(w, s)
		for _, c := range pkg.Calls {
			if c.In == s.Func && c.Pos.File == s.Pos.File && !printed[c] {
				printed[c] = true
				printCall(w, c)
			}
		}
	}
	before := ""
	for _, c := range pkg.Calls {
		if printed[c] {
			continue
		}
		if in := c.Pos.File + "  " + c.In; in != before {
			fmt.Fprintf(w, "  %s\n", in)
			before = in
		}
		printCall(w, c)
	}
}

// printCall prints a call site.
func printCall(w io.Writer, c *plan.CallSite) {
	if in := c.InPlace; in != nil {
		fmt.Fprintf(w, "    %s:%d  %s  (in place)\n", c.Pos.File, c.Pos.Line, strings.TrimPrefix(c.Key, c.In+" "))
		fmt.Fprintf(w, "      %s with %s  (rule %q)\n", in.As, in.Context, c.Replace)
		return
	}
	shape := "replaced"
	switch {
	case c.Site != nil:
		shape = string(c.Site.Shape)
	case c.Replace == "":
		shape = "options"
	}
	fmt.Fprintf(w, "    %s:%d  %s  (%s)\n", c.Pos.File, c.Pos.Line, strings.TrimPrefix(c.Key, c.In+" "), shape)
	if c.Replace != "" {
		fmt.Fprintf(w, "      replaced  (rule %q)\n", c.Replace)
	}
	if c.Options != "" {
		fmt.Fprintf(w, "      options   (rule %q)\n", c.Options)
	}
	if c.Site != nil {
		printAspects(w, c.Site)
	}
}
