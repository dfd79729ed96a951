//go:build instrument

package mesh

import (
	"github.com/instrumentgo/instrument/aspects"
	"github.com/instrumentgo/instrument/runtimehooks/chihooks"
	"github.com/instrumentgo/instrument/runtimehooks/ginhooks"
	"github.com/instrumentgo/instrument/runtimehooks/grpchooks"
	"github.com/instrumentgo/instrument/runtimehooks/httphooks"
	"github.com/instrumentgo/instrument/runtimehooks/natshooks"
	"github.com/instrumentgo/instrument/runtimehooks/otelsetup"
	"github.com/instrumentgo/instrument/runtimehooks/sqlhooks"
)

// What all services are woven with: a span and a measurement at each edge.
var _ = aspects.Module(
	aspects.Include(chihooks.Rules),
	aspects.Include(ginhooks.Rules),
	aspects.Include(grpchooks.Rules),
	aspects.Include(httphooks.Rules),
	aspects.Include(natshooks.Rules),
	aspects.Include(otelsetup.Rules),
	aspects.Include(sqlhooks.Rules),
)
