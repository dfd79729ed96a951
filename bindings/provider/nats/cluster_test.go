package nats

import (
	"context"
	"fmt"
	"net"
	"net/url"
	"testing"
	"time"

	"github.com/nats-io/nats-server/v2/server"

	"github.com/instrumentgo/instrument/bindings"
	"github.com/instrumentgo/instrument/bindings/blob"
	"github.com/instrumentgo/instrument/bindings/kv/kvtest"
)

// startCluster starts a cluster of three servers, which keep everything in memory, and returns
// their addresses.
func startCluster(t *testing.T) (addresses []string) {
	t.Helper()
	var routes []*url.URL
	for range 3 {
		routes = append(routes, mustParse(t, "nats://127.0.0.1:"+freePort(t)))
	}
	var servers []*server.Server
	for i := range 3 {
		var port int
		if _, err := fmt.Sscan(routes[i].Port(), &port); err != nil {
			t.Fatal(err)
		}
		s, err := server.NewServer(&server.Options{ServerName: fmt.Sprint("s", i), Host: "127.0.0.1", Port: server.RANDOM_PORT, JetStream: true,
			StoreDir: t.TempDir(), Cluster: server.ClusterOpts{Name: "test", Host: "127.0.0.1", Port: port}, Routes: routes, NoSigs: true, NoLog: true})
		if err != nil {
			t.Fatal(err)
		}
		s.Start()
		t.Cleanup(func() {
			s.Shutdown()
			s.WaitForShutdown()
		})
		servers = append(servers, s)
	}
	deadline := time.Now().Add(30 * time.Second)
	for _, s := range servers {
		for !s.ReadyForConnections(time.Second) || !s.JetStreamIsCurrent() {
			if time.Now().After(deadline) {
				t.Fatal("the cluster does not come up")
			}
			time.Sleep(20 * time.Millisecond)
		}
		addresses = append(addresses, s.Addr().String())
	}
	return addresses
}

// freePort returns a port that nobody listens on.
func freePort(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	_, port, err := net.SplitHostPort(l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	return port
}

func mustParse(t *testing.T, text string) *url.URL {
	t.Helper()
	u, err := url.Parse(text)
	if err != nil {
		t.Fatal(err)
	}
	return u
}

// In a cluster a put and a delete must be seen at once, whichever server is asked: alone and in a
// list.
func TestClusterListsItsObjects(t *testing.T) {
	var buckets []blob.Bucket
	for _, address := range startCluster(t) {
		env := bindings.Environment{Namespace: "orders", Bindings: []bindings.Binding{{Name: "invoices", URL: "nats://" + address + "?replicas=3"}}}
		p, err := bindings.Open(t.Context(), env, Provider)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { p.Close(context.Background()) })
		b, err := blob.Open(t.Context(), p, "invoices")
		if err != nil {
			t.Fatal(err)
		}
		if a, err := b.Abilities(t.Context()); err != nil || !a.ReadYourWrites {
			t.Errorf("a bucket on three servers declares %+v, %v", a, err)
		}
		buckets = append(buckets, b)
	}
	for i := range 100 {
		var err error
		if i%2 == 0 {
			_, err = buckets[i%3].WriteAll(t.Context(), "list/a", []byte{byte(i)})
		} else {
			err = buckets[i%3].Delete(t.Context(), "list/a")
		}
		if err != nil {
			t.Fatal(err)
		}
		for j, b := range buckets {
			var keys []string
			for info, err := range b.All(t.Context(), "list/") {
				if err != nil {
					t.Fatal(err)
				}
				keys = append(keys, info.Key)
			}
			got, err := b.ReadAll(t.Context(), "list/a")
			if there := i%2 == 0; len(keys) == 1 != there || there != (err == nil) || there && got[0] != byte(i) {
				t.Fatalf("server %d lists %q and reads %v, %v after write %d", j, keys, got, err, i)
			}
		}
	}
}

// What is promised of a server must hold of three that replicate to each other.
func TestClusterKV(t *testing.T) {
	address := startCluster(t)[1]
	kvtest.Run(t, kvtest.Harness{
		Provider: Provider,
		URL:      func(*testing.T) string { return "nats://" + address + "?replicas=3" },
		Reopen:   true,
		Quota:    true,
		Except: map[string]string{"an entry of a full binding can be replaced": "a cluster refuses every write to a full stream, " +
			"and does not look at what it replaces"},
	})
}
