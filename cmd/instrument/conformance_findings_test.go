package main

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/instrumentgo/instrument/analysis/plan"
)

// illegal is a source that must not be woven. The kit's implementations refuse such a thing when
// they start; here it is a finding at the directive.
type illegal struct {
	class, name string
	source      string // after the package clause and imports; the directive in question is the first one
	want        string // regular expression that the finding's message matches
}

const (
	work = "\nfunc F(ctx context.Context) error { return nil }\n"
	text = "\nfunc F(ctx context.Context, n int) (string, error) { return \"\", nil }\n"
)

var illegals = []illegal{
	{"illegalConfig", "a fallback with other results",
		"//instrument:fallback func=instead" + text + "func instead() (int, error) { return 0, nil }\n",
		`must return what F does, \(string, error\), and returns \(int, error\)`},
	{"illegalConfig", "a fallback without results",
		"//instrument:fallback func=instead" + text + "func instead(n int) {}\n",
		`must return what F does, \(string, error\), and returns nothing`},
	{"illegalConfig", "a fallback with other parameters",
		"//instrument:fallback func=instead" + text + "func instead(s []byte) (string, error) { return \"\", nil }\n",
		`must take parameters of F, which has none of type \[\]byte`},
	{"illegalConfig", "two fallbacks",
		"//instrument:fallback func=instead func=again" + text + "func instead() (string, error) { return \"\", nil }\nfunc again() (string, error) { return \"\", nil }\n",
		`option func of fallback must be given once`},

	{"invalidParameters", "hedge on a function that returns a channel",
		"//instrument:hedge delay=1s\nfunc F(ctx context.Context) (chan int, error) { return nil, nil }\n",
		`hedge needs plain results, and chan int is a channel`},
	{"invalidParameters", "hedge on a type whose method returns a channel",
		"//instrument:hedge delay=1s\ntype T struct{}\nfunc (T) F(ctx context.Context) (chan int, error) { return nil, nil }\n",
		`skipped, hedge of a directive: hedge needs plain results, and chan int is a channel`},
	{"invalidParameters", "a negative queue",
		"//instrument:bulkhead queue=-1" + work,
		`queue of //instrument:bulkhead must be at least 0, not -1`},
	{"invalidParameters", "no slots",
		"//instrument:bulkhead max=-1" + work,
		`max of //instrument:bulkhead must be at least 1, not -1`},
	{"invalidParameters", "a negative cooldown",
		"//instrument:breaker cooldown=-1s" + work,
		`cooldown of //instrument:breaker must be more than 0s, not -1s`},
	{"invalidParameters", "a negative rate",
		"//instrument:breaker rate=-1" + work,
		`rate of //instrument:breaker must be more than 0 and at most 1, not -1`},
	{"invalidParameters", "a rate above 1",
		"//instrument:breaker rate=1.1" + work,
		`rate of //instrument:breaker must be more than 0 and at most 1, not 1\.1`},
	{"invalidParameters", "a window of nothing",
		"//instrument:breaker rate=1 window=0" + work,
		`window of //instrument:breaker must be at least 1 .*, not 0 `},
	{"invalidParameters", "a negative window",
		"//instrument:breaker rate=1 window=-1" + work,
		`window of //instrument:breaker must be at least 1 .*, not -1 `},
	{"invalidParameters", "no probes",
		"//instrument:breaker probes=0" + work,
		`probes of //instrument:breaker must be at least 1 .*, not 0 `},
	{"invalidParameters", "negative probes",
		"//instrument:breaker probes=-1" + work,
		`probes of //instrument:breaker must be at least 1 .*, not -1 `},
	{"invalidParameters", "a pause longer than the time for all attempts",
		"//instrument:retry initial=1s elapsed=500ms" + work,
		`initial of retry must be at most its elapsed of 500ms, not 1s`},
	{"invalidParameters", "a negative pause",
		"//instrument:retry initial=-1s" + work,
		`initial of //instrument:retry must be at least 0s, not -1s`},
	{"invalidParameters", "a negative jitter",
		"//instrument:retry jitter=-1" + work,
		`jitter of //instrument:retry must be at least 0 .*, not -1 `},
	{"invalidParameters", "no attempts",
		"//instrument:retry attempts=-3" + work,
		`attempts of //instrument:retry must be at least 1 .*, not -3 `},
	{"invalidParameters", "a negative timeout",
		"//instrument:timeout -1s" + work,
		`after of //instrument:timeout must be more than 0s, not -1s`},

	{"fallbackmethod", "out of package: an unexported function of another package",
		"//instrument:fallback func=outside.instead" + work + "var _ outside.Base\n",
		`package example\.com/illegal/outside does not export instead`},
	{"fallbackmethod", "superclass private: an unexported method of another package's type",
		"type T struct{ outside.Base }\n//instrument:fallback func=t.instead\nfunc (t T) F(ctx context.Context) error { return nil }\n",
		`cannot refer to unexported method instead`},
	{"fallbackmethod", "subclass: a method of the type that embeds this one",
		"type Outer struct{ T }\nfunc (Outer) instead() error { return nil }\ntype T struct{}\n//instrument:fallback func=t.instead\nfunc (t T) F(ctx context.Context) error { return nil }\n",
		`has no field or method instead`},
	{"fallbackmethod", "wildcard negative: an implementation for an interface",
		"//instrument:fallback func=instead\nfunc F(ctx context.Context, s fmt.Stringer) error { return nil }\nfunc instead(t T) error { return nil }\ntype T struct{}\nfunc (T) String() string { return \"\" }\n",
		`must take parameters of F, which has none of type (c24\.)?T`},

	{"RetryCondition", "a result that may fail after the return cannot be retried",
		"//instrument:retry\nfunc F(ctx context.Context) (chan error, error) { return nil, nil }\n",
		`retry needs plain results, and chan error is a channel`},

	{"beyond", "a cache for all types of a generic function",
		"//instrument:cache key=key\nfunc F[V any](ctx context.Context, key string) (V, error) { var v V; return v, nil }\n",
		`cache must not be on a function with type parameters`},
	{"beyond", "one key for all types of a generic function",
		"//instrument:idempotent key=key store=store\nfunc F[V any](ctx context.Context, key string) (V, error) { var v V; return v, nil }\nvar store runtimehooks.IdempotencyStore\n",
		`idempotent must not be on a function with type parameters`},
	{"beyond", "a budget above 1", "//instrument:retry budget=1.5" + work, `budget of //instrument:retry must be at least 0 and at most 1, not 1\.5`},
	{"beyond", "a limit without a rate", "//instrument:limit" + work, `rate`},
	{"beyond", "a limit of nothing", "//instrument:limit rate=0/s" + work, `rate of //instrument:limit`},
	{"beyond", "a hedge without a second branch", "//instrument:hedge delay=1s max=1" + work, `max of //instrument:hedge must be at least 2`},
	{"beyond", "a cache without a key", "//instrument:cache ttl=1s" + work, `key`},
	{"beyond", "a key that is not an expression of the parameters", "//instrument:cache key=nobody.ID" + work, `nobody`},
	{"beyond", "a key that cannot be compared", "//instrument:cache key=list\nfunc F(ctx context.Context, list []int) error { return nil }\n", `list`},
	{"beyond", "authz whose function returns no error", "//instrument:authz func=allow" + work + "func allow() bool { return true }\n", `allow|authz`},
	{"beyond", "idempotent without a store", "//instrument:idempotent key=key\nfunc F(ctx context.Context, key string) error { return nil }\n", `store`},
	{"beyond", "failures beside a rate", "//instrument:breaker failures=3 rate=0.5" + work, `failures|rate`},
}

