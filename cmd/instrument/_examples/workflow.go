package main

import (
	"context"
	"errors"
	"fmt"

	"github.com/instrumentgo/instrument/bindings"
	"github.com/instrumentgo/instrument/bindings/provider/mem"
	"github.com/instrumentgo/instrument/bindings/workflow"
)

// Shop sells things.
//
//instrument:bind
type Shop struct {
	Checkouts workflow.Of[string, string]
}

// CheckOut reserves an article and charges a card. After a crash it goes on where it was.
//
//instrument:workflow checkouts
func (s *Shop) CheckOut(ctx context.Context, card string) (string, error) {
	if err := s.reserve(ctx, "apple"); err != nil {
		return "", err
	}
	return charge(ctx, card, workflow.Key(ctx))
}

//instrument:step compensate=release
func (s *Shop) reserve(ctx context.Context, article string) error {
	fmt.Println("reserve", article)
	return nil
}

func (s *Shop) release(ctx context.Context, article string) error {
	fmt.Println("release", article)
	return nil
}

var ErrDeclined = errors.New("declined")

// charge gives the gateway a key, by which it recognises a second request.
//
//instrument:step
func charge(ctx context.Context, card, key string) (string, error) {
	if card == "expired" {
		return "", ErrDeclined
	}
	return "charged by " + key, nil
}

func main() {
	ctx := context.Background()
	platform, err := bindings.Open(ctx, bindings.Environment{Namespace: "shop", Needs: ShopNeeds, // generated, as BindShop is
		Bindings: []bindings.Binding{{Name: "checkouts", URL: "mem:"}}}, mem.Provider)
	if err != nil {
		panic(err)
	}
	shop, err := BindShop(ctx, platform)
	if err != nil {
		panic(err)
	}
	if err := platform.Start(ctx); err != nil {
		panic(err)
	}
	for _, card := range []string{"4242", "expired"} {
		if err := shop.Checkouts.Start(ctx, "order-"+card, card); err != nil {
			panic(err)
		}
		result, err := shop.Checkouts.Result(ctx, "order-"+card)
		fmt.Println(result, errors.Is(err, ErrDeclined))
	}

	// Output:
	// reserve apple
	// charged by checkouts/:order-4242/2 false
	// reserve apple
	// release apple
	//  true
}
