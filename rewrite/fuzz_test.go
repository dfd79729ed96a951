package rewrite

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/instrumentgo/instrument/analysis/plan"
	"github.com/instrumentgo/instrument/rewrite/internal/stubs"
)

// FuzzWeave weaves functions of every shape: the input's bytes choose receiver, parameters,
// results, names that collide with what weaving inserts or spells, layout and body. What holds for
// every golden text must hold for them.
func FuzzWeave(f *testing.F) {
	r := rand.New(rand.NewPCG(1, 2))
	for range 300 {
		seed := make([]byte, 48)
		for i := range seed {
			seed[i] = byte(r.Uint32())
		}
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		c := &choices{data: data}
		src, site := c.function()
		if len(stubs.Errors(src)) > 0 {
			t.Skip("the input does not type-check: two variables of one name, for example")
		}
		for _, style := range []Style{Build, Reading} {
			checkWoven(t, []byte(src), []*plan.Site{site}, style)
		}
	})
}

// choices makes decisions from bytes; when they run out, the first choice is made.
type choices struct{ data []byte }

func (c *choices) pick(n int) int {
	if len(c.data) == 0 {
		return 0
	}
	b := c.data[0]
	c.data = c.data[1:]
	return int(b) % n
}

func (c *choices) of(list ...string) string { return list[c.pick(len(list))] }

// name is one that weaving might want for itself, or that a type is spelled with.
func (c *choices) name() string {
	return c.of("a", "b", "_", "ctx", "err", "r0", "call", "p0", "p1", "context", "time", "error", "nil", "string", "T", "K", "n", "r", "instrumentContext", "recv", "retErr")
}

func (c *choices) typ() string {
	return c.of("int", "string", "time.Duration", "*T", "[]T", "func(a int) error", "error", "map[string]time.Duration", "struct{ n int }", "interface{ Err() error }")
}

// function returns a file with one function, and a site for it.
func (c *choices) function() (string, *plan.Site) {
	site := &plan.Site{Func: "F", Var: "instrumentF", Entry: plan.EntryNone, Ctx: -1, Err: -1, Shape: plan.Prologue}
	gap := c.of(" ", "\n\t", "  ")
	recv := ""
	switch c.pick(5) {
	case 1:
		recv, site.Func = "("+c.name()+" *T)", "(*T).F"
	case 2:
		recv, site.Func = "("+c.name()+" T)", "T.F"
	case 3:
		recv, site.Func = "("+c.name()+" G["+c.of("_", "K")+"])", "G.F"
	case 4:
		recv, site.Func = "(*(T))", "(*T).F"
	}
	params, n := c.params()
	if c.pick(4) > 0 {
		site.Entry = plan.EntryContext
		if c.pick(4) == 0 {
			site.Entry = plan.EntryKept
		}
		site.Ctx = c.pick(len(params) + 1)
		params = append(params[:site.Ctx:site.Ctx], append([]string{c.variable(n, "context.Context")}, params[site.Ctx:]...)...)
	}
	if len(params) > 0 && site.Ctx != len(params)-1 && c.pick(4) == 0 {
		last := len(params) - 1
		words := strings.SplitN(params[last], " ", 2)
		if n && len(words) == 2 {
			params[last] = words[0] + " ..." + words[1]
		}
	}
	results, named := c.params()
	if c.pick(4) > 0 {
		site.ErrAs, site.Err = plan.ErrError, c.pick(len(results)+1)
		results = append(results[:site.Err:site.Err], append([]string{c.variable(named, "error")}, results[site.Err:]...)...)
		site.Allow = c.pick(3) == 0
		if c.pick(2) == 0 {
			site.Shape, site.Allow, site.Around = plan.Attempt, false, c.pick(2) == 0
		}
		c.policies(site, params, n)
	}
	list := ""
	if len(results) > 0 {
		list = "(" + gap + strings.Join(results, ","+gap)
		if strings.Contains(gap, "\n") {
			list += ",\n"
		}
		list += ")"
	}
	in := strings.Join(params, ","+gap)
	if strings.Contains(gap, "\n") && in != "" {
		in = gap + in + ", // last\n"
	}
	body := c.of(
		" panic(1) ", "\n\tpanic(1)\n", "\n\t// leading\n\n\tpanic(1) // trailing\n", " // beside\n\tpanic(1)\n",
		"\nL:\n\tfor {\n\t\tbreak L\n\t}\n\tpanic(1)\n", "\n\terr := 1\n\t_ = err\n\tpanic(1)\n", " select {} ",
		"\n\tfunc() { defer func() { _ = recover() }() }()\n\tpanic(`a\n`)\n",
	)
	src := fmt.Sprintf("package p%s\nimport (\n\t\"context\"\n\t\"time\"\n)\n\nvar (\n\t_ context.Context\n\t_ time.Duration\n)\n\ntype T struct{ n int }\n\nfunc asks() error { return nil }\n\nvar keep interface{ Release(key string) error }\n\ntype G[K any] struct{ k K }\n\nfunc %s F(%s) %s {%s}%s func beside() {}\n",
		"\n", recv, in, list, body, c.of("\n\n", "; "))
	return src, site
}

// policies adds what may stand around the body, with a parameter as key where one will do.
func (c *choices) policies(site *plan.Site, params []string, named bool) {
	ask := &plan.Callee{Name: "asks"}
	for _, aspect := range []string{"limit", "authz", "validate"} {
		if c.pick(4) == 0 {
			step := plan.Step{Aspect: aspect}
			if aspect != "limit" {
				step.Func = ask
			}
			site.Steps = append(site.Steps, step)
		}
	}
	site.Start = site.Entry == plan.EntryContext && c.pick(3) == 0
	if site.Shape != plan.Attempt {
		return
	}
	site.Retry = c.pick(2) == 0
	site.Hedge = site.Entry == plan.EntryContext && c.pick(3) == 0
	for _, p := range params {
		name, t, _ := strings.Cut(p, " ")
		if !named || name == "_" || t != "int" && t != "string" {
			continue
		}
		key := []plan.Expr{{Go: name, As: plan.AsText}}
		if t == "int" {
			key = []plan.Expr{{Go: name, As: plan.AsInt, Cast: true}}
		}
		if c.pick(2) == 0 {
			site.Steps = append(site.Steps, plan.Step{Aspect: "idempotent", Keys: []plan.Expr{{Go: name}}, Same: []plan.Expr{{Go: name}}, Store: &plan.Expr{Go: "keep", Guards: []string{"keep"}}})
		}
		site.Steps = append(site.Steps, plan.Step{Aspect: "cache", Keys: key}, plan.Step{Aspect: "breaker", Keys: key})
		return
	}
}

// params returns up to three parameters or results, all named or none.
func (c *choices) params() (list []string, named bool) {
	named = c.pick(3) > 0
	for range c.pick(4) {
		list = append(list, c.variable(named, c.typ()))
	}
	return list, named
}

func (c *choices) variable(named bool, t string) string {
	if named {
		return c.name() + " " + t
	}
	return t
}
