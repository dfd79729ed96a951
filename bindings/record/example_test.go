package record_test

import (
	"bytes"
	"context"
	"fmt"

	"github.com/instrumentgo/instrument/bindings"
	"github.com/instrumentgo/instrument/bindings/kv"
	"github.com/instrumentgo/instrument/bindings/provider/mem"
	"github.com/instrumentgo/instrument/bindings/record"
)

// visit is the program: it greets a customer and counts.
func visit(ctx context.Context, env bindings.Environment, provider *bindings.Provider, customer string) error {
	platform, err := bindings.Open(ctx, env, provider)
	if err != nil {
		return err
	}
	defer platform.Close(ctx)
	visits, err := kv.Open[string, int](ctx, platform, "visits")
	if err != nil {
		return err
	}
	n, err := visits.Increment(ctx, customer, 1)
	if err != nil {
		return err
	}
	fmt.Printf("%s is here for the %d. time\n", customer, n)
	return nil
}

func Example() {
	ctx := context.Background()
	env := bindings.Environment{Namespace: "shop", Bindings: []bindings.Binding{{Name: "visits", URL: "mem:"}}}

	var recording bytes.Buffer
	rec := record.New(&recording)
	fmt.Println(visit(ctx, env, rec.Wrap(mem.Provider), "ann"))
	fmt.Print(recording.String())

	replay, err := record.Read(&recording)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(visit(ctx, env, replay.Provider(), "ann"))
	fmt.Println(visit(ctx, env, replay.Provider(), "bob"))
	// Output:
	// ann is here for the 1. time
	// <nil>
	// {"seq":1,"provider":{"name":"mem","schemes":["mem"],"kinds":["blob","config","kv","lock","secret","topic"],"system":"memory"}}
	// {"seq":2,"kind":"kv","binding":"visits","op":"open","result":{"abilities":{"ttl":true,"compare-and-swap":true,"increment":true,"watch":true,"ordered":true,"sorted":true,"read-your-writes":true}}}
	// {"seq":3,"kind":"kv","binding":"visits","op":"increment","args":{"key":"ann","delta":1},"result":{"sum":1}}
	// ann is here for the 1. time
	// <nil>
	// increment visits: failed precondition: the recording has no kv increment visits {"key":"bob","delta":1}: it has nothing else of visits
}
