package main

import (
	"bytes"
	"context"
	"fmt"
	"time"
)

type Receipt struct{ Number int }

type Shop struct {
	store orders
	sold  int
}

// Buy sells once per key.
//
//instrument:idempotent key store=s.store
func (s *Shop) Buy(ctx context.Context, key, item string) (*Receipt, error) {
	s.sold++
	return &Receipt{Number: s.sold}, nil
}

func main() {
	s := &Shop{store: orders{}}
	for _, key := range []string{"k1", "k1", "k2"} {
		receipt, err := s.Buy(context.Background(), key, "book")
		fmt.Println(key, receipt.Number, err)
	}

	// Output:
	// k1 1 <nil>
	// k1 1 <nil>
	// k2 2 <nil>
}

// orders is a store for one goroutine; a real one is shared by all processes and heeds ttl.
type orders map[string][]byte

func (o orders) Get(ctx context.Context, key string) ([]byte, bool, error) {
	value, ok := o[key]
	return value, ok, nil
}

func (o orders) PutIfAbsent(ctx context.Context, key string, value []byte, ttl time.Duration) (bool, error) {
	if _, ok := o[key]; ok {
		return false, nil
	}
	o[key] = value
	return true, nil
}

func (o orders) CompareAndSwap(ctx context.Context, key string, old, value []byte, ttl time.Duration) (bool, error) {
	if !bytes.Equal(o[key], old) {
		return false, nil
	}
	o[key] = value
	return true, nil
}

func (o orders) CompareAndDelete(ctx context.Context, key string, old []byte) (bool, error) {
	if !bytes.Equal(o[key], old) {
		return false, nil
	}
	delete(o, key)
	return true, nil
}
