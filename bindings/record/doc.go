// Package record makes a fake of real traffic: it writes down what a program asks of its bindings
// and what the providers answer, and answers the same again.
//
//	rec := record.New(file)
//	platform, err := bindings.Open(ctx, env, rec.Wrap(redis.Provider), rec.Wrap(nats.Provider))
//	…
//	replay, err := record.Read(file)
//	platform, err := bindings.Open(ctx, env, replay.Provider())  // the same environment; no server is asked
//
// In tests, fake.Platform(t, fake.Recorded("testdata/orders.jsonl")) does the latter.
//
// # A recording
//
// A recording is a text with a line of JSON for each operation of a provider's store, in the order
// in which they began, with its arguments and its answer, the error with its code:
//
//	{"seq":3,"kind":"kv","binding":"carts","op":"get","args":{"key":"a"},"error":{"code":"not found"}}
//	{"seq":4,"kind":"kv","binding":"carts","op":"set","args":{"key":"a","value":{"json":{"cents":12}}},"result":{"revision":1}}
//
// Bytes are a text, {"json": …} if they are an object or an array, and {"base64": "…"} if they are
// not UTF-8. Each delivery of a message and each event of a watch is a line, in the place where the
// program got it. A recording may be edited by hand: the order of words does not count, and that of
// lines is the seq's to say; a word that is not understood is an error.
//
// Not recorded are: secrets, which read "[redacted]" ([KeepSecrets]); times ([KeepTimes]), so that
// two recordings of one program are the same; trace contexts; namespaces; URLs and their options;
// waiting that ended without an answer; and calls of a service of the same process (local:), which
// a replay leaves to the process, too. The content of an object is read into memory on its way.
// What is recorded besides may be as secret as the secrets: values, messages, objects and arguments
// of calls are there as they are.
//
// sql cannot be recorded, as its operations are not values: a provider that is wrapped does not
// have it. What a test has instead is a database that is real and small: SQLite in memory, by
// sqlite.Memory or fake.URL("db", "sqlite::memory:", sqlite.Provider).
//
// # A replay
//
// The same question, which is the binding, the tenant, the operation and its arguments, gets the
// answers of the recording in their order. One that was not asked then, or not as often, fails with
// FailedPrecondition and says what the recording has; [Replay.Err] returns all of them, for those
// whose error nobody looks at, and [Replay.Unused] what was never asked. [Loose] lets the last
// answer of a read be given again.
//
// Deliveries and events come in their order, and none before the program has again done what it had
// done by then: published and written to the same binding, and given its verdicts. After the last
// one a subscription and a watch wait. How often a lock or a message is renewed depends on time, so
// that a renewal which was not recorded succeeds.
//
// A store declares what the recorded one declared; the rest is refused. What a program takes from
// elsewhere must be the same again: a random ID in a key or a message is another question.
package record
