package bindgraph

import (
	"bytes"
	"encoding/json"
	"encoding/xml"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/instrumentgo/instrument/analysis/plan"
	"github.com/instrumentgo/instrument/bindings"
)

var update = flag.Bool("update", false, "rewrite the golden files")

// shop is a plan with a use of each kind, and names that each format must escape.
func shop() []*plan.Package {
	at := func(file string, line int) plan.Position {
		return plan.Position{File: file, Line: line, Column: 2}
	}
	payments := &plan.Ref{Path: "example.com/shop/payments", Pkg: "payments", Name: "Service"}
	return []*plan.Package{
		{Path: "example.com/shop/orders", Name: "orders", Binds: []plan.Bind{{Type: "Orders", Pos: at("orders/orders.go", 10), Fields: []plan.Field{
			{Field: "Carts", Pos: at("orders/orders.go", 11), Name: "carts", Kind: "kv", Types: []string{"CartID", "Cart"}},
			{Field: "Placed", Pos: at("orders/orders.go", 12), Name: "placed", Kind: "topic", Types: []string{"OrderPlaced"}},
			{Field: "Invoices", Pos: at("orders/orders.go", 13), Name: "invoices", Kind: "blob"},
			{Field: "DB", Pos: at("orders/orders.go", 14), Name: "stock", Kind: "sql"},
			{Field: "Pay", Pos: at("orders/orders.go", 15), Name: "pay", Kind: "service", Service: payments},
			{Field: "Key", Pos: at("orders/orders.go", 16), Name: "key", Kind: "secret"},
			{Field: "Jobs", Pos: at("orders/orders.go", 17), Name: "jobs", Kind: "lock"},
		}, Handles: []plan.Handler{
			{Method: "OnPaid", Pos: at("orders/orders.go", 40), Topic: "paid", Group: "orders.on-paid", Message: "payments.Paid"},
		}}}},
		{Path: "example.com/shop/payments", Name: "payments", Binds: []plan.Bind{{Type: "Payments", Pos: at("payments/payments.go", 8), Fields: []plan.Field{
			{Field: "Paid", Pos: at("payments/payments.go", 9), Name: "paid", Kind: "topic", Types: []string{"Paid"}},
			{Field: "Limits", Pos: at("payments/payments.go", 10), Name: "limits", Kind: "config", Types: []string{"Limits"}},
			{Field: "Odd", Pos: at("payments/payments.go", 11), Name: `a "b" <c> & #d; \e`, Kind: "kv", Types: []string{"string", `struct{ A int "json:\"ä\"" }`}},
		}}}, Services: []plan.Service{{Interface: "Service", Pos: at("payments/payments.go", 20), Methods: []plan.ServiceMethod{{Name: "Charge"}, {Name: "Refund"}}}}},
		{Path: "example.com/shop/mails", Name: "mails", Binds: []plan.Bind{{Type: "Mails", Pos: at("mails/mails.go", 5), Handles: []plan.Handler{
			{Method: "OnPlaced", Pos: at("mails/mails.go", 9), Topic: "placed", Group: "mails.on-placed", Message: "orders.OrderPlaced"},
			{Method: "OnPaid", Pos: at("mails/mails.go", 14), Topic: "paid", Group: "mails.on-paid", Message: "payments.Paid"},
		}}}},
		{Path: "example.com/shop/untouched", Name: "untouched"},
	}
}

func production() bindings.Environment {
	return bindings.Environment{Name: "prod", Bindings: []bindings.Binding{
		{Name: "carts", URL: "redis://user:hunter2@cache.internal:6379/1?pool=8"}, {Name: "placed", URL: "nats://token@bus.internal:4222"},
		{Name: "invoices", URL: "s3://invoices"}, {Name: "stock", URL: "postgres://db.internal/stock"}, {Name: "pay", URL: "https://payments.internal"},
		{Name: "key", URL: "mem:?value=hunter2"}, {Name: "jobs", URL: "redis://cache.internal:6379"}, {Name: "paid", URL: "nats://bus.internal:4222"},
	}}
}

// Each format of a graph is as its golden file, whatever the order of the plan.
func TestGoldens(t *testing.T) {
	packages := shop()
	for _, c := range []struct {
		name string
		envs []bindings.Environment
	}{{"plain", nil}, {"prod", []bindings.Environment{production()}}} {
		g := Of(packages, c.envs...)
		for ext, text := range formats(t, g) {
			golden(t, c.name+"."+ext, text)
			if strings.Contains(text, "hunter2") || strings.Contains(text, "token") {
				t.Errorf("%s must tell no credentials", ext)
			}
		}
	}
	packages[0], packages[2] = packages[2], packages[0]
	want, got := formats(t, Of(shop())), formats(t, Of(packages))
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("the order of packages must not count:\n%s", diff)
	}
}

