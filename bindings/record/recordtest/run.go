package recordtest

import (
	"bytes"
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/instrumentgo/instrument/bindings"
	"github.com/instrumentgo/instrument/bindings/record"
)

// Case is a provider to record.
type Case struct {
	Provider  *bindings.Provider
	URL       string
	Namespace string

	// Settle waits until all that runs is waiting, such as synctest.Wait, so that two recordings
	// are the same; nil if that is not asked for.
	Settle func()

	// Write sets the secret or the configuration of a space, as who operates the provider does; nil
	// if there are none.
	Write func(space bindings.Space, text string)
}

// Run records the program and runs it again on the recording, which it returns.
func Run(t *testing.T, c Case) []byte {
	t.Helper()
	var recording bytes.Buffer
	rec := record.New(&recording)
	wrapped := rec.Wrap(c.Provider)
	first := play(t, c, wrapped, wrapped.Kinds)
	replay, err := record.Read(bytes.NewReader(recording.Bytes()))
	if err != nil {
		t.Fatal(err)
	}
	write := c.Write
	c.Write = func(bindings.Space, string) {}
	if write == nil {
		c.Write = nil
	}
	second := play(t, c, replay.Provider(), wrapped.Kinds)
	if first != second {
		t.Errorf("the program says on the recording:\n%s\nand said while it was recorded:\n%s", second, first)
	}
	if err := replay.Err(); err != nil {
		t.Errorf("the recording lacks: %v", err)
	}
	if unused := replay.Unused(); len(unused) > 0 {
		t.Errorf("was recorded and never asked:\n%s", strings.Join(unused, "\n"))
	}
	if t.Failed() {
		t.Logf("the recording:\n%s", recording.Bytes())
	}
	return recording.Bytes()
}

// program is what is run: it notes all that it sees.
type program struct {
	t        *testing.T
	c        Case
	ctx      context.Context
	platform *bindings.Platform
	strings.Builder
}

// play opens a platform with a provider and runs the program on it.
func play(t *testing.T, c Case, provider *bindings.Provider, kinds []bindings.Kind) string {
	t.Helper()
	env := bindings.Environment{Name: "recorded", Namespace: c.Namespace}
	for _, name := range []string{"carts", "counters", "apart", "placed", "jobs", "invoices", "key", "limits"} {
		b := bindings.Binding{Name: name, URL: c.URL}
		if name == "apart" {
			b.Options = map[string]bindings.Value{"tenants": {Text: "true"}}
		}
		env.Bindings = append(env.Bindings, b)
	}
	p, err := bindings.Open(t.Context(), env, provider)
	if err != nil {
		t.Fatal(err)
	}
	run := &program{t: t, c: c, ctx: t.Context(), platform: p}
	for _, part := range []struct {
		kind bindings.Kind
		do   func()
	}{{bindings.KV, run.entries}, {bindings.KV, run.lists}, {bindings.KV, run.watch}, {bindings.KV, run.tenants},
		{bindings.Topic, run.messages},
		{bindings.Lock, run.locks}, {bindings.Blob, run.objects}, {bindings.Secret, run.secret}, {bindings.Config, run.config}} {
		if slices.Contains(kinds, part.kind) {
			part.do()
		}
	}
	if err := p.Close(context.Background()); err != nil {
		t.Errorf("close: %v", err)
	}
	return run.String()
}

// note notes what an operation has returned.
func (p *program) note(what string, values ...any) {
	fmt.Fprint(p, what, ":")
	for _, v := range values {
		if err, ok := v.(error); ok {
			fmt.Fprintf(p, " (%v) %v", bindings.Code(err), err)
			continue
		}
		fmt.Fprintf(p, " %q", fmt.Sprintf("%+v", v))
	}
	fmt.Fprintln(p)
}

func (p *program) settle() {
	if p.c.Settle != nil {
		p.c.Settle()
	}
}

// must ends the test at an error that leaves nothing to go on with.
func (p *program) must(err error) {
	p.t.Helper()
	if err != nil {
		p.t.Fatal(err)
	}
}
