package nats

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"net"
	"os"
	"sync"
	"sync/atomic"
	"time"

	"github.com/gofrs/flock"
	"github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"github.com/instrumentgo/instrument/bindings"
)

// host is a server in this process. It has no port; each account is reached by a connection of its
// own.
type host struct {
	folder    string
	temporary bool // folder goes when the server does, and nothing is kept in it
	password  string
	lock      *flock.Flock // of the folder; nil for a temporary one
	running   atomic.Pointer[server.Server]

	mu    sync.Mutex
	conns map[string]*conn // by account
}

// startHost starts a server that keeps its files in a folder, or everything in memory if that is
// "".
func startHost(folder string) (*host, error) {
	h := &host{folder: folder, password: rand.Text(), conns: map[string]*conn{}}
	var err error
	if folder == "" {
		h.temporary = true
		if h.folder, err = os.MkdirTemp("", "instrument-nats-"); err != nil {
			return nil, fmt.Errorf("make folder: %w", err)
		}
	} else if h.lock, err = lockFolder(folder); err != nil {
		return nil, err
	}
	if err := h.start(); err != nil {
		return nil, errors.Join(err, h.leaveFolder())
	}
	return h, nil
}

// startTimeout bounds how long a server takes to read its files.
const startTimeout = 10 * time.Second

func (h *host) start() error {
	s, err := server.NewServer(&server.Options{
		ServerName: "instrument",
		DontListen: true,
		JetStream:  true,
		StoreDir:   h.folder,
		SyncAlways: !h.temporary,
		NoSigs:     true,
		NoLog:      true,
		// Who connects says for which account; only this process can, and only with the password.
		CustomClientAuthentication: &accounts{h},
	})
	if err != nil {
		return fmt.Errorf("start server: %w", err)
	}
	s.SetLogger(serverLog{}, false, false)
	h.running.Store(s)
	s.Start()
	if !s.ReadyForConnections(startTimeout) {
		s.Shutdown()
		return bindings.Errorf(bindings.Unavailable, "start server: not ready after %v", startTimeout)
	}
	return nil
}

// InProcessConn connects to the server that runs now: after a restart another one.
func (h *host) InProcessConn() (net.Conn, error) { return h.running.Load().InProcessConn() }

// accounts lets connections into the account that their user name says.
type accounts struct{ *host }

// Check implements [server.Authentication].
func (a *accounts) Check(c server.ClientAuthentication) bool {
	o := c.GetOpts()
	if o.Password != a.password {
		return false
	}
	account, err := a.account(o.Username)
	if err != nil {
		return false
	}
	c.RegisterUser(&server.User{Username: o.Username, Account: account})
	return true
}

// account returns an account that can use JetStream. What its bindings may store is a limit of
// their streams.
func (a *accounts) account(name string) (*server.Account, error) {
	account, fresh := a.running.Load().LookupOrRegisterAccount(name)
	if !fresh && account.JetStreamEnabled() {
		return account, nil
	}
	return account, account.EnableJetStream(nil, nil)
}

// connection returns the connection of an account.
func (h *host) connection(account string) (*conn, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if c := h.conns[account]; c != nil {
		return c, nil
	}
	nc, err := nats.Connect("", append(logged("embedded"), nats.InProcessServer(h), nats.UserInfo(account, h.password),
		nats.MaxReconnects(-1), nats.ReconnectWait(10*time.Millisecond), nats.ReconnectJitter(0, 0))...)
	if err != nil {
		return nil, coded(context.Background(), err)
	}
	js, err := jetstream.New(nc)
	if err != nil {
		nc.Close()
		return nil, coded(context.Background(), err)
	}
	c := &conn{nc: nc, js: js, replicas: 1}
	h.conns[account] = c
	return c, nil
}

func (h *host) storage() jetstream.StorageType {
	if h.temporary {
		return jetstream.MemoryStorage
	}
	return jetstream.FileStorage
}

// stop ends the server and all connections to it.
func (h *host) stop() error {
	h.mu.Lock()
	defer h.mu.Unlock()
	for _, c := range h.conns {
		c.nc.Close()
	}
	s := h.running.Load()
	s.Shutdown()
	s.WaitForShutdown()
	return h.leaveFolder()
}

func (h *host) leaveFolder() error {
	if h.temporary {
		return os.RemoveAll(h.folder)
	}
	return h.lock.Unlock()
}
