package postgres_test

import (
	"io"
	"net"
	"strings"
	"sync"
	"testing"
)

// servers are doors to the server, one for each case, to close them: for a client that is a server
// which goes away with all connections, and comes back.
type servers struct{ byAddress sync.Map }

// door is a proxy.
type door struct {
	address string

	mu       sync.Mutex
	listener net.Listener
	conns    map[net.Conn]bool
}

// url opens a door and returns the URL of the server behind it, with options.
func (s *servers) url(options string) func(t *testing.T) string {
	return func(t *testing.T) string {
		d := &door{address: "127.0.0.1:0"}
		d.open(t)
		s.byAddress.Store(d.address, d)
		t.Cleanup(d.close)
		return strings.Replace(url, address, d.address, 1) + options
	}
}

// restart closes the URL's door and opens it again.
func (s *servers) restart(t *testing.T, of string) {
	s.byAddress.Range(func(at, d any) bool {
		if strings.Contains(of, "@"+at.(string)+"/") {
			d.(*door).close()
			d.(*door).open(t)
		}
		return true
	})
}

func (d *door) open(t *testing.T) {
	t.Helper()
	listener, err := net.Listen("tcp", d.address)
	if err != nil {
		t.Fatal(err)
	}
	d.mu.Lock()
	d.address, d.listener, d.conns = listener.Addr().String(), listener, map[net.Conn]bool{}
	d.mu.Unlock()
	go func() {
		for {
			client, err := listener.Accept()
			if err != nil {
				return
			}
			go d.serve(listener, client)
		}
	}()
}

// serve connects a client with the server until one of them ends the connection, or the door is
// closed.
func (d *door) serve(at net.Listener, client net.Conn) {
	server, err := net.Dial("tcp", address)
	if err != nil {
		client.Close()
		return
	}
	d.mu.Lock()
	closed := d.listener != at
	if !closed {
		d.conns[client], d.conns[server] = true, true
	}
	d.mu.Unlock()
	if !closed {
		var group sync.WaitGroup
		for _, way := range [][2]net.Conn{{client, server}, {server, client}} {
			group.Go(func() {
				_, _ = io.Copy(way[0], way[1])
				client.Close()
				server.Close()
			})
		}
		group.Wait()
	}
	client.Close()
	server.Close()
}

func (d *door) close() {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.listener.Close()
	d.listener = nil
	for c := range d.conns {
		c.Close()
	}
}
