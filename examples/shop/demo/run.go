// Package demo sends the shop a fixed list of requests and prints what they got and what was
// recorded of them.
//
// It is the only package of the example that knows OpenTelemetry: it installs an in-memory SDK, as
// any program that wants to see its telemetry installs one. Which function records what is not
// decided here.
package demo

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"time"

	"github.com/instrumentgo/instrument/examples/shop/payments"
)

const (
	limit    = 5 * time.Second        // for one request; none comes near it
	cooldown = 250 * time.Millisecond // a little longer than the cooldown of the payments breaker
)

// Shop is the service that the demo plays with.
type Shop struct {
	Handler  http.Handler
	Gateway  *payments.Sandbox
	Payments http.Handler // for other processes
}

// Report is all that happened.
type Report struct {
	Scenes []Scene
	Spans  int // recorded in all, those of bindings among them
	Woven  int // of these, the spans of functions; 0 in a build that is not woven
	tables []table
	counts []count
}

// Scene is a scenario with its answers.
type Scene struct {
	Title   string
	File    string // source file that asks for what the scene shows
	Line    string // the line of it that does
	Answers []Answer
}

// Answer is what came of one request.
type Answer struct {
	Request string // method, path and what is worth knowing of the body
	Status  int    // 0 if the server closed the connection without a response
	Body    string // of the response
	Charges int    // calls that reached the payment gateway
	Log     string // first line of what was logged
	Trace   string // the request's spans as a tree, one line each; "" if there are none
}

// printable reports whether the answer's body is worth printing: what was read, and no error.
func (a Answer) printable() bool {
	return strings.HasPrefix(a.Request, http.MethodGet) && a.Status == http.StatusOK
}

// Run serves the shop on a free loopback port, sends it the demo's requests, one after the other,
// and returns what happened.
func Run(ctx context.Context, shop Shop) (report *Report, err error) {
	recorded := install()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, fmt.Errorf("start demo: %w", err)
	}
	stage := newStage(shop, listener.Addr().String())
	defer stage.log.capture()()
	served := make(chan error, 1)
	go func() { served <- stage.server.Serve(listener) }()
	defer func() {
		err = errors.Join(err, stage.server.Shutdown(ctx))
		if cause := <-served; !errors.Is(cause, http.ErrServerClosed) {
			err = errors.Join(err, cause)
		}
	}()

	report = &Report{}
	for _, scenario := range scenarios() {
		scene := Scene{Title: scenario.title, File: scenario.file, Line: scenario.line}
		for _, step := range scenario.steps {
			shop.Gateway.SetDown(step.down)
			if step.cooled && report.Woven > 0 { // a plain build has no breaker to wait for
				time.Sleep(cooldown)
			}
			answer, err := stage.play(ctx, step)
			if err != nil {
				return nil, fmt.Errorf("%s %s: %w", step.method, step.path, err)
			}
			spans, err := recorded.drain(ctx, step.orders(answer.Status))
			if err != nil {
				return nil, fmt.Errorf("%s %s: %w", step.method, step.path, err)
			}
			report.Spans += len(spans)
			report.Woven += woven(spans)
			answer.Trace = trees(spans)
			scene.Answers = append(scene.Answers, answer)
		}
		report.Scenes = append(report.Scenes, scene)
	}
	report.tables, report.counts, err = recorded.measured(ctx)
	return report, err
}

// stage is the server and its only client.
type stage struct {
	shop    Shop
	base    string
	server  *http.Server
	client  *http.Client
	log     *serverLog
	handled chan struct{} // one value per request, once its handler has ended
}

func newStage(shop Shop, address string) *stage {
	s := &stage{shop: shop, base: "http://" + address, log: new(serverLog), handled: make(chan struct{}, 1)}
	s.server = &http.Server{
		Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			defer func() { s.handled <- struct{}{} }()
			shop.Handler.ServeHTTP(w, r)
		}),
		ErrorLog:          s.log.logger(),
		ReadHeaderTimeout: limit,
	}
	// On a kept connection the client would send a request again when the server closes it, as it
	// does after a panic.
	s.client = &http.Client{Transport: &http.Transport{DisableKeepAlives: true}, Timeout: limit}
	return s
}

// play sends one request and waits until its handler has ended, so that its spans have ended as
// well.
func (s *stage) play(ctx context.Context, step step) (Answer, error) {
	answer := Answer{Request: strings.TrimSpace(step.method + " " + step.path + "  " + step.says)}
	before := s.shop.Gateway.Calls()
	req, err := http.NewRequestWithContext(ctx, step.method, s.base+step.path, strings.NewReader(step.body))
	if err != nil {
		return answer, err
	}
	response, err := s.client.Do(req)
	switch {
	case err == nil:
		answer.Status = response.StatusCode
		body, err := io.ReadAll(response.Body)
		if err = errors.Join(err, response.Body.Close()); err != nil {
			return answer, err
		}
		answer.Body = string(body)
	case !errors.Is(err, io.EOF):
		return answer, err
	}
	select {
	case <-s.handled:
	case <-ctx.Done():
		return answer, ctx.Err()
	}
	answer.Charges = s.shop.Gateway.Calls() - before
	answer.Log = s.log.take()
	return answer, nil
}
