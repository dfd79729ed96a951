package recordtest

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/instrumentgo/instrument/bindings"
	"github.com/instrumentgo/instrument/bindings/blob"
	"github.com/instrumentgo/instrument/bindings/config"
	"github.com/instrumentgo/instrument/bindings/lock"
	"github.com/instrumentgo/instrument/bindings/secret"
	"github.com/instrumentgo/instrument/bindings/topic"
)

// messages publishes and handles: one message that is fine, one that is tried again, one that is
// rejected, one that is published twice, and one with an ordering key.
func (p *program) messages() {
	placed, err := topic.Open[[]byte](p.ctx, p.platform, "placed")
	p.must(err)
	a, err := placed.Abilities(p.ctx)
	p.note("abilities", a, err)
	handled := make(chan string)
	sub, err := placed.Subscribe(p.ctx, "billing", func(ctx context.Context, m []byte) error {
		d, _ := topic.DeliveryOf(ctx)
		d.Published = time.Time{} // another time, and not recorded
		defer func() { handled <- fmt.Sprintf("%q %+v", m, d) }()
		switch {
		case string(m) == "later" && d.Count == 1:
			return errors.New("not now")
		case string(m) == "\xff never":
			return bindings.Reject(errors.New("never"))
		}
		return nil
	}, topic.Backoff(10*time.Millisecond, time.Second))
	p.must(err)
	for _, m := range []struct {
		text    string
		options []topic.PublishOption
		times   int
	}{{text: `{"order":1}`, times: 1}, {text: "later", times: 2}, {text: "\xff never", times: 1},
		{"same", []topic.PublishOption{topic.ID("id-1")}, 1}, {"same", []topic.PublishOption{topic.ID("id-1")}, 0},
		{"ordered", []topic.PublishOption{topic.Key("k\xfe")}, 1}} {
		p.note("publish", placed.PublishWith(p.ctx, []byte(m.text), m.options...))
		for range m.times {
			p.note("delivered", <-handled)
			p.settle()
		}
	}
	p.note("drain", sub.Drain(p.ctx))
	p.letters(placed)
}

// letters reads the dead ones.
func (p *program) letters(placed topic.Of[[]byte]) {
	var last string
	for d, err := range placed.DeadLetters(p.ctx, "billing") {
		d.Published, d.Died = time.Time{}, time.Time{}
		p.note("dead letter", d, err)
		last = d.Letter
	}
	p.note("redeliver", placed.Redeliver(p.ctx, "billing", last))
	p.note("redeliver again", placed.Redeliver(p.ctx, "billing", last))
	p.note("remove dead letter", placed.RemoveDeadLetter(p.ctx, "billing", last))
	for d, err := range placed.DeadLetters(p.ctx, "billing") {
		p.note("left", d, err)
	}
}

// locks takes a lock, and does not get it twice.
func (p *program) locks() {
	jobs, err := lock.Open(p.ctx, p.platform, "jobs")
	p.must(err)
	for _, name := range []string{"nightly", "other \xff"} {
		lease, err := jobs.Try(p.ctx, name, lock.TTL(time.Minute), lock.Manual())
		p.note("try", err)
		p.must(err)
		p.note("token", lease.Token())
		_, err = jobs.Try(p.ctx, name, lock.TTL(time.Minute))
		p.note("try again", err)
		p.note("renew", lease.Renew(p.ctx))
		p.note("unlock", lease.Unlock(p.ctx))
	}
}

// broken is a reader that fails.
type broken struct{}

func (broken) Read([]byte) (int, error) { return 0, errBroken }

var errBroken = errors.New("broken")

// objects reads and writes.
func (p *program) objects() {
	invoices, err := blob.Open(p.ctx, p.platform, "invoices")
	p.must(err)
	a, err := invoices.Abilities(p.ctx)
	p.note("abilities", a, err)
	p.put(invoices, "2026/1.txt", []byte("paid"), blob.ContentType("text/plain"), blob.Metadata(map[string]string{"by": "ann"}))
	p.put(invoices, "2026/2.bin", []byte{0xff, 0})
	p.put(invoices, "2026/02/3", nil)
	p.put(invoices, "2026/1.txt", []byte("again"), blob.IfAbsent())
	info, err := invoices.Put(p.ctx, "broken", io.MultiReader(strings.NewReader("half"), broken{}))
	p.note("put of a broken reader", info.Key, err, errors.Is(err, errBroken))
	for _, key := range []string{"2026/1.txt", "2026/2.bin", "none"} {
		data, err := invoices.ReadAll(p.ctx, key)
		p.note("get", data, err)
		info, err := invoices.Stat(p.ctx, key)
		info.Modified = time.Time{}
		p.note("stat", info, err)
	}
	part, err := invoices.GetRange(p.ctx, "2026/1.txt", 1, 2)
	p.must(err)
	var read bytes.Buffer
	_, err = read.ReadFrom(part)
	p.note("part", read.String(), part.Info.Size, err, part.Close())
	_, err = invoices.GetRange(p.ctx, "2026/1.txt", 100, 2)
	p.note("part after the end", err)
	for cursor := ""; ; {
		page, err := invoices.List(p.ctx, "2026/", "/", cursor, 1)
		for i := range page.Objects {
			page.Objects[i].Modified = time.Time{}
		}
		p.note("list", page, err)
		if cursor = page.Cursor; cursor == "" || err != nil {
			break
		}
	}
	_, err = invoices.Copy(p.ctx, "copy", "2026/1.txt")
	p.note("copy", err)
	_, err = invoices.Copy(p.ctx, "copy", "none")
	p.note("copy of none", err)
	_, err = invoices.SignedURL(p.ctx, "GET", "copy", time.Minute)
	p.note("sign", err)
	p.note("delete", invoices.Delete(p.ctx, "copy"))
}

func (p *program) put(b blob.Bucket, key string, content []byte, options ...blob.PutOption) {
	info, err := b.WriteAll(p.ctx, key, content, options...)
	info.Modified = time.Time{}
	p.note("put", info, err)
}

// write changes a document, if this provider's can be.
func (p *program) write(name, text string) bool {
	if p.c.Write == nil {
		return false
	}
	p.settle()
	p.c.Write(bindings.Space{Namespace: p.c.Namespace, Binding: name}, text)
	return true
}

// secret reads a secret before it is there, and as it changes.
func (p *program) secret() {
	key, err := secret.Open(p.ctx, p.platform, "key")
	p.must(err)
	s, err := key.Get(p.ctx)
	p.note("secret of none", s.Version(), err)
	if !p.write("key", "sk_1") {
		return
	}
	changed := 0
	for s, err := range key.Watch(p.ctx) {
		p.note("secret", s.Version(), err)
		if changed++; changed == 2 {
			break
		}
		p.write("key", "sk_2")
	}
}

// config reads a configuration as it changes.
func (p *program) config() {
	limits, err := config.Open[map[string]int](p.ctx, p.platform, "limits")
	p.must(err)
	_, err = limits.Get(p.ctx)
	p.note("config of none", err)
	if !p.write("limits", `{"items":1}`) {
		return
	}
	changed := 0
	for s, err := range limits.Watch(p.ctx) {
		p.note("config", s, err)
		if changed++; changed == 2 {
			break
		}
		p.write("limits", "no config")
	}
}
