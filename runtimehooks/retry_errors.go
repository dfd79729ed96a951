package runtimehooks

import (
	"errors"
	"reflect"
	"strings"
	"time"
)

// This file reads what errors say to a retry. Those of the backoff packages are known by the path
// and the name of their type, whatever their version: woven code must not have a program import one
// that it does not use.

// permanent reports whether err has a backoff.Permanent error in its chain, and returns the error
// for the caller: what is inside, or err as it is if something wraps it.
func permanent(err error) (final error, ok bool) {
	for isBackoff(err, "PermanentError") {
		inside := errors.Unwrap(err)
		if inside == nil {
			return err, true
		}
		err, ok = inside, true
	}
	return err, ok || anywhere(err, func(err error) bool { return isBackoff(err, "PermanentError") })
}

// askedPause returns how long an error in the chain asks to wait, by its method RetryAfter()
// time.Duration or as a backoff.RetryAfterError; 0 if none does.
func askedPause(err error) (asked time.Duration) {
	if after, ok := errors.AsType[retryAfter](err); ok {
		return after.RetryAfter()
	}
	anywhere(err, func(err error) bool {
		if !isBackoff(err, "RetryAfterError") {
			return false
		}
		if d := reflect.ValueOf(err).Elem().FieldByName("Duration"); d.IsValid() && d.CanInt() {
			asked = time.Duration(d.Int())
		}
		return true
	})
	return asked
}

// retryAfter is an error that says how long to wait before the next attempt.
type retryAfter interface {
	error
	RetryAfter() time.Duration
}

// backoffPath is the path of the backoff packages, without the version.
const backoffPath = "github.com/cenkalti/backoff"

// isBackoff reports whether err itself is a pointer to the type of the name in a backoff package.
func isBackoff(err error, name string) bool {
	t := reflect.TypeOf(err)
	if t == nil || t.Kind() != reflect.Pointer || t.Elem().Name() != name || t.Elem().Kind() != reflect.Struct {
		return false
	}
	version, ok := strings.CutPrefix(t.Elem().PkgPath(), backoffPath)
	return ok && (version == "" || strings.HasPrefix(version, "/v")) && !reflect.ValueOf(err).IsNil()
}

// anywhere reports whether err, or an error in its chain, is one that is meant.
func anywhere(err error, meant func(error) bool) bool {
	if err == nil {
		return false
	}
	if meant(err) {
		return true
	}
	switch e := err.(type) {
	case interface{ Unwrap() error }:
		return anywhere(e.Unwrap(), meant)
	case interface{ Unwrap() []error }:
		for _, inside := range e.Unwrap() {
			if anywhere(inside, meant) {
				return true
			}
		}
	}
	return false
}
