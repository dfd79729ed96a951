package grpchooks

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"go.opentelemetry.io/otel"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials"
	pb "google.golang.org/grpc/interop/grpc_testing"
	"google.golang.org/grpc/status"
)

// A server behind net/http has its span below the HTTP server's, and methods that it does not have
// are known there, too.
func TestServeHTTP(t *testing.T) {
	got := record(t)
	srv := NewServer()
	pb.RegisterTestServiceServer(srv, fails(nil))
	web := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		ctx, span := otel.Tracer("").Start(r.Context(), "POST")
		defer span.End()
		srv.ServeHTTP(w, r.WithContext(ctx))
	}))
	web.EnableHTTP2 = true
	web.StartTLS()
	tls := web.Client().Transport.(*http.Transport).TLSClientConfig.Clone()
	tls.ServerName = "example.com"
	conn, err := grpc.NewClient("passthrough:///"+web.Listener.Addr().String(), grpc.WithTransportCredentials(credentials.NewTLS(tls)))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := pb.NewTestServiceClient(conn).UnaryCall(withTimeout(t), new(pb.SimpleRequest)); err != nil {
		t.Fatal(err)
	}
	if err := conn.Invoke(withTimeout(t), "/a.B/C", new(pb.SimpleRequest), new(pb.SimpleResponse)); status.Code(err) != codes.Unimplemented {
		t.Fatal(err)
	}
	conn.Close()
	web.Close()
	srv.GracefulStop() // waits for what net/http does not: the end of its calls
	const ok, unknown = "internal POST\n  server " + unaryMethod + " rpc.response.status_code=OK\n",
		"internal POST\n  server _OTHER rpc.response.status_code=UNIMPLEMENTED\n"
	if tree := got.tree("rpc.response.status_code"); !strings.HasPrefix(tree, ok) || !strings.HasSuffix(tree, unknown) {
		t.Errorf("the spans are\n%swant\n%s", tree, ok+unknown)
	}
}
