package nats

import (
	"errors"
	"strings"
	"testing"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"github.com/instrumentgo/instrument/bindings/provider/providertest"
	"github.com/instrumentgo/instrument/bindings/topic/topictest"
)

func TestTopic(t *testing.T) {
	needServer(t)
	topictest.Run(t, topictest.Harness{
		Provider: Provider,
		URL:      func(*testing.T) string { return "nats://" + address },
		Reopen:   true,
		Clean:    clean,
		Forget:   forget,
		Quota:    true,
	})
}

func TestTopicEmbedded(t *testing.T) {
	servers := newServers()
	topictest.Run(t, topictest.Harness{
		Provider: servers.provider(),
		URL:      embeddedURL,
		Reopen:   true,
		Restart:  servers.restart,
		Forget:   servers.forget,
		Quota:    true,
	})
}

func TestTopicInMemory(t *testing.T) {
	topictest.Run(t, topictest.Harness{Provider: Provider, URL: func(*testing.T) string { return "nats+embedded:" }, Quota: true})
}

// Processes that are killed with their embedded server lose nothing that was published.
func TestTopicKillEmbedded(t *testing.T) {
	topictest.Kill(t, topictest.Harness{
		Provider: Provider,
		URL:      embeddedURL,
	})
}

func TestTopicKill(t *testing.T) {
	needServer(t)
	topictest.Kill(t, topictest.Harness{Provider: Provider, URL: func(*testing.T) string { return "nats://" + address }, Clean: clean})
}

// forget removes consumers, streams of messages, or all streams of the topics of a namespace.
func forget(t *testing.T, url, namespace string, what providertest.Lost) {
	t.Helper()
	nc, err := nats.Connect(url)
	if err != nil {
		t.Fatal(err)
	}
	defer nc.Close()
	js, err := jetstream.New(nc)
	if err != nil {
		t.Fatal(err)
	}
	forgetIn(t, js, namespace, what)
}

// forget does so in all accounts of the embedded server.
func (s *servers) forget(t *testing.T, url, _ string, what providertest.Lost) {
	t.Helper()
	c, _ := s.byPath.Load(strings.TrimPrefix(url, "nats+embedded:"))
	e := c.(*embedded)
	e.mu.Lock()
	defer e.mu.Unlock()
	for _, c := range e.conns {
		forgetIn(t, c.js, "", what)
	}
}

func forgetIn(t *testing.T, js jetstream.JetStream, prefix string, what providertest.Lost) {
	t.Helper()
	ctx := t.Context()
	for info := range js.ListStreams(ctx).Info() {
		name := info.Config.Name
		messages := strings.HasPrefix(name, streamTopic+prefix)
		if !messages && !strings.HasPrefix(name, streamDead+prefix) {
			continue
		}
		var err error
		switch {
		case what == providertest.All, what == providertest.Messages && messages:
			err = js.DeleteStream(ctx, name)
		case what == providertest.Groups && messages:
			stream, failed := js.Stream(ctx, name)
			if err = failed; err != nil {
				break
			}
			for consumer := range stream.ConsumerNames(ctx).Name() {
				err = errors.Join(err, stream.DeleteConsumer(ctx, consumer))
			}
		}
		if err != nil {
			t.Fatal(err)
		}
	}
}
