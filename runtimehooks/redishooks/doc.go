// Package redishooks is a pack for go-redis: every command, pipeline and transaction of a client
// that the program makes has a client span and is measured, by the database conventions of
// OpenTelemetry. A rule file takes it by
//
//	aspects.Include(redishooks.Rules)
//
// The rules put the functions here in place of redis.NewClient, NewFailoverClient,
// NewClusterClient, NewFailoverClusterClient, NewRing and NewUniversalClient. They add a hook to
// the client, or to each node of a cluster or ring: a span is what one server was asked, and has
// that server's address.
//
// # What is recorded
//
// A command is named by its operation, such as "GET"; a pipeline is "PIPELINE", a transaction
// "MULTI", with the operation behind it where all are the same: "PIPELINE GET". Each is a point of
// db.client.operation.duration, in seconds. Neither keys nor values are recorded, nor the texts of
// errors, in which servers repeat them.
//
// That there is no value, redis.Nil, is no error. An error of the server has its first word as
// db.response.status_code and as error.type: "WRONGTYPE".
//
// What makes a connection, dialing and commands such as HELLO and SELECT, has no span of its own:
// its time and its failure are those of the command that waits for it. What is received by
// a subscription has none either.
//
// A client with a hook of package redisotel keeps that and gets no second span.
package redishooks
