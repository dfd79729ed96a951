package debug

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/instrumentgo/instrument/runtimehooks"
)

// many registers sites of a program, each called once, until the test ends.
func many(tb testing.TB, n int) {
	list := make([]*runtimehooks.Site, n)
	for i := range list {
		list[i] = &runtimehooks.Site{
			Function: fmt.Sprintf("example.com/many/part%d.(*Service).Method%d", i/20, i), Name: fmt.Sprintf("Service.Method%d", i), Stacks: []string{"server"},
			Aspects: runtimehooks.Aspects{
				Trace: &runtimehooks.Trace{}, Metrics: &runtimehooks.Metrics{}, Timeout: &runtimehooks.Timeout{After: time.Second},
				Retry:   &runtimehooks.Retry{Attempts: 3, Initial: time.Second, Max: time.Second, Factor: 2, Jitter: 0.5, Budget: 0.2},
				Breaker: &runtimehooks.Breaker{Rate: 0.5, Window: 20, Cooldown: time.Second, Probes: 1},
			},
		}
	}
	runtimehooks.Register(list...)
	tb.Cleanup(func() { runtimehooks.Unregister(list...) })
	for _, s := range list {
		callOnce(tb, s)
	}
}

func callOnce(tb testing.TB, s *runtimehooks.Site) {
	var err error
	call := s.Call()
	call.Enter(tb.Context())
	defer call.Exit(&err)
	for call.Next(&err) {
	}
}

// askPage asks for a page, rendered for this request.
func askPage(tb testing.TB, h *handler, query string) *httptest.ResponseRecorder {
	h.boards.expire()
	w := httptest.NewRecorder()
	h.ServeHTTP(w, httptest.NewRequest(http.MethodGet, "http://localhost/x/"+query, nil))
	if w.Code != http.StatusOK {
		tb.Fatal(w.Code)
	}
	return w
}

func ofProcess(options ...Option) *handler { return Handler(options...).(*handler) }

// What a page costs, of a hundred sites and of ten thousand.
func BenchmarkPage(b *testing.B) {
	for _, n := range []int{100, 10_000} {
		b.Run(fmt.Sprintf("sites=%d", n), func(b *testing.B) {
			many(b, n)
			b.Run("first", func(b *testing.B) {
				for b.Loop() {
					askPage(b, ofProcess(), "")
				}
			})
			for _, query := range []string{"", "?q=method7", "?q=nothing", "?sort=calls", "?sort=latency", "?page=3"} {
				b.Run("query="+query, func(b *testing.B) {
					h := ofProcess()
					size := 0
					for b.Loop() {
						size = askPage(b, h, query).Body.Len()
					}
					b.ReportMetric(float64(size), "bytes")
				})
			}
		})
	}
}

// What a second of a viewer costs: of the first, where nothing happens and where every call does,
// and of each further one.
func BenchmarkViewer(b *testing.B) {
	for _, n := range []int{100, 10_000} {
		b.Run(fmt.Sprintf("sites=%d", n), func(b *testing.B) {
			many(b, n)
			site := runtimehooks.Policies().Registered()[0]
			for name, busy := range map[string]bool{"idle": false, "busy": true} {
				b.Run(name, func(b *testing.B) {
					board := ofProcess().board(readQuery(nil))
					board.look(0)
					b.ReportAllocs()
					for b.Loop() {
						if busy {
							callOnce(b, site)
						}
						board.look(0)
					}
				})
			}
			b.Run("another", func(b *testing.B) {
				c, _ := ofProcess().board(readQuery(nil)).look(0)
				var f feed
				f.next(c)
				b.ReportAllocs()
				for b.Loop() {
					f.next(c)
				}
			})
		})
	}
}

