package main

import (
	"errors"
	"fmt"
	"net"
	"os"
	"strconv"
	"time"

	"github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nats.go"
)

// broker is a NATS server in this process, which other processes connect to.
type broker struct {
	server *server.Server
	conn   *nats.Conn // of this process
	folder string
}

func startBroker(addr string) (*broker, error) {
	host, text, err := net.SplitHostPort(addr)
	if err != nil {
		return nil, err
	}
	port, err := strconv.Atoi(text)
	if err != nil {
		return nil, fmt.Errorf("port of the broker: %w", err)
	}
	if port == 0 {
		port = server.RANDOM_PORT
	}
	folder, err := os.MkdirTemp("", "mesh-broker-")
	if err != nil {
		return nil, err
	}
	b := &broker{folder: folder}
	if b.server, err = server.NewServer(&server.Options{Host: host, Port: port, JetStream: true, StoreDir: folder, NoSigs: true, NoLog: true}); err != nil {
		return nil, errors.Join(err, b.stop())
	}
	b.server.Start()
	if !b.server.ReadyForConnections(10 * time.Second) {
		return nil, errors.Join(errors.New("the broker is not ready"), b.stop())
	}
	if b.conn, err = nats.Connect(b.url()); err != nil {
		return nil, errors.Join(err, b.stop())
	}
	return b, nil
}

func (b *broker) url() string { return b.server.ClientURL() }

func (b *broker) stop() error {
	if b.conn != nil {
		b.conn.Close()
	}
	if b.server != nil {
		b.server.Shutdown()
		b.server.WaitForShutdown()
	}
	return os.RemoveAll(b.folder)
}
