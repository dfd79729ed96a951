//go:build instrument

package httphooks

import (
	"net/http"

	"github.com/instrumentgo/instrument/aspects"
)

// Rules instrument net/http at its edges: one server span and one measurement for each request that
// the program serves, and one client span for each that it sends. Requests that are made without a
// context belong to the trace of the one in scope; they do not end with it.
var Rules = aspects.Module(
	aspects.Exchange("a response of net/http", Responses),
	aspects.Yields(
		"go.opentelemetry.io/contrib/instrumentation/net/http/otelhttp",
		"github.com/riandyrn/otelchi",
		"go.opentelemetry.io/contrib/instrumentation/github.com/emicklei/go-restful/otelrestful",
		"go.opentelemetry.io/contrib/instrumentation/github.com/gorilla/mux/otelmux",
	),
	aspects.Rule("ListenAndServe", aspects.Calls(http.ListenAndServe), aspects.Replace(ListenAndServe)),
	aspects.Rule("ListenAndServeTLS", aspects.Calls(http.ListenAndServeTLS), aspects.Replace(ListenAndServeTLS)),
	aspects.Rule("Serve", aspects.Calls(http.Serve), aspects.Replace(Serve)),
	aspects.Rule("ServeTLS", aspects.Calls(http.ServeTLS), aspects.Replace(ServeTLS)),
	aspects.Rule("Server.ListenAndServe", aspects.Calls((*http.Server).ListenAndServe), aspects.Replace(ServerListenAndServe)),
	aspects.Rule("Server.ListenAndServeTLS", aspects.Calls((*http.Server).ListenAndServeTLS), aspects.Replace(ServerListenAndServeTLS)),
	aspects.Rule("Server.Serve", aspects.Calls((*http.Server).Serve), aspects.Replace(ServerServe)),
	aspects.Rule("Server.ServeTLS", aspects.Calls((*http.Server).ServeTLS), aspects.Replace(ServerServeTLS)),

	aspects.Rule("Client.Do", aspects.Calls((*http.Client).Do), aspects.Replace(ClientDo)),
	aspects.Rule("Client.Get", aspects.Calls((*http.Client).Get), aspects.Replace(ClientGet)),
	aspects.Rule("Client.Head", aspects.Calls((*http.Client).Head), aspects.Replace(ClientHead)),
	aspects.Rule("Client.Post", aspects.Calls((*http.Client).Post), aspects.Replace(ClientPost)),
	aspects.Rule("Client.PostForm", aspects.Calls((*http.Client).PostForm), aspects.Replace(ClientPostForm)),
	aspects.Rule("Get", aspects.Calls(http.Get), aspects.Replace(Get)),
	aspects.Rule("Head", aspects.Calls(http.Head), aspects.Replace(Head)),
	aspects.Rule("Post", aspects.Calls(http.Post), aspects.Replace(Post)),
	aspects.Rule("PostForm", aspects.Calls(http.PostForm), aspects.Replace(PostForm)),
	aspects.Rule("NewRequest", aspects.Calls(http.NewRequest), aspects.PassValues(http.NewRequestWithContext)),
)

// Policies give requests a retry and a circuit breaker, which understand their responses as
// [Responses] says. Calls that send a request share one breaker for each host, and repeat what may be
// repeated; those that only have a URL have a breaker of their own, and repeat reads. They may stand
// beside [Rules], and are inside of whatever surrounds the call.
var Policies = aspects.Module(
	aspects.Exchange("a response of net/http", Responses),
	aspects.Rule("requests", aspects.Calls((*http.Client).Do),
		aspects.Retry(), aspects.Breaker("net/http", aspects.BreakerKey("req.URL.Host"))),
	aspects.Rule("reads", aspects.Calls((*http.Client).Get, (*http.Client).Head, http.Get, http.Head), aspects.Retry(), aspects.Breaker("")),
	aspects.Rule("posts", aspects.Calls((*http.Client).Post, (*http.Client).PostForm, http.Post, http.PostForm), aspects.Breaker("")),
)