func formats(t *testing.T, g *Graph) map[string]string {
	t.Helper()
	data, err := g.JSON()
	if err != nil {
		t.Fatal(err)
	}
	page, err := g.HTML()
	if err != nil {
		t.Fatal(err)
	}
	return map[string]string{"json": string(data), "mmd": g.Mermaid(), "dot": g.DOT(), "svg": g.SVG(), "html": page}
}

func golden(t *testing.T, name, got string) {
	t.Helper()
	path := filepath.Join("testdata", name)
	if *update {
		if err := errors.Join(os.MkdirAll("testdata", 0o777), os.WriteFile(path, []byte(got), 0o666)); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatalf("%v (write it with -update)", err)
	}
	if diff := cmp.Diff(string(want), got); diff != "" {
		t.Errorf("%s differs (-want +got):\n%s", name, diff)
	}
}

// Every edge of the JSON has its ends among the nodes, and what uses a binding is listed with its
// place.
func TestJSON(t *testing.T) {
	data, err := Of(shop(), production()).JSON()
	if err != nil {
		t.Fatal(err)
	}
	var g Graph
	if err := json.Unmarshal(data, &g); err != nil {
		t.Fatal(err)
	}
	ids := map[string]bool{}
	for _, s := range g.Services {
		ids[s.ID] = true
	}
	for _, b := range g.Bindings {
		ids[b.ID] = true
		if len(b.Uses) == 0 || b.Uses[0].Line == 0 || !ids[b.Uses[0].Service] {
			t.Errorf("%s must have a use with its place and service: %+v", b.ID, b.Uses)
		}
	}
	for _, i := range g.Interfaces {
		ids[i.ID] = true
	}
	for _, e := range g.Edges {
		if !ids[e.From] || !ids[e.To] {
			t.Errorf("edge must have known ends: %+v", e)
		}
	}
}

// The drawing is well-formed, says every name, and lies within its own borders.
func TestSVG(t *testing.T) {
	for _, packages := range [][]*plan.Package{shop(), large(12, 18), nil} {
		text := Of(packages, production()).SVG()
		decoder := xml.NewDecoder(strings.NewReader(text))
		for {
			if _, err := decoder.Token(); errors.Is(err, io.EOF) {
				break
			} else if err != nil {
				t.Fatalf("%v in\n%s", err, text)
			}
		}
	}
	text := Of(shop(), production()).SVG()
	for _, want := range []string{">orders<", ">carts<", "redis://cache.internal:6379/1", "a &#34;b&#34; &lt;c&gt; &amp; #d; \\e", "<title id=", "payments offers payments.Service"} {
		if !strings.Contains(text, want) {
			t.Errorf("drawing must have %q", want)
		}
	}
	if got := Of(nil).SVG(); !strings.Contains(got, "No service has bindings.") {
		t.Error("an empty drawing must say so")
	}
}

// large is a plan of many services, each with topics to neighbours and stores of its own.
func large(services, stores int) (packages []*plan.Package) {
	for i := range services {
		bind := plan.Bind{Type: fmt.Sprintf("Service%d", i), Pos: plan.Position{File: "x.go", Line: 1, Column: 1}}
		bind.Fields = append(bind.Fields,
			plan.Field{Field: "Out", Name: fmt.Sprintf("events-%d", i), Kind: "topic", Types: []string{"Event"}},
			plan.Field{Field: "A", Name: fmt.Sprintf("store-%d", i%stores), Kind: "kv", Types: []string{"string", "Value"}},
			plan.Field{Field: "B", Name: fmt.Sprintf("store-%d", (i+1)%stores), Kind: "kv"})
		bind.Handles = []plan.Handler{{Method: "On", Topic: fmt.Sprintf("events-%d", (i+services-1)%services), Group: "g", Message: "Event"}}
		packages = append(packages, &plan.Package{Path: fmt.Sprintf("example.com/large/service%02d", i), Name: "service", Binds: []plan.Bind{bind}})
	}
	return packages
}

