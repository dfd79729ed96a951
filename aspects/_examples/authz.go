package main

import (
	"context"
	"errors"
	"fmt"

	"github.com/instrumentgo/instrument/runtimehooks"
)

type Service struct{ owner string }

var errForeign = errors.New("not yours")

func (s *Service) authorize(user string) error {
	if user != s.owner {
		return errForeign
	}
	return nil
}

// Close says nothing of who may call it.
//
//instrument:authz s.authorize
func (s *Service) Close(ctx context.Context, user string) error { return nil }

func main() {
	s := &Service{owner: "ann"}
	fmt.Println(s.Close(context.Background(), "ann"))
	err := s.Close(context.Background(), "bob")
	fmt.Println(errors.Is(err, runtimehooks.ErrDenied), errors.Is(err, errForeign))

	// Output:
	// <nil>
	// true true
}
