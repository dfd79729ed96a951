// Package healthz reports to load balancers and orchestrators over HTTP whether a program lives,
// and whether it should get work.
//
//	mux.Handle("/healthz/", http.StripPrefix("/healthz", healthz.Handler(platform)))   // GET /healthz/live and /healthz/ready
//
// A program is live as long as it answers: restarting it does not bring back a database. It is
// ready from when the platform has started until it begins to close, as long as each of its
// bindings would serve an operation.
package healthz