// Thirty nodes in a chain can be drawn with few crossings, and no two nodes overlap.
func TestLayout(t *testing.T) {
	d := Of(large(12, 12)).layout()
	n := 0
	for _, layer := range d.layers {
		for i, b := range layer {
			if b.node != nil {
				n++
			}
			if i > 0 && layer[i-1].y+layer[i-1].h > b.y {
				t.Errorf("%s overlaps %s", b.key, layer[i-1].key)
			}
			if b.x < 0 || b.y < 0 || b.x+b.w > d.width || b.y+b.h > d.height {
				t.Errorf("%s is outside of the drawing", b.key)
			}
			if b.node != nil && width(b.node.name, nameSize, true) > b.w-barWidth-2*padX+.01 {
				t.Errorf("%s is wider than its box", b.node.name)
			}
		}
	}
	if n < 30 {
		t.Fatalf("the test has %d nodes", n)
	}
	if c := d.crossings(); c > len(d.links) {
		t.Errorf("%d crossings of %d lines", c, len(d.links))
	} else {
		t.Logf("%d crossings of %d lines", c, len(d.links))
	}
}

func TestFitted(t *testing.T) {
	long := "a-very-long-logical-name-of-a-binding-that-nobody-would-want-to-read-in-full"
	short := fitted(long, nameSize, true, textMost)
	if width(short, nameSize, true) > textMost || !strings.HasPrefix(short, "a-very") || !strings.HasSuffix(short, "full") || !strings.Contains(short, "…") {
		t.Errorf("%q is %q", long, short)
	}
	if got := fitted("carts", nameSize, true, textMost); got != "carts" {
		t.Errorf("carts is %q", got)
	}
	if wide := strings.Repeat("店", 60); width(fitted(wide, lineSize, false, textMost), lineSize, false) > textMost {
		t.Error("Chinese must be shortened too")
	}
}

var mermaidLine = regexp.MustCompile(`^  (\w+(\[|\(|\[\(|\(\[|\[\[)"[^"]*"(\]|\)|\)\]|\]\)|\]\])|\w+ (-->|-\.-)(\|"[^"]*"\|)? \w+)$`)

// Mermaid has its header, nodes with quoted labels that hold no quotes, and edges between nodes
// that it knows.
func TestMermaid(t *testing.T) {
	lines := strings.Split(strings.TrimSuffix(Of(shop(), production()).Mermaid(), "\n"), "\n")
	if lines[0] != "flowchart LR" {
		t.Errorf("first line is %q", lines[0])
	}
	known := map[string]bool{}
	for _, line := range lines[1:] {
		if !mermaidLine.MatchString(line) {
			t.Errorf("line must be a node or an edge: %s", line)
		}
		words := strings.Fields(line)
		if id := regexp.MustCompile(`^\w+`).FindString(words[0]); !strings.Contains(line, "-->") && !strings.Contains(line, "-.-") {
			if known[id] {
				t.Errorf("%s is there twice", id)
			}
			known[id] = true
		} else if !known[id] || !known[words[len(words)-1]] {
			t.Errorf("edge must be between nodes: %s", line)
		}
	}
}

// Graphviz, where it is installed, takes the graph and finds all that is in it.
func TestDOT(t *testing.T) {
	dot, err := exec.LookPath("dot")
	if err != nil {
		t.Skip("SKIPPED: no dot of Graphviz in PATH")
	}
	g := Of(shop(), production())
	cmd := exec.Command(dot, "-Tjson")
	cmd.Stdin = strings.NewReader(g.DOT())
	var errs bytes.Buffer
	cmd.Stderr = &errs
	out, err := cmd.Output()
	if err != nil || errs.Len() > 0 {
		t.Fatalf("dot: %v: %s\n%s", err, errs.String(), g.DOT())
	}
	var read struct {
		Objects []struct{ Name, Label string }
		Edges   []any
	}
	if err := json.Unmarshal(out, &read); err != nil {
		t.Fatal(err)
	}
	labels := map[string]string{}
	for _, o := range read.Objects {
		labels[o.Name] = o.Label
	}
	for _, n := range g.nodes() {
		if label, ok := labels[strings.NewReplacer("&", "&amp;", `\`, `\\`).Replace(n.id)]; !ok {
			t.Errorf("dot must have read %s: %v", n.id, labels)
		} else if label == "" {
			t.Errorf("%s must have a label", n.id)
		}
	}
	if len(read.Edges) != len(g.Edges) {
		t.Errorf("dot has read %d edges of %d", len(read.Edges), len(g.Edges))
	}
}
