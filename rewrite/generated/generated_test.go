package generated

import (
	"bytes"
	"flag"
	"go/ast"
	"go/format"
	"go/parser"
	"go/token"
	"os"
	"path"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/tools/txtar"

	"github.com/instrumentgo/instrument/analysis/plan"
	"github.com/instrumentgo/instrument/rewrite/generated/siteline"
	"github.com/instrumentgo/instrument/rewrite/internal/stubs"
)

var update = flag.Bool("update", false, "rewrite the golden texts")

func options(pairs ...string) []plan.Option {
	var list []plan.Option
	for i := 0; i < len(pairs); i += 2 {
		list = append(list, plan.Option{Name: pairs[i], Value: pairs[i+1]})
	}
	return list
}

func ref(path, pkg, name string) *plan.Ref {
	return &plan.Ref{Path: path, Pkg: pkg, Name: name}
}

const shop = "example.com/shop/orders"

// ordersPlan has every kind of option, shape and entry, and names that meet.
func ordersPlan() *plan.Package {
	retry := append(options("attempts", "3", "initial", "50ms", "max", "1m", "factor", "2", "jitter", "0.5", "elapsed", "1.5s"),
		plan.Option{Name: "if", Value: "IsTransient", Ref: ref(shop, "orders", "IsTransient")},
		plan.Option{Name: "on", Value: "store.ErrBusy", Ref: ref("example.com/shop/store", "store", "ErrBusy")},
		plan.Option{Name: "on", Value: "ErrLate", Ref: ref(shop, "orders", "ErrLate")},
		plan.Option{Name: "abort", Value: "backoff.ErrStop", Ref: ref("example.com/backoff/v5", "backoff", "ErrStop")})
	return &plan.Package{
		Path: shop, Name: "orders", Hash: "0123456789abcdef", Taken: []string{"time", "store"},
		Sites: []*plan.Site{
			{
				Func: "(*Service).Place", Symbol: shop + ".(*Service).Place", Var: "instrumentServicePlace", Name: "Service.Place",
				Pos: plan.Position{File: "orders/service.go"}, Shape: plan.Attempt, Entry: plan.EntryContext, Ctx: 0, Err: 1, ErrAs: plan.ErrError, Around: true,
				Attrs: []plan.Attr{{Key: "req.ID", Expr: "req.Base.ID", Guards: []string{"req", "req.Base"}}, {Key: "n", Expr: "n"}},
				Aspects: []plan.Aspect{
					{Name: "recover", From: "handlers", Options: options("as", "500")},
					{Name: "trace", From: "handlers", Options: options("kind", "client")},
					{Name: "log", From: "directive", Options: options("level", "info", "slow", "1s")},
					{Name: "timeout", From: "directive", Options: options("after", "2s")},
					{Name: "retry", From: "directive", Options: retry},
					{Name: "breaker", From: "handlers", Options: options("name", `the "bank"`, "rate", "0.25", "window", "20", "cooldown", "5s", "probes", "1")},
					{Name: "audit", From: "handlers", Advice: ref("example.com/shop/audit", "audit", "Around")},
				},
			},
			{
				Func: "Serve", Symbol: shop + ".Serve", Var: "instrumentServe", Name: "orders.Serve",
				Pos: plan.Position{File: "orders/my file.go"}, Shape: plan.Prologue, Entry: plan.EntryHTTP, Ctx: 1, Err: -1, Allow: true,
				Notes:   []string{"prologue shape: a handler is never called twice"},
				Aspects: []plan.Aspect{{Name: "recover", From: "web", Options: options("as", "500")}, {Name: "metrics", From: "web"}},
			},
			{
				Func: "List.Len", Symbol: shop + ".List[...].Len", Var: "instrumentListLen", Name: "List.Len",
				Pos: plan.Position{File: "orders/list.go"}, Shape: plan.Prologue, Entry: plan.EntryNone, Ctx: -1, Err: -1,
				Aspects: []plan.Aspect{{Name: "metrics", From: "directive", Options: options("stream", "ok")}},
			},
		},
	}
}

