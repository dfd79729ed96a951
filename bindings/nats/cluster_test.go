package nats

import (
	"fmt"
	"net"
	"net/url"
	"testing"
	"time"

	"github.com/nats-io/nats-server/v2/server"
)

// startCluster starts a cluster of three servers, which keep everything in memory, and returns their addresses.
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
