//go:build instrument

package pgxhooks

import (
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/jackc/pgx/v5/stdlib"

	"github.com/instrumentgo/instrument/aspects"
	"github.com/instrumentgo/instrument/runtimehooks/pgxhooks/stdlibhooks"
)

// Rules have connections, pools and databases made by this package's functions.
var Rules = aspects.Module(
	aspects.Yields("github.com/exaring/otelpgx", "github.com/pgx-contrib/pgxotel"),
	aspects.Rule("Connect", aspects.Calls(pgx.Connect), aspects.Replace(Connect)),
	aspects.Rule("ConnectConfig", aspects.Calls(pgx.ConnectConfig), aspects.Replace(ConnectConfig)),
	aspects.Rule("ConnectWithOptions", aspects.Calls(pgx.ConnectWithOptions), aspects.Replace(ConnectWithOptions)),
	aspects.Rule("pgxpool.New", aspects.Calls(pgxpool.New), aspects.Replace(NewPool)),
	aspects.Rule("pgxpool.NewWithConfig", aspects.Calls(pgxpool.NewWithConfig), aspects.Replace(NewPoolWithConfig)),
	aspects.Rule("stdlib.OpenDB", aspects.Calls(stdlib.OpenDB), aspects.Replace(stdlibhooks.OpenDB)),
	aspects.Rule("stdlib.OpenDBFromPool", aspects.Calls(stdlib.OpenDBFromPool), aspects.Replace(stdlibhooks.OpenDBFromPool)),
	aspects.Rule("stdlib.GetConnector", aspects.Calls(stdlib.GetConnector), aspects.Replace(stdlibhooks.GetConnector)),
	aspects.Rule("stdlib.GetPoolConnector", aspects.Calls(stdlib.GetPoolConnector), aspects.Replace(stdlibhooks.GetPoolConnector)),
)