// policiesPlan has every policy, with functions of this package and of others.
func policiesPlan() *plan.Package {
	key := []plan.Expr{{Go: "req.Tenant", Guards: []string{"req"}, As: plan.AsText, Cast: true}, {Go: "id", As: plan.AsInt}}
	return &plan.Package{
		Path: shop, Name: "orders", Hash: "00112233445566aa", Taken: []string{"cachehooks"},
		Sites: []*plan.Site{
			{
				Func: "(*Service).Place", Symbol: shop + ".(*Service).Place", Var: "instrumentServicePlace", Name: "Service.Place",
				Pos: plan.Position{File: "orders/service.go"}, Shape: plan.Attempt, Entry: plan.EntryContext, Ctx: 0, Err: 1, ErrAs: plan.ErrError,
				Hedge: true, Retry: true, Start: true, Stacks: []string{"client", "own"},
				Steps: []plan.Step{
					{Aspect: "limit", Keys: key},
					{Aspect: "authz", Func: &plan.Callee{Name: "instrumentServicePlaceAuthz", Ref: ref("example.com/shop/policy", "policy", "Authorize"), Args: []int{0, 1}}},
					{Aspect: "validate", Func: &plan.Callee{Name: "req.Validate"}},
					{Aspect: "idempotent", Keys: []plan.Expr{{Go: "id"}}, Same: []plan.Expr{{Go: "req"}, {Go: "id"}}, Store: &plan.Expr{Go: "s.store", Guards: []string{"s"}}},
					{Aspect: "cache", Keys: []plan.Expr{{Go: `req.Part("a b")`, As: plan.AsText}}},
					{Aspect: "fallback", Func: &plan.Callee{Name: "stale", Args: []int{0, 2}, Spread: true, Error: true}},
					{Aspect: "breaker", Keys: key[1:]},
				},
				Aspects: []plan.Aspect{
					{Name: "limit", From: "directive", Options: options("name", "orders", "rate", "10/250ms", "burst", "5", "key", "req.Tenant", "key", "id", "wait", "1s")},
					{Name: "authz", From: "directive", Options: options("func", "policy.Authorize")},
					{Name: "validate", From: "directive", Options: options("func", "req.Validate")},
					{Name: "idempotent", From: "directive", Options: options("key", "id", "store", "s.store", "ttl", "24h", "lease", "1m", "wait", "0s")},
					{Name: "cache", From: "directive", Options: options("key", "id", "ttl", "1m", "size", "10", "negative", "true")},
					{Name: "fallback", From: "directive", Options: options("func", "stale")},
					{Name: "timeout", From: "client", Options: options("after", "10s")},
					{Name: "hedge", From: "directive", Options: options("delay", "50ms", "max", "3", "budget", "0.1")},
					{Name: "retry", From: "client", Options: options("attempts", "3", "each", "1s", "budget", "0.2", "spans", "attempt")},
					{Name: "breaker", From: "client", Options: options("rate", "0.5", "window", "30s", "min", "20", "slow", "2s", "slowrate", "1", "key", "id")},
					{Name: "bulkhead", From: "directive", Options: options("name", "db", "max", "10", "wait", "0s", "queue", "3")},
				},
			},
			{
				Func: "Fetch", Symbol: shop + ".Fetch", Var: "instrumentFetch", Name: "orders.Fetch",
				Pos: plan.Position{File: "orders/fetch.go"}, Shape: plan.Prologue, Entry: plan.EntryRequest, Ctx: 0, Err: 0, ErrAs: plan.ErrError, Allow: true,
				Aspects: []plan.Aspect{{Name: "breaker", From: "directive", Options: options("rate", "0.5", "window", "20")}, {Name: "bulkhead", From: "directive"}},
			},
		},
	}
}

