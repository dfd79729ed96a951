// Command stock keeps what is for sale. It serves gRPC, counts goods in SQLite, runs the broker of
// the mesh, an embedded NATS server, and prints a packing slip for each order that is placed.
package main

import (
	"context"
	"database/sql"
	"errors"
	"flag"
	"fmt"
	"net"
	"os"

	"github.com/nats-io/nats.go/jetstream"
	"google.golang.org/grpc"
	_ "modernc.org/sqlite"

	"github.com/instrumentgo/instrument/examples/mesh/serve"
	"github.com/instrumentgo/instrument/examples/mesh/stockpb"
)

//instrument:otel
func main() {
	addr := flag.String("addr", "127.0.0.1:8082", "serve on this `address`")
	broker := flag.String("broker", "127.0.0.1:4222", "run the broker on this `address`")
	file := flag.String("db", ":memory:", "count goods in this `file`")
	flag.Parse()

	ctx, stop := serve.Signals()
	defer stop()
	if err := run(ctx, *addr, *broker, *file); err != nil {
		fmt.Fprintf(os.Stderr, "stock: %v\n", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, addr, brokerAddr, file string) (err error) {
	db, err := openDB(ctx, file)
	if err != nil {
		return err
	}
	defer db.Close()
	broker, err := startBroker(brokerAddr)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, broker.stop()) }()
	w := &warehouse{db: db, slips: os.Stdout}
	packing, err := subscribe(ctx, broker, w)
	if err != nil {
		return err
	}
	defer func() {
		packing.Drain()
		<-packing.Closed()
	}()

	listener, err := net.Listen("tcp", addr)
	if err != nil {
		return err
	}
	server := newServer(w)
	context.AfterFunc(ctx, server.GracefulStop)
	fmt.Fprintf(os.Stderr, "stock: broker on %s\nstock: serving on %s\n", broker.url(), listener.Addr())
	return server.Serve(listener)
}

func newServer(w *warehouse) *grpc.Server {
	server := grpc.NewServer()
	stockpb.RegisterStockServer(server, w)
	return server
}

// subscribe has the warehouse pack what is ordered.
func subscribe(ctx context.Context, b *broker, w *warehouse) (jetstream.ConsumeContext, error) {
	js, err := jetstream.New(b.conn)
	if err != nil {
		return nil, err
	}
	stream, err := js.CreateOrUpdateStream(ctx, jetstream.StreamConfig{Name: "orders", Subjects: []string{"orders.*"}, Storage: jetstream.MemoryStorage})
	if err != nil {
		return nil, err
	}
	consumer, err := stream.CreateOrUpdateConsumer(ctx, jetstream.ConsumerConfig{Durable: "packing", FilterSubject: "orders.placed"})
	if err != nil {
		return nil, err
	}
	return consumer.Consume(w.pack)
}

func openDB(ctx context.Context, file string) (*sql.DB, error) {
	db, err := sql.Open("sqlite", file)
	if err != nil {
		return nil, err
	}
	db.SetMaxOpenConns(1) // SQLite has one writer, and a database in memory one connection
	_, err = db.ExecContext(ctx, `CREATE TABLE IF NOT EXISTS goods (sku TEXT PRIMARY KEY, units INTEGER);
		INSERT INTO goods VALUES ('mug', 100), ('lamp', 0) ON CONFLICT DO NOTHING`)
	return db, err
}
