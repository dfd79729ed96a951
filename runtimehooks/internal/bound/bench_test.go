package bound

import (
	"context"
	"testing"
	"time"
)

// What a call pays for its context: like the standard library's or less, but where it has asked for
// Done below a parent that may end, and so may have handed the channel on.
func BenchmarkCall(b *testing.B) {
	ending, cancel := context.WithCancel(context.Background())
	defer cancel()
	for _, parent := range []struct {
		name string
		ctx  context.Context
	}{{"background", context.Background()}, {"ending", ending}} {
		for _, use := range []struct {
			name string
			of   func(context.Context)
		}{
			{"nothing", func(context.Context) {}},
			{"done", func(ctx context.Context) { ctx.Done() }},
			{"derived", func(ctx context.Context) {
				_, stop := context.WithCancel(ctx)
				stop()
			}},
		} {
			late := Because(context.DeadlineExceeded, context.DeadlineExceeded)
			b.Run("parent="+parent.name+"/use="+use.name+"/by=bound", func(b *testing.B) {
				b.ReportAllocs()
				for b.Loop() {
					c := Until(parent.ctx, time.Now().Add(time.Hour), time.Hour, late)
					use.of(c)
					c.Release()
				}
			})
			b.Run("parent="+parent.name+"/use="+use.name+"/by=context", func(b *testing.B) {
				b.ReportAllocs()
				for b.Loop() {
					ctx, cancel := context.WithDeadlineCause(parent.ctx, time.Now().Add(time.Hour), context.DeadlineExceeded)
					use.of(ctx)
					cancel()
				}
			})
		}
	}
}