func decoratedPlan() *plan.Package {
	site := func(typ, method, variable string, s plan.Site) *plan.Site {
		s.Func, s.Symbol, s.Name, s.Var = "(*"+typ+")."+method, shop+".(*"+typ+")."+method, "Store."+method, variable
		s.Aspects = append([]plan.Aspect{{Name: "trace", From: "directive"}}, s.Aspects...)
		return &s
	}
	param := func(pairs ...string) []plan.Param {
		var list []plan.Param
		for i := 0; i < len(pairs); i += 2 {
			list = append(list, plan.Param{Name: pairs[i], Type: pairs[i+1]})
		}
		return list
	}
	return &plan.Package{
		Path: shop, Name: "orders", Hash: "fedcba9876543210", Taken: []string{"Store", "Writer", "http"},
		Decorators: []plan.Decorator{
			{
				Interface: "Store", Func: "InstrumentStore", Type: "instrumentedStore",
				Imports: []plan.Import{{Name: "context", Path: "context"}, {Name: "time2", Path: "time"}},
				Methods: []plan.Method{
					{
						Name: "Get", Params: param("ctx", "context.Context", "d", "string"), Results: param("", "[]byte", "", "error"),
						Site: site("instrumentedStore", "Get", "instrumentStoreGet", plan.Site{Shape: plan.Attempt, Entry: plan.EntryContext, Ctx: 0, Err: 1, ErrAs: plan.ErrError,
							Aspects: []plan.Aspect{{Name: "retry", From: "directive", Options: options("attempts", "3")}}}),
					},
					{Name: "Len", Results: param("", "int")},
					{
						Name: "Put", Params: param("p0", "context.Context", "time", "time2.Duration", "keys", "...string"), Variadic: true, Results: param("n", "int", "err", "error"),
						Site: site("instrumentedStore", "Put", "instrumentStorePut", plan.Site{Shape: plan.Attempt, Entry: plan.EntryContext, Ctx: 0, Err: 1, ErrAs: plan.ErrError}),
					},
					{Name: "next", Params: param("f", "func(time2.Duration) map[string]time2.Duration")},
				},
			},
			{
				Interface: "Writer", Func: "InstrumentWriter", Type: "instrumentedWriter", Optional: true,
				Imports: []plan.Import{{Name: "http", Path: "net/http"}},
				Methods: []plan.Method{
					{Name: "Flush"},
					{Name: "Header", Results: param("", "http.Header")},
					{
						Name: "Write", Params: param("p0", "[]byte"), Results: param("", "int", "", "error"),
						Site: site("instrumentedWriter", "Write", "instrumentWriterWrite", plan.Site{Shape: plan.Prologue, Entry: plan.EntryNone, Ctx: -1, Err: 1, ErrAs: plan.ErrError}),
					},
					{Name: "WriteHeader", Params: param("statusCode", "int")},
				},
			},
		},
	}
}

// boundPlan has every kind of binding, in a package whose names meet those of the generated text.
func boundPlan() *plan.Package {
	const events = "example.com/shop/events"
	imports := []plan.Import{{Name: "context", Path: "context"}, {Name: "events", Path: events}, {Name: "io", Path: "io"}, {Name: "sql", Path: "database/sql"}}
	ctx := plan.Param{Name: "ctx", Type: "context.Context"}
	return &plan.Package{
		Path: shop, Name: "orders", Hash: "8899aabbccddeeff", Taken: []string{"blob", "ctx", "errs", "p"},
		Binds: []plan.Bind{
			{
				Type: "Payments", Func: "BindPayments", Needs: "PaymentsNeeds", Imports: imports,
				Fields: []plan.Field{
					{Field: "carts", Name: "carts", Kind: "kv", Types: []string{"p", "*events.Cart"}, Tenants: true},
					{Field: "Files", Name: "files", Kind: "blob", Adapter: &plan.Adapter{Type: "paymentsFiles", Methods: []plan.AdapterMethod{
						{Name: "Get", Params: []plan.Param{ctx, {Name: "key", Type: "string"}}, Results: []plan.Param{{Type: "io.ReadCloser"}, {Type: "error"}}, Widen: true},
						{Name: "Put", Params: []plan.Param{{Name: "err", Type: "context.Context"}, {Name: "a", Type: "string"}, {Name: "io", Type: "io.Reader"}}, Results: []plan.Param{{Type: "error"}}, Drop: 1},
					}}},
					{Field: "DB", Name: "stock", Kind: "sql", Migrations: "events.Migrations"},
					{Field: "shops", Name: "shops", Kind: "sql", Form: "tenants", Tenants: true},
					{Field: "Limits", Name: "limits", Kind: "config", Types: []string{"ctx"}, Tenants: true},
					{Field: "Key", Name: "key", Kind: "secret"},
					{Field: "Rotated", Name: "key", Kind: "secret", Form: "source"},
					{Field: "Locks", Name: "locks", Kind: "lock"},
					{Field: "Bank", Name: "bank", Kind: "service", Service: ref(events, "events", "Bank")},
					{Field: "Own", Name: "own", Kind: "service", Service: ref(shop, "orders", "service")},
				},
				Handles: []plan.Handler{
					{Method: "OnPaid", Topic: "paid", Group: "orders.on-paid", Message: "events.Paid", Options: options("concurrency", "4", "deliveries", "5", "lease", "1m30s", "from", "now")},
					{Method: "onLate", Topic: "late", Group: "late", Message: "string"},
				},
			},
			{Type: "one", Func: "bindOne", Needs: "oneNeeds", Fields: []plan.Field{{Field: "Placed", Name: "placed", Kind: "topic", Types: []string{"errs"}}}},
			{Type: "two", Func: "bindTwo", Needs: "twoNeeds", Handles: []plan.Handler{{Method: "On", Topic: "on", Group: "two.on", Message: "string"}}},
		},
		Services: []plan.Service{{
			Interface: "service", Open: "openService", Provide: "provideService", Handler: "serviceHandler", API: "serviceAPI", Client: "serviceClient", Local: "serviceLocal",
			Errors: []string{"ErrLate"}, Imports: []plan.Import{{Name: "events", Path: events}},
			Methods: []plan.ServiceMethod{
				{
					Name: "Charge", In: "serviceChargeIn", Out: "serviceChargeOut", Variadic: true, Idempotent: true,
					Params:  []plan.Param{{Name: "c", Type: "*events.Cart"}, {Name: "service", Type: "map[p]int"}, {Name: "err", Type: "[]string"}},
					Results: []plan.Param{{Name: "out", Type: "events.Paid"}, {Name: "n", Type: "int"}},
				},
				{Name: "Ping"},
			},
		}},
	}
}

