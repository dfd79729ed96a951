package nats

import (
	"context"
	"crypto/rand"
	"fmt"
	"net"
	"os"
	"sync"
	"sync/atomic"
	"time"

	"github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"github.com/instrumentgo/instrument/bindings"
	"github.com/instrumentgo/instrument/bindings/kv"
)

// embedded is a server in this process. It has no port; each account is reached by a connection of its own.
type embedded struct {
	folder    string
	temporary bool // folder goes when the server does, and nothing is kept in it
	quota     int64
	password  string
	running   atomic.Pointer[server.Server]

	mu    sync.Mutex
	conns map[string]*conn // by account
}

// startEmbedded starts a server that keeps its files in a folder, or everything in memory if that is "".
func startEmbedded(folder string, quota int64) (*embedded, error) {
	e := &embedded{folder: folder, quota: quota, password: rand.Text(), conns: map[string]*conn{}}
	if folder == "" {
		var err error
		if e.folder, err = os.MkdirTemp("", "instrument-nats-"); err != nil {
			return nil, fmt.Errorf("make folder: %w", err)
		}
		e.temporary = true
	}
	if err := e.start(); err != nil {
		e.removeFolder()
		return nil, err
	}
	return e, nil
}

// startTimeout bounds how long a server takes to read its files.
const startTimeout = 10 * time.Second

func (e *embedded) start() error {
	s, err := server.NewServer(&server.Options{
		ServerName: "instrument",
		DontListen: true,
		JetStream:  true,
		StoreDir:   e.folder,
		SyncAlways: !e.temporary,
		NoSigs:     true,
		NoLog:      true,
		// Who connects says for which account; only this process can, and only with the password.
		CustomClientAuthentication: &accounts{e},
	})
	if err != nil {
		return fmt.Errorf("start server: %w", err)
	}
	e.running.Store(s)
	s.Start()
	if !s.ReadyForConnections(startTimeout) {
		s.Shutdown()
		return bindings.Errorf(bindings.Unavailable, "start server: not ready after %v", startTimeout)
	}
	return nil
}

// InProcessConn connects to the server that runs now: after a restart another one.
func (e *embedded) InProcessConn() (net.Conn, error) { return e.running.Load().InProcessConn() }

// accounts lets connections into the account that their user name says.
type accounts struct{ *embedded }

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

// account returns an account that can use JetStream within its quota.
func (a *accounts) account(name string) (*server.Account, error) {
	account, fresh := a.running.Load().LookupOrRegisterAccount(name)
	if !fresh && account.JetStreamEnabled() {
		return account, nil
	}
	limits := server.JetStreamAccountLimits{MaxMemory: a.quota, MaxStore: a.quota, MaxStreams: -1, MaxConsumers: -1, MaxAckPending: -1,
		MemoryMaxStreamBytes: -1, StoreMaxStreamBytes: -1}
	return account, account.EnableJetStream(map[string]server.JetStreamAccountLimits{"": limits}, nil)
}

// connection returns the connection of an account.
func (e *embedded) connection(account string) (*conn, error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if c := e.conns[account]; c != nil {
		return c, nil
	}
	nc, err := nats.Connect("", nats.InProcessServer(e), nats.UserInfo(account, e.password), nats.MaxReconnects(-1),
		nats.ReconnectWait(10*time.Millisecond), nats.ReconnectJitter(0, 0))
	if err != nil {
		return nil, coded(context.Background(), err)
	}
	js, err := jetstream.New(nc)
	if err != nil {
		nc.Close()
		return nil, coded(context.Background(), err)
	}
	c := &conn{nc, js, 1}
	e.conns[account] = c
	return c, nil
}

// space returns the connection of a space's account, and the name that the space's bucket has in it.
func (e *embedded) space(space bindings.Space) (*conn, string, error) {
	account := bindings.Space{Namespace: space.Namespace, Tenant: space.Tenant}.Name()
	c, err := e.connection(account)
	return c, bindings.Escape(space.Binding), err
}

func (e *embedded) storage() jetstream.StorageType {
	if e.temporary {
		return jetstream.MemoryStorage
	}
	return jetstream.FileStorage
}

// Ping implements [bindings.Conn].
func (e *embedded) Ping(context.Context) error {
	if !e.running.Load().Running() {
		return bindings.Errorf(bindings.Unavailable, "the embedded server does not run")
	}
	return nil
}

// Close implements [bindings.Conn].
func (e *embedded) Close(context.Context) error {
	e.mu.Lock()
	defer e.mu.Unlock()
	for _, c := range e.conns {
		c.nc.Close()
	}
	s := e.running.Load()
	s.Shutdown()
	s.WaitForShutdown()
	return e.removeFolder()
}

func (e *embedded) removeFolder() error {
	if !e.temporary {
		return nil
	}
	return os.RemoveAll(e.folder)
}

// OpenKV implements [kv.Opener].
func (e *embedded) OpenKV(ctx context.Context, space bindings.Space) (kv.Store, error) {
	c, bucket, err := e.space(space)
	if err != nil {
		return nil, err
	}
	return c.openBucket(ctx, bucket, e.storage())
}
