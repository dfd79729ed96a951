// Package fake is a platform for tests: every logical name answers, for every kind that memory has,
// so that the test of a service is one line away from the service.
//
//	func TestPlace(t *testing.T) {
//		p := fake.Platform(t)
//		orders, err := BindOrders(t.Context(), p)
//		…
//		err = orders.Place(t.Context(), order)
//		placed := fake.Published[OrderPlaced](t, p, "placed")
//	}
//
// Nothing is shared between platforms. When the test ends the platform is drained and closed, and
// the test fails if that fails: if a handler does not end, for one.
//
// # What is there at first
//
// Everything is empty except for secrets, which read "fake secret of" and their name, unless an
// option says otherwise:
//
//	p := fake.Platform(t,
//		fake.KV("carts", map[CartID]Cart{"c1": {Cents: 1200}}),
//		fake.Blob("invoices", map[string]string{"2026/1.txt": "…"}),
//		fake.Secret("pay-key", "sk_test"),
//		fake.Config("limits", Limits{Items: 10}),
//		fake.Faults("carts", "errors=0.2&seed=7"))
//
// [Tenants] keeps the data of each tenant apart, as the environment file of production does, and
// [Tenant] fills those of one.
//
// # What memory lacks
//
// [URL] leads a name to a provider, such as a database in memory. A service of another team is what
// the test provides, by the function that is generated with its interface:
//
//	p := fake.Platform(t, fake.URL("db", "sqlite::memory:", sqlite.Provider))
//	err := payments.ProvideService(p, "pay", &declining{})
//
// [Recorded] answers with what was recorded from real servers: see package bindings/record.
//
// # Subscriptions
//
// They begin when they are made, as the platform is started already, unless [Unstarted] leaves that
// to the test. [Publish] gives them a message, and [Settle] waits until they have nothing left to
// do.
//
// # Time
//
// In a bubble of testing/synctest the platform must be made in the bubble; then times to live,
// delays, and waiting before another delivery cost no time.
package fake
