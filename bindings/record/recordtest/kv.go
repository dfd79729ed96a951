package recordtest

import (
	"time"

	"github.com/instrumentgo/instrument/bindings"
	"github.com/instrumentgo/instrument/bindings/kv"
)

func (p *program) carts(name string) (kv.Of[string, []byte], kv.Abilities) {
	carts, err := kv.Open[string, []byte](p.ctx, p.platform, name)
	p.must(err)
	if name == "apart" {
		return carts, kv.Abilities{}
	}
	abilities, err := carts.Abilities(p.ctx)
	p.must(err)
	return carts, abilities
}

// entries reads and writes.
func (p *program) entries() {
	carts, a := p.carts("carts")
	p.note("abilities", a)
	_, err := carts.Get(p.ctx, "a")
	p.note("get of none", err)
	r, err := carts.Set(p.ctx, "a", []byte(`{"items":[1,2],"note":"<&>"}`))
	p.note("set", r, err)
	e, err := carts.Entry(p.ctx, "a")
	p.note("get", e, err)
	r, err = carts.Set(p.ctx, "bytes\xff/\x00", []byte{0xff, 0, '"'})
	p.note("set bytes", r, err)
	e, err = carts.Entry(p.ctx, "bytes\xff/\x00")
	p.note("get bytes", e, err)
	r, err = carts.Set(p.ctx, "empty", nil)
	p.note("set empty", r, err)
	e, err = carts.Entry(p.ctx, "empty")
	p.note("get empty", e, err)
	r, err = carts.Set(p.ctx, "a", []byte("again"), kv.IfAbsent())
	p.note("set if absent", r, err)
	r, err = carts.Set(p.ctx, "short", []byte("1"), kv.TTL(time.Hour))
	p.note("set with a time to live", r, err)
	p.swaps(carts, e.Revision)
	p.counts()
}

// swaps compares and swaps. stale is the revision of another entry.
func (p *program) swaps(carts kv.Of[string, []byte], stale kv.Revision) {
	old, err := carts.CompareAndSwap(p.ctx, "a", stale, []byte("x"))
	p.note("swap of another revision", old, err)
	e, err := carts.Entry(p.ctx, "a")
	p.note("get", e, err)
	e, err = carts.CompareAndSwap(p.ctx, "a", e.Revision, []byte("[1, 2]"))
	p.note("swap", e, err)
	e, err = carts.CompareAndSwap(p.ctx, "a", e.Revision, []byte("swapped"), kv.Forever())
	p.note("swap for ever", e, err)
	e, err = carts.CompareAndSwap(p.ctx, "none", 1, []byte("x"))
	p.note("swap of none", e, err)
	e, err = carts.Update(p.ctx, "a", func(value []byte, found bool) ([]byte, error) { return append(value, '!'), nil })
	p.note("update", e, err)
	p.note("delete of another revision", carts.CompareAndDelete(p.ctx, "a", stale))
	p.note("delete of its revision", carts.CompareAndDelete(p.ctx, "a", e.Revision))
	p.note("delete", carts.Delete(p.ctx, "a"))
}

// counts increments.
func (p *program) counts() {
	counters, err := kv.Open[string, int64](p.ctx, p.platform, "counters")
	p.must(err)
	for _, delta := range []int64{5, -7, 2} {
		sum, err := counters.Increment(p.ctx, "n", delta)
		p.note("increment", sum, err)
	}
	texts, err := kv.Open[string, []byte](p.ctx, p.platform, "counters")
	p.must(err)
	_, err = texts.Set(p.ctx, "text", []byte("one"))
	p.note("set", err)
	sum, err := counters.Increment(p.ctx, "text", 1)
	p.note("increment of a text", sum, err)
}

// lists reads and writes many.
func (p *program) lists() {
	carts, _ := p.carts("carts")
	p.note("set many", carts.SetMany(p.ctx,
		[]kv.Entry[string, []byte]{{Key: "l/1", Value: []byte("one")}, {Key: "l/2", Value: []byte{0x80}}, {Key: "l/3"}}))
	many, err := carts.GetMany(p.ctx, "l/3", "none", "l/1", "l/2")
	p.note("get many", many, err)
	for cursor := ""; ; {
		page, err := carts.List(p.ctx, "l/", cursor, 2)
		p.note("list", page, err)
		if cursor = page.Cursor; cursor == "" || err != nil {
			break
		}
	}
	for key, err := range carts.Keys(p.ctx, "l") {
		p.note("key", key, err)
	}
	_, err = carts.List(p.ctx, "", "no cursor of this store", 2)
	p.note("list with a strange cursor", err != nil)
}

// watch watches.
func (p *program) watch() {
	carts, _ := p.carts("carts")
	changes, err := carts.Watch(p.ctx, "w/")
	p.note("watch", err)
	if err != nil {
		return
	}
	defer changes.Stop()
	for _, do := range []func() error{
		func() error { _, err := carts.Set(p.ctx, "w/1", []byte("one")); return err },
		func() error { _, err := carts.Set(p.ctx, "w/2", []byte{0xff}); return err },
		func() error { _, err := carts.Set(p.ctx, "w/1", []byte("other")); return err },
		func() error { return carts.Delete(p.ctx, "w/2") },
	} {
		p.must(do())
		change, err := changes.Next(p.ctx)
		p.note("change", change, err)
	}
	changes.Stop()
	_, err = changes.Next(p.ctx)
	p.note("change after stop", err)
}

// tenants keeps data apart.
func (p *program) tenants() {
	apart, _ := p.carts("apart")
	for _, tenant := range []string{"acme", "zeta \xff"} {
		ctx := bindings.WithTenant(p.ctx, tenant)
		_, err := apart.Get(ctx, "a")
		p.note("get of "+tenant, err)
		_, err = apart.Set(ctx, "a", []byte(tenant))
		p.note("set of "+tenant, err)
		v, err := apart.Get(ctx, "a")
		p.note("get of "+tenant, v, err)
	}
	_, err := apart.Get(p.ctx, "a")
	p.note("get of nobody", err)
}