// A program may have ten thousand sites, and its page stays as small, and nearly as cheap, as that
// of a hundred.
func TestManySites(t *testing.T) {
	if testing.Short() {
		t.Skip("registers ten thousand sites")
	}
	queries := []string{"", "?q=method7", "?q=nothing", "?q=breaker:open", "?sort=calls", "?sort=latency", "?page=3"}
	objects := map[string]float64{}
	many(t, 100)
	h := ofProcess(Control(), Reveal())
	for _, q := range queries {
		objects[q] = testing.AllocsPerRun(3, func() { askPage(t, h, q) })
	}
	many(t, 9_900)
	for _, q := range queries {
		size := 0
		again := testing.AllocsPerRun(3, func() { size = askPage(t, h, q).Body.Len() })
		if size > 200_000 {
			t.Errorf("%q: the page has %d bytes", q, size)
		}
		if bound := 3 * max(objects[q], objects[""]); again > bound && !raceEnabled {
			t.Errorf("%q: makes %v objects, more than %v", q, again, bound)
		}
	}
}

// Pages follow one another, and one that is not there is the last.
func TestPages(t *testing.T) {
	var sites []runtimehooks.SiteState
	for i := range 65 {
		sites = append(sites, runtimehooks.SiteState{Function: fmt.Sprintf("a.F%02d", i), Name: fmt.Sprintf("F%02d", i), Calls: int64(i)})
	}
	h := newHandler(newFake(sites...))
	for query, want := range map[string][]string{
		"":                     {"1 to 30 of 65", "F00", "", "./?page=2"},
		"?page=2":              {"31 to 60 of 65", "F30", "./", "./?page=3"},
		"?page=3":              {"61 to 65 of 65", "F60", "./?page=2", ""},
		"?page=99":             {"61 to 65 of 65", "F60", "./?page=2", ""},
		"?page=-1":             {"1 to 30 of 65", "F00", "", "./?page=2"},
		"?page=2&sort=calls":   {"31 to 60 of 65", "F34", "./?sort=calls", "./?page=3&amp;sort=calls"},
		"?q=F0&open=a.F01":     {"", "F00", "", ""},
		"?q=a.f&open=a.F01":    {"1 to 30 of 65", "F00", "", "./?page=2&amp;q=a.f"},
		"?q=F1&page=2":         {"", "F10", "", ""},
		"?q=nothing&page=1000": {"", "", "", ""},
	} {
		body := get(h, "/x/"+query).Body.String()
		find := func(expression string) string {
			m := regexp.MustCompile(expression).FindStringSubmatch(body)
			if m == nil {
				return ""
			}
			return m[1]
		}
		got := []string{find(`<span>(\d+ to \d+ of [^<]+)</span>`), find(`<b><bdi>(F\d+)</bdi>`), find(`rel="prev" href="([^"]*)"`), find(`rel="next" href="([^"]*)"`)}
		if !slices.Equal(got, want) {
			t.Errorf("%s: %q, want %q", query, got, want)
		}
		if rows := strings.Count(body, "<details"); rows > pageSize {
			t.Errorf("%s: %d rows", query, rows)
		}
	}
	var s State
	if err := json.Unmarshal(get(h, "/x/?format=json").Body.Bytes(), &s); err != nil || len(s.Sites) != 65 {
		t.Errorf("the JSON has %d sites, error %v", len(s.Sites), err)
	}
}

// heavy are sites about which there is as much to say as can be.
func heavy(n int) *fake {
	var sites []runtimehooks.SiteState
	for i := range n {
		s := runtimehooks.SiteState{Function: fmt.Sprintf("a.F%02d", i), Name: fmt.Sprintf("F%02d", i), Calls: 1, Failures: 1}
		for k := range 100 {
			key := strings.Repeat("ключ", 100) + fmt.Sprint(k)
			s.Breakers = append(s.Breakers, runtimehooks.BreakerStatus{Name: "b", Key: key, Window: windowOf(strings.Repeat("SF", 200))})
			s.Limits = append(s.Limits, runtimehooks.LimitStatus{Name: "l", Key: key, Burst: 1})
		}
		for range 8 {
			s.Errors = append(s.Errors, runtimehooks.ErrorRecord{Type: strings.Repeat("t", 4096), Text: strings.Repeat("\u202e", 4096)})
		}
		s.Aspects = []runtimehooks.AspectState{{Name: "breaker", Enabled: true, Options: []runtimehooks.OptionState{{Name: "rate", Value: "0.5"}, {Name: "window", Value: "400"}}}}
		sites = append(sites, s)
	}
	return newFake(sites...)
}