// What the generated files need in their package to type-check.
const (
	boundSource = `package orders
import ("context"; "database/sql"; "io"; "example.com/shop/events"
	b "github.com/instrumentgo/instrument/bindings/blob"; "github.com/instrumentgo/instrument/bindings/config"; "github.com/instrumentgo/instrument/bindings/kv"
	"github.com/instrumentgo/instrument/bindings/lock"; "github.com/instrumentgo/instrument/bindings/secret"; "github.com/instrumentgo/instrument/bindings/sqldb"
	"github.com/instrumentgo/instrument/bindings/topic")
var ErrLate error
var blob int
type p string
type ctx struct{}
type errs struct{}
type Payments struct {
	carts kv.Of[p, *events.Cart]
	Files interface { Get(context.Context, string) (io.ReadCloser, error); Put(context.Context, string, io.Reader) error; Delete(context.Context, string) error }
	DB *sql.DB; shops sqldb.Tenants; Limits config.Of[ctx]; Key secret.Secret; Rotated secret.Source; Locks lock.Locks; Bank events.Bank; Own service
}
func (o *Payments) OnPaid(context.Context, events.Paid) error
func (o *Payments) onLate(context.Context, string) error
type one struct { Placed topic.Of[errs] }
type two struct {}
func (t *two) On(context.Context, string) error
var _ b.Bucket
type service interface {
	Charge(ctx context.Context, c *events.Cart, service map[p]int, err ...string) (out events.Paid, n int, _ error)
	Ping(context.Context) error
}`
	ordersSource = `package orders
var ErrLate error
var time, store int
func IsTransient(error) bool { return false }`
	decoratedSource = `package orders
import ("context"; "net/http"; "time")
type Store interface {
	Get(ctx context.Context, d string) ([]byte, error)
	Len() int
	Put(_ context.Context, time time.Duration, keys ...string) (n int, err error)
	next(f func(time.Duration) map[string]time.Duration)
}
type Writer interface { http.ResponseWriter; Flush() }`
)

