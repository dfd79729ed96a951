package scaffold

import (
	"path"
	"slices"

	"github.com/instrumentgo/instrument/analysis/plan"
)

// Pack is one of the packs that init includes.
type Pack struct {
	For    string   // import path of what it is for: init includes it where the module imports that
	Also   []string // other packages that it is for, of the same library
	Path   string   // import path of the pack
	Module string   // path of its module, where it is one of its own
	Covers string

	Handlers bool // it says what its framework's handlers are, which HTTPHandlers then selects
}

// Name is the name of the pack's package.
func (p Pack) Name() string { return path.Base(p.Path) }

// grpcPath is the pack for gRPC, whose services get a preset each.
const grpcPath = plan.HooksPath + "/grpchooks"

// Packs are the packs that exist, sorted by name.
var Packs = []Pack{
	{For: "github.com/go-chi/chi/v5", Path: plan.HooksPath + "/chihooks", Module: plan.HooksPath + "/chihooks", Covers: "the route of chi in the span of a request"},
	{For: "connectrpc.com/connect", Path: plan.HooksPath + "/connecthooks", Module: plan.HooksPath + "/connecthooks", Covers: "a span and a measurement for each call and stream of Connect"},
	{For: "github.com/labstack/echo/v5", Path: plan.HooksPath + "/echo5hooks", Module: plan.HooksPath + "/echo5hooks", Handlers: true, Covers: "handlers of echo 5, and a span for each request"},
	{For: "github.com/labstack/echo/v4", Path: plan.HooksPath + "/echohooks", Module: plan.HooksPath + "/echohooks", Handlers: true, Covers: "handlers of echo, and a span for each request"},
	{For: "github.com/gofiber/fiber/v3", Path: plan.HooksPath + "/fiberhooks", Module: plan.HooksPath + "/fiberhooks", Handlers: true, Covers: "handlers of fiber, and a span for each request"},
	{For: "github.com/twmb/franz-go/pkg/kgo", Path: plan.HooksPath + "/franzhooks", Module: plan.HooksPath + "/franzhooks", Covers: "a span for each record that Kafka carries, and the trace in it"},
	{For: "github.com/gin-gonic/gin", Path: plan.HooksPath + "/ginhooks", Module: plan.HooksPath + "/ginhooks", Handlers: true, Covers: "handlers of gin, and a span for each request"},
	{For: "google.golang.org/grpc", Path: grpcPath, Module: grpcPath, Covers: "a span and a measurement for each gRPC call and stream"},
	{For: "net/http", Path: plan.HTTPPath, Covers: "a span and a measurement for each request that net/http serves or sends"},
	{For: "github.com/nats-io/nats.go", Also: []string{"github.com/nats-io/nats.go/jetstream"}, Path: plan.HooksPath + "/natshooks", Module: plan.HooksPath + "/natshooks", Covers: "a span for each message that NATS carries, and the trace in it"},
	{For: "github.com/jackc/pgx/v5", Also: []string{"github.com/jackc/pgx/v5/pgxpool"}, Path: plan.HooksPath + "/pgxhooks", Module: plan.HooksPath + "/pgxhooks", Covers: "a span for each statement, batch and COPY of pgx"},
	{For: "github.com/redis/go-redis/v9", Path: plan.HooksPath + "/redishooks", Module: plan.HooksPath + "/redishooks", Covers: "a span for each command and pipeline of go-redis"},
	{For: "log/slog", Path: plan.HooksPath + "/sloghooks", Covers: "the ids of trace and span in records of log/slog"},
	{For: "database/sql", Path: plan.HooksPath + "/sqlhooks", Covers: "a span for each statement and transaction of database/sql"},
}

// PackPaths returns the import paths of all packs.
func PackPaths() []string {
	var list []string
	for _, p := range Packs {
		list = append(list, p.Path)
	}
	return list
}

// fits reports whether one of the packages imports what the pack is for.
func (p Pack) fits(imports []string) bool {
	return slices.Contains(imports, p.For) || slices.ContainsFunc(imports, func(path string) bool { return slices.Contains(p.Also, path) })
}
