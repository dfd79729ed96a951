//go:build instrument

package franzhooks

import (
	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/instrumentgo/instrument/aspects"
)

// Rules have clients made, and their records fetched, by this package's functions.
var Rules = aspects.Module(
	aspects.Yields("github.com/twmb/franz-go/plugin/kotel"),
	aspects.Rule("NewClient", aspects.Calls(kgo.NewClient), aspects.Replace(NewClient)),
	aspects.Rule("NewGroupTransactSession", aspects.Calls(kgo.NewGroupTransactSession), aspects.Replace(NewGroupTransactSession)),
	aspects.Rule("PollFetches", aspects.Calls((*kgo.Client).PollFetches), aspects.Replace(ClientPollFetches)),
	aspects.Rule("PollRecords", aspects.Calls((*kgo.Client).PollRecords), aspects.Replace(ClientPollRecords)),
	aspects.Rule("EachRecord", aspects.Calls(kgo.Fetches.EachRecord), aspects.Replace(FetchesEachRecord)),
)