func TestText(t *testing.T) {
	for _, test := range []struct {
		name   string
		plan   *plan.Package
		source string
	}{
		{"bindings", boundPlan(), boundSource},
		{"sites", ordersPlan(), ordersSource},
		{"decorators", decoratedPlan(), decoratedSource},
		{"policies", policiesPlan(), "package orders\nvar cachehooks int"},
	} {
		t.Run(test.name, func(t *testing.T) {
			text, err := Text(test.plan)
			if err != nil {
				t.Fatal(err)
			}
			if again, _ := Text(test.plan); !bytes.Equal(text, again) {
				t.Errorf("the same plan gives different text")
			}
			golden := "testdata/" + test.name + ".txtar"
			if *update {
				archive := &txtar.Archive{Files: []txtar.File{{Name: plan.GeneratedFile, Data: text}}}
				if err := os.WriteFile(golden, txtar.Format(archive), 0o666); err != nil {
					t.Fatal(err)
				}
			}
			archive, err := txtar.ParseFile(golden)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(string(archive.Files[0].Data), string(text)); diff != "" {
				t.Errorf("%s differs (-golden +got):\n%s", plan.GeneratedFile, diff)
			}
			if formatted, err := format.Source(text); err != nil || !bytes.Equal(formatted, text) {
				t.Errorf("the text is not formatted: %v", err)
			}
			file, err := parser.ParseFile(token.NewFileSet(), "", text, parser.ParseComments)
			if err != nil || !ast.IsGenerated(file) {
				t.Errorf("the file is not marked as generated: %v", err)
			}
			stubs.Check(t, text, test.source)
		})
	}
}

func TestRead(t *testing.T) {
	for _, pkg := range []*plan.Package{ordersPlan(), policiesPlan()} {
		text, err := Text(pkg)
		if err != nil {
			t.Fatal(err)
		}
		got, err := siteline.Read(text)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(readBack(pkg), got); diff != "" {
			t.Errorf("what was read differs from what was written (-want +got):\n%s", diff)
		}
	}
	text, err := Text(decoratedPlan())
	if err != nil {
		t.Fatal(err)
	}
	bound, err := Text(boundPlan())
	if err != nil {
		t.Fatal(err)
	}
	if got, err := siteline.Read(bound); err != nil || len(got.Sites) != 0 || got.Hash != boundPlan().Hash {
		t.Errorf("a file without sites must be read back: %v, %v", got, err)
	}
	if got, err := siteline.Read(text); err != nil || len(got.Sites) != 0 {
		t.Errorf("a decorator's sites are woven already and must not be read back: %v, %v", got, err)
	}
}

// readBack returns what of a plan can be read back from the generated file: what bodies need.
func readBack(pkg *plan.Package) *plan.Package {
	list := &plan.Package{Name: pkg.Name, Hash: pkg.Hash}
	for _, s := range pkg.Sites {
		bare := *s
		bare.Symbol, bare.Name, bare.Aspects, bare.Notes, bare.Stacks = "", "", nil, nil, nil
		bare.Pos = plan.Position{File: path.Base(s.Pos.File)}
		bare.Steps = nil
		for _, step := range s.Steps {
			if step.Func != nil {
				callee := *step.Func
				callee.Ref = nil
				step.Func = &callee
			}
			bare.Steps = append(bare.Steps, step)
		}
		list.Sites, list.Files = append(list.Sites, &bare), append(list.Files, bare.Pos.File)
	}
	slices.Sort(list.Files)
	return list
}

func TestTextErrors(t *testing.T) {
	for name, test := range map[string]struct {
		aspect plan.Aspect
		want   string
	}{
		"aspect":   {plan.Aspect{Name: "cash"}, `generate p: F: aspect "cash" is unknown`},
		"option":   {plan.Aspect{Name: "retry", Options: options("tries", "3")}, `generate p: F: aspect retry: option "tries" is unknown`},
		"duration": {plan.Aspect{Name: "timeout", Options: options("after", "soon")}, `generate p: F: aspect timeout: option after: must be a duration such as 50ms or 2s, not "soon"`},
		"rate":     {plan.Aspect{Name: "limit", Options: options("rate", "10")}, `generate p: F: aspect limit: option rate: must be a number from 1 per time, such as 100/s, 20/m, 5/h or 10/250ms, not "10"`},
		"window":   {plan.Aspect{Name: "breaker", Options: options("window", "some")}, `generate p: F: aspect breaker: option window: must be a number of calls such as 20, or a time such as 30s, not "some"`},
		"sentinel": {plan.Aspect{Name: "retry", Options: options("on", "ErrX")}, `generate p: F: aspect retry: option on: "ErrX" must name a variable`},
	} {
		site := &plan.Site{Func: "F", Var: "x", Shape: plan.Prologue, Entry: plan.EntryNone, Aspects: []plan.Aspect{test.aspect}}
		if _, err := Text(&plan.Package{Path: "p", Name: "p", Sites: []*plan.Site{site}}); err == nil || err.Error() != test.want {
			t.Errorf("%s: error is %v, want %s", name, err, test.want)
		}
	}
}
