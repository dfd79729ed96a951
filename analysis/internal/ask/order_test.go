package ask

import (
	"go/ast"
	"go/token"
	"slices"
	"strings"
	"testing"

	"github.com/instrumentgo/instrument/analysis/finding"
	"github.com/instrumentgo/instrument/analysis/internal/order"
	"github.com/instrumentgo/instrument/analysis/internal/source"
	"github.com/instrumentgo/instrument/analysis/plan"
)

// orderedRules have an order, and the custom advices audit and bill.
func orderedRules(names ...string) *Rules {
	set := &Rules{p: &source.Program{Fset: token.NewFileSet(), Findings: &finding.List{}}, custom: map[string]*plan.Ref{"audit": {}, "bill": {}}}
	for _, name := range names {
		set.order.Names = append(set.order.Names, order.Name{Aspect: name})
	}
	return set
}

func said(p *source.Program) string {
	var list []string
	for _, d := range p.Findings.Sorted() {
		list = append(list, d.Message)
	}
	return strings.Join(list, "; ")
}

// Whatever the order in which aspects are asked for, they are woven in the declared one.
func TestSort(t *testing.T) {
	for _, c := range []struct{ order, want, sorted, says string }{
		{"", "breaker retry timeout log metrics trace recover", "recover trace metrics log timeout retry breaker", ""},
		{"", "bulkhead hedge fallback cache idempotent validate authz limit breaker timeout", "limit authz validate idempotent cache fallback timeout hedge breaker bulkhead", ""},
		{"validate limit", "limit authz validate", "validate limit authz", ""},
		{"", "audit breaker trace", "trace breaker audit", ""},
		{"log trace", "metrics trace log", "log trace metrics", ""},
		{"metrics", "log metrics trace", "metrics trace log", ""},
		{"bill audit", "audit retry bill", "retry bill audit", ""},
		{"bill", "bill audit", "bill audit", "custom advice audit and bill meet on F and must have a declared order"},
		{"", "bill audit", "audit bill", "custom advice audit and bill meet on F and must have a declared order"},
	} {
		rules := orderedRules(strings.Fields(c.order)...)
		rules.checkOrder()
		var want []*Want
		for _, name := range strings.Fields(c.want) {
			want = append(want, &Want{Name: name, Advice: rules.custom[name]})
		}
		rules.sort(&source.Func{Program: rules.p, Key: "F", Decl: &ast.FuncDecl{Type: &ast.FuncType{}, Name: ast.NewIdent("F")}}, want)
		var sorted []string
		for _, w := range want {
			sorted = append(sorted, w.Name)
		}
		if !slices.Equal(sorted, strings.Fields(c.sorted)) || said(rules.p) != c.says {
			t.Errorf("under %q, %q must be %q (%s), and is %q (%s)", c.order, c.want, c.sorted, c.says, sorted, said(rules.p))
		}
	}
}

func TestCheckOrder(t *testing.T) {
	for _, c := range []struct{ order, says string }{
		{"recover log metrics trace timeout retry breaker audit bill", ""},
		{"validate authz limit", ""},
		{"trace trace", `order must name "trace" once`},
		{"audit audit", `order must name "audit" once`},
		{"trase", `order must name aspects, not "trase"`},
		{"trase recover", `order must name aspects, not "trase"`},
		{"trace recover", "order must have recover outside trace: what stands outside recover would see the panic itself"},
		{"timeout log", "order must have log outside timeout: a call must be observed once, with its final outcome"},
		{"retry timeout", "order must have timeout outside retry: the deadline bounds all attempts together"},
		{"breaker retry", "order must have retry outside breaker: each attempt needs a permit and a slot of its own: one breaker permit must not stand for several calls"},
		{"cache authz", "order must have authz outside cache: a call must be refused before it costs anything, and a caller who may not make it must not get a stored result"},
		{"cache idempotent", "order must have idempotent outside cache: a claim is for the whole call, whatever answers it"},
		{"fallback cache", "order must have cache outside fallback: a cached result needs no fallback, and the cache must see which answers are the fallback's, so as not to keep them"},
		{"timeout fallback", "order must have fallback outside timeout: the fallback answers when everything else failed, including the deadline and the breaker"},
		{"retry hedge", "order must have hedge outside retry: each branch retries on its own"},
		{"bulkhead breaker", "order must have breaker outside bulkhead: an open breaker must refuse before a slot is taken, and count a full bulkhead as a failure"},
		{"audit breaker", "order must have breaker outside audit: custom advice runs next to the body"},
	} {
		rules := orderedRules(strings.Fields(c.order)...)
		if rules.checkOrder(); said(rules.p) != c.says {
			t.Errorf("order %q must say %q, and says %q", c.order, c.says, said(rules.p))
		}
	}
}
