// Package chihooks is the pack for chi, github.com/go-chi/chi/v5 from v5.0.12 on. A rule file takes
// it by
//
//	aspects.Include(chihooks.Rules)
//
// Handlers of chi are those of net/http, and are woven as such. What only chi knows is the route of
// a request: it keeps it in a context that the server does not see, and before v5.2 it did not set
// http.Request.Pattern. So the pack has chi.NewRouter and chi.NewMux give each router a first
// middleware, which gives the route to the server span of httphooks.Rules, also for function
// literals, mounted routers and methods that are not allowed. (*chi.Mux).Middlewares shows it.
package chihooks
