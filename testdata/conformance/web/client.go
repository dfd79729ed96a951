package web

import "net/http"

// The functions below send a request; policies understand the response.

//instrument:retry attempts=3 initial=1s factor=1 jitter=0 budget=0
func AskAgain(c *http.Client, req *http.Request) (*http.Response, error) { return c.Do(req) }

//instrument:breaker failures=2 cooldown=1h
func AskGuarded(c *http.Client, req *http.Request) (*http.Response, error) { return c.Do(req) }

//instrument:hedge 1s
func AskTwice(c *http.Client, req *http.Request) (*http.Response, error) { return c.Do(req) }

//instrument:timeout 2s
//instrument:retry attempts=3 initial=0s budget=0 each=1s
func AskInTime(c *http.Client, req *http.Request) (*http.Response, error) { return c.Do(req) }
