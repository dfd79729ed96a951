// Command orders places orders. It serves HTTP, by gin, reserves the goods by gRPC, keeps orders in
// SQLite, and tells of them on NATS.
package main

import (
	"context"
	"database/sql"
	"flag"
	"fmt"
	"os"

	"github.com/gin-gonic/gin"
	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
	"go.opentelemetry.io/contrib/instrumentation/github.com/gin-gonic/gin/otelgin"
	"go.opentelemetry.io/contrib/instrumentation/google.golang.org/grpc/otelgrpc"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"
	_ "modernc.org/sqlite"

	"github.com/instrumentgo/instrument/examples/mesh/byhand/telemetry"
	"github.com/instrumentgo/instrument/examples/mesh/serve"
	"github.com/instrumentgo/instrument/examples/mesh/stockpb"
)

func main() {
	os.Exit(command())
}

func command() (code int) {
	addr := flag.String("addr", "127.0.0.1:8081", "serve on this `address`")
	stock := flag.String("stock", "127.0.0.1:8082", "`address` of the service stock")
	broker := flag.String("broker", "nats://127.0.0.1:4222", "`URL` of the broker")
	file := flag.String("db", ":memory:", "keep orders in this `file`")
	flag.Parse()

	ctx, stop := serve.Signals()
	defer stop()
	end, err := telemetry.Start(ctx)
	if err != nil {
		fmt.Fprintf(os.Stderr, "orders: %v\n", err)
		return 1
	}
	defer func() {
		if err := end(); err != nil {
			fmt.Fprintf(os.Stderr, "orders: %v\n", err)
		}
	}()
	if err := run(ctx, *addr, *stock, *broker, *file); err != nil {
		fmt.Fprintf(os.Stderr, "orders: %v\n", err)
		return 1
	}
	return 0
}

func run(ctx context.Context, addr, stock, broker, file string) error {
	db, err := openDB(ctx, file)
	if err != nil {
		return err
	}
	defer db.Close()
	conn, err := grpc.NewClient(stock, grpc.WithTransportCredentials(insecure.NewCredentials()), grpc.WithStatsHandler(otelgrpc.NewClientHandler()))
	if err != nil {
		return err
	}
	defer conn.Close()
	nc, err := nats.Connect(broker)
	if err != nil {
		return err
	}
	defer nc.Close()
	js, err := jetstream.New(nc)
	if err != nil {
		return err
	}
	return serve.HTTP(ctx, "orders", addr, newRouter(&shop{db, stockpb.NewStockClient(conn), js, telemetry.Host(nc)}), os.Stderr)
}

func openDB(ctx context.Context, file string) (*sql.DB, error) {
	db, err := telemetry.OpenSQLite(file)
	if err != nil {
		return nil, err
	}
	db.SetMaxOpenConns(1) // SQLite has one writer, and a database in memory one connection
	_, err = db.ExecContext(ctx, "CREATE TABLE IF NOT EXISTS orders (id INTEGER PRIMARY KEY, sku TEXT, quantity INTEGER)")
	return db, err
}

func newRouter(s *shop) *gin.Engine {
	gin.SetMode(gin.ReleaseMode)
	r := gin.New()
	r.Use(otelgin.Middleware(""))
	r.POST("/orders", s.place)
	return r
}
