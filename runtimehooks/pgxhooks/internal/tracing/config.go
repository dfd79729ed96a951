package tracing

import (
	"reflect"
	"strconv"
	"strings"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/multitracer"

	"github.com/instrumentgo/instrument/internal/observe"
	"github.com/instrumentgo/instrument/runtimehooks/internal/process"
)

// Traced returns a copy of the configuration whose tracer records, or the configuration if its
// tracer does so or nothing is to be recorded.
func Traced(config *pgx.ConnConfig) *pgx.ConnConfig {
	if process.Off() || Records(config.Tracer) {
		return config
	}
	config = config.Copy()
	ours := &tracer{watch: observe.New(target(config))}
	if config.Tracer == nil {
		config.Tracer = ours
	} else {
		config.Tracer = multitracer.New(config.Tracer, ours)
	}
	return config
}

// target is what the spans of a configuration have in common. Where one of several servers will be
// connected to, none is named.
func target(config *pgx.ConnConfig) observe.Target {
	t := observe.Target{System: "postgresql", Namespace: config.Database}
	if t.Namespace == "" {
		t.Namespace = config.User // as the server chooses
	}
	for _, f := range config.Fallbacks { // the same server without TLS is one, too
		if f.Host != config.Host || f.Port != config.Port {
			return t
		}
	}
	t.Host = config.Host
	if !strings.HasPrefix(t.Host, "/") { // a socket has no port
		t.Port = strconv.Itoa(int(config.Port))
	}
	return t
}

// others are the packages whose tracers write spans for each statement.
var others = []string{"github.com/exaring/otelpgx", "github.com/pgx-contrib/pgxotel"}

// Records reports whether a tracer writes spans: this pack's, somebody else's, one that embeds
// such a tracer, and one that is made of several.
func Records(t pgx.QueryTracer) bool {
	switch t := t.(type) {
	case nil:
		return false
	case *tracer:
		return true
	case *multitracer.Tracer:
		for _, one := range t.QueryTracers {
			if Records(one) {
				return true
			}
		}
		return false
	}
	return byOthers(reflect.TypeOf(t))
}

// byOthers reports whether a type is one of others' packages, or embeds one.
func byOthers(t reflect.Type) bool {
	if t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	for _, path := range others {
		if t.PkgPath() == path {
			return true
		}
	}
	if t.Kind() != reflect.Struct {
		return false
	}
	for i := range t.NumField() {
		if f := t.Field(i); f.Anonymous && byOthers(f.Type) {
			return true
		}
	}
	return false
}