// However much there is to say of sites, the page is small, and says where the rest is.
func TestHeavySites(t *testing.T) {
	h := newHandler(heavy(60), Control(), Reveal())
	body := get(h, "/x/").Body.String()
	if len(body) > 200_000 {
		t.Errorf("the page has %d bytes", len(body))
	}
	if rows := strings.Count(body, "<details"); rows != pageSize {
		t.Errorf("%d rows", rows)
	}
	link := `<a href="./?open=a.F29&amp;q=a.F29">`
	contains(t, body, link)
	body = get(h, "/x/?open=a.F29&q=a.F29").Body.String()
	contains(t, body, "Latest errors", "and 90 more, in the JSON")
	if len(body) > 200_000 {
		t.Errorf("the page of one has %d bytes", len(body))
	}
}

// Whoever looks at the same shares one rendering.
func TestSharedRendering(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := shop()
		h := newHandler(f)
		ctx, cancel := context.WithCancel(t.Context())
		var all []*listener
		for range 50 {
			l, _ := listen(ctx, h, "?q=store")
			if u, _ := l.events(t); len(u) != 1 {
				t.Fatalf("at first: %+v", u)
			}
			all = append(all, l)
		}
		other, _ := listen(ctx, h, "?q=web")
		other.events(t)
		q := readQuery(url.Values{"q": {"store"}})
		if n := h.board(q).rendered; n != 1 {
			t.Errorf("rendered %d times", n)
		}
		for i := range 10 {
			f.call(1)
			time.Sleep(time.Second)
			for _, l := range all {
				if u, _ := l.events(t); len(u) != 1 || len(u[0].Sites) != 1 {
					t.Fatalf("after %d calls: %+v", i+1, u)
				}
			}
			get(h, "/x/?q=store")
		}
		if n := h.board(q).rendered; n > 11 {
			t.Errorf("rendered %d times in ten seconds", n)
		}
		cancel()
		synctest.Wait()
		before := h.board(q).rendered
		time.Sleep(time.Minute)
		if n := h.board(q).rendered; n != before {
			t.Errorf("rendered %d times for nobody", n-before)
		}
	})
}

// Where nothing happens, nothing is rendered.
func TestIdleViewer(t *testing.T) {
	many(t, 40)
	board := ofProcess().board(readQuery(nil))
	site := runtimehooks.Policies().Registered()[0]
	look := func(what string, want int) {
		t.Helper()
		for range 3 {
			board.look(0)
		}
		if board.rendered != want {
			t.Errorf("%s: rendered %d times, want %d", what, board.rendered, want)
		}
	}
	look("at first", 1)
	if n := testing.AllocsPerRun(100, func() { board.look(0) }); n > 0 {
		t.Errorf("a look at nothing new allocates %v times", n)
	}
	callOnce(t, site)
	look("after a call", 2)
	if err := runtimehooks.Policies().ForceBreaker(site.Function, "", runtimehooks.BreakerForcedOpen); err != nil {
		t.Fatal(err)
	}
	look("after a breaker was forced", 3)
	many(t, 1)
	look("after a site came", 4)
}

// No query that was asked once is kept for ever.
func TestBoardsAreBounded(t *testing.T) {
	h := newHandler(shop())
	for i := range 1000 {
		get(h, fmt.Sprintf("/x/?q=%d", i))
	}
	if n := len(h.boards.list); n > mostBoards {
		t.Errorf("%d boards", n)
	}
}
