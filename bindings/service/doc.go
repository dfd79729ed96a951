// Package service gives a program the services of other programs, and its own to them, as plain Go
// interfaces.
//
//	//instrument:service idempotent=Find
//	type Service interface {
//		Charge(ctx context.Context, order OrderID, cents int64) (Receipt, error)
//		Find(ctx context.Context, order OrderID) (Receipt, error)
//	}
//
// For such an interface instrument generates three functions, and calls of this package that nobody
// has to write by hand:
//
//	pay, err := payments.OpenService(ctx, platform, "pay")      // the caller: whatever the environment binds "pay" to
//	err = payments.ProvideService(platform, "pay", service)     // one process for both: what local: means
//	handler := payments.ServiceHandler(service)                 // the other process: an http.Handler
//	server, err := service.Serve(ctx, platform, ":8080", handler)
//
// The environment says where a service is:
//
//	pay: local:                                                 # in this process, given to ProvideService: a fake, too
//	pay: http://payments.internal:8080                          # or https://
//	pay: {url: http://a:8080, also: "b:8080,c:8080", token: {secret: pay-token}}
//	pay: registry://registry/payments                           # instances that are entries of the kv binding "registry"
//
// # What a call is
//
// A call to another process is POST /<interface>/<method> with the arguments as a JSON object,
// answered by another with the results. It carries the caller's trace context, its tenant, and how
// much time is left until its deadline; the method's context ends then, and when the caller goes
// away. What JSON does not keep does not travel: unexported fields, the difference between types in
// an interface, text that is not UTF-8. An argument that the server does not know is ignored, and
// one that the client does not send is zero, so that either side may be updated first.
//
// A call to local: is a call of a method: arguments are not copied, and the context is the
// caller's.
//
// # Errors
//
// An error keeps its code, its message, and which of the Err variables of the interface's package
// it matches:
//
//	if errors.Is(err, payments.ErrDeclined) { … }    // also if the server returned fmt.Errorf("card 42: %w", ErrDeclined)
//	if bindings.Retryable(err) { … }                 // its code is Unavailable or ResourceExhausted
//
// A method that panics is answered with Unknown and without details; the server's log has them.
//
// # Addresses
//
// Of several addresses each call takes the next one. One that refuses connections is passed over
// for two seconds, and the call goes to another: nothing was sent. A call that was sent and not
// answered goes to another address only if the method is declared idempotent; for any other it is
// Unavailable, and may have been done.
//
// # Whom a server trusts
//
// By default a handler serves everybody who can reach it, and takes no tenant from them. [Token]
// and [Authorize] ask for more; [Tenants] takes the tenant that callers name, which is right only
// where every caller is a service that has authenticated it.
//
// # Registry
//
// [Register] writes an entry with the address of the process into a store of kind kv, again and
// again so that it does not expire, and removes it when the platform begins to close. Clients call
// the instances whose entries are there, as they come and go: at once where the store tells of
// changes, else as often as the option poll says. Services keep their data apart, so that the
// registry which they share is bound by all of them with the same namespace:
//
//	registry: {url: nats://bus.internal:4222, namespace: registry}
//
// Whoever can write there gets calls, and the token with them. A store that does not tell of
// changes is read as a whole by each look, as Redis is: give the registry a database of its own.
package service