// outsidePackage is imported by the sources.
const outsidePackage = `package outside

type Base struct{}

func (Base) instead() error { return nil }

func instead() error { return nil }
`

// TestIllegalConfiguration plans a module with all illegal sources, each in a package of its own:
// each must have a finding at its directive, and no other.
func TestIllegalConfiguration(t *testing.T) {
	dir, root := t.TempDir(), repository(t)
	mod := strings.Replace(string(hazardGoMod(t, root)), "module "+hazardModule, "module example.com/illegal", 1)
	writeFile(t, filepath.Join(dir, "go.mod"), []byte(mod))
	sum, err := os.ReadFile(filepath.Join(root, "go.sum"))
	if err != nil {
		t.Fatal(err)
	}
	writeFile(t, filepath.Join(dir, "go.sum"), sum)
	writeFile(t, filepath.Join(dir, "outside", "outside.go"), []byte(outsidePackage))
	for i, c := range illegals {
		writeFile(t, filepath.Join(dir, c.folder(i), "f.go"), []byte(c.file(i)))
	}
	stdout, stderr, err := runIn(dir, buildTool(t), "plan", "./...")
	var exit *exec.ExitError
	if !errors.As(err, &exit) || exit.ExitCode() != findings {
		t.Errorf("instrument plan must exit with %d, not: %v", findings, err)
	}
	found := map[string][]string{}
	for line := range strings.Lines(stderr) {
		folder, rest, _ := strings.Cut(line, "/")
		found[folder] = append(found[folder], rest)
	}
	for i, c := range illegals {
		t.Run(c.class+"/"+c.name, func(t *testing.T) {
			if strings.HasPrefix(c.want, "skipped") {
				c.skipped(t, i, stdout)
			} else {
				c.check(t, i, found[c.folder(i)])
			}
		})
	}
}

// skipped checks that the plan says why nothing is woven: a directive on a type is for those of its
// methods that it fits.
func (c *illegal) skipped(t *testing.T, i int, plan string) {
	if !regexp.MustCompile(c.folder(i) + `/f\.go:\d+  T\.F  ` + c.want).MatchString(plan) {
		t.Errorf("plan must say of %s %q:\n%s", c.folder(i), c.want, plan)
	}
}

func (c *illegal) folder(i int) string { return fmt.Sprintf("c%02d", i+1) }

// file is the source as a file, with the imports that it needs.
func (c *illegal) file(i int) string {
	imports := "import (\n\t\"context\"\n"
	for _, path := range []string{"fmt", "example.com/illegal/outside", plan.ModulePath + "/runtimehooks"} {
		if strings.Contains(c.source, filepath.Base(path)+".") {
			imports += fmt.Sprintf("\t%q\n", path)
		}
	}
	return "package " + c.folder(i) + "\n\n" + imports + ")\n\n" + c.source
}

// check checks the findings of the source's package.
func (c *illegal) check(t *testing.T, i int, found []string) {
	if len(found) != 1 {
		t.Fatalf("there must be one finding, not %d:\n%s", len(found), strings.Join(found, ""))
	}
	before, _, _ := strings.Cut(c.file(i), "//instrument:")
	place := fmt.Sprintf("f.go:%d:", strings.Count(before, "\n")+1)
	message, ok := strings.CutPrefix(found[0], place)
	if !ok {
		t.Errorf("finding must be at %s %s", place, found[0])
	}
	if !regexp.MustCompile(c.want).MatchString(message) || !strings.HasSuffix(message, ")\n") {
		t.Errorf("finding must match %q and end in a remedy: %s", c.want, found[0])
	}
}

// illegalNames returns the names of a class's cases.
func illegalNames(class string) []string {
	var list []string
	for _, c := range illegals {
		if c.class == class {
			list = append(list, c.name)
		}
	}
	return list
}
