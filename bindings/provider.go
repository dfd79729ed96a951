package bindings

import (
	"context"
	"fmt"
	"net/url"
	"strconv"
	"strings"
	"time"
)

// Kind says what a binding is used as.
type Kind string

// The kinds, each with the package of its portable type.
const (
	KV       Kind = "kv"       // bindings/kv
	Topic    Kind = "topic"    // bindings/topic
	Lock     Kind = "lock"     // bindings/lock
	Blob     Kind = "blob"     // bindings/blob
	SQL      Kind = "sql"      // bindings/sqldb
	Service  Kind = "service"  // bindings/service
	Secret   Kind = "secret"   // bindings/secret
	Config   Kind = "config"   // bindings/config
	Workflow Kind = "workflow" // bindings/workflow
)

// Provider is one implementation of some kinds: data, and the function that opens a connection. The
// program passes it to [Open] as a value; importing its package registers nothing.
type Provider struct {
	Name    string   // as the import path's last element: "redis"
	Doc     string   // one sentence
	Schemes []string // of the URLs that it takes, without the colon
	Kinds   []Kind   // for each, the connection has the interface of the kind's package, such as kv.Opener
	System  string   // db.system.name of its telemetry
	Options []Option // what a URL's query and an environment file may set beyond the options of every binding

	// URLs are the forms of its URLs, which [Open] and [Check] hold every URL against. Without them
	// any will do.
	URLs []URLForm

	// Late says that the provider's servers may start after the program, as services that call each
	// other do: [Open] does not ping it, only [Platform.Health] does.
	Late bool

	// Needs returns the other bindings that a binding of this URL uses, nil for none. [Open] and
	// [Check] report each that is missing.
	Needs func(url *url.URL) []Need

	// Open returns a connection that bindings of the same URL and options share. It may leave to
	// Ping whatever needs an answer from the server.
	Open func(ctx context.Context, target Target) (Conn, error)
}

// Option is what is known of one option of a provider.
type Option struct {
	Name    string     `json:"name"`    // as written in a URL's query or an environment file
	Text    string     `json:"text"`    // what it sets, its unit and its default
	Type    OptionType `json:"type"`    // what it may be; "" for any text
	Schemes []string   `json:"schemes"` // of the URLs that have it; nil for all of the provider
	With    string     `json:"with"`    // another option without which it means nothing; "" for none
	Aliases []string   `json:"aliases"` // what others call it, which messages know
}

// OptionType is what an option may be.
type OptionType string

// The types, as the methods of [Target] read them.
const (
	TypeBool     OptionType = "bool"     // true or false
	TypeDuration OptionType = "duration" // 1.5s
	TypeFloat    OptionType = "float"    // 0.25
	TypeHosts    OptionType = "hosts"    // hosts with or without port, separated by commas
	TypeInt      OptionType = "int"      // 10
	TypeSize     OptionType = "size"     // 64MiB
)

// check reports whether a text is of the type.
func (t OptionType) check(name, text string) (err error) {
	target := Target{Options: map[string]string{name: text}}
	switch t {
	case TypeBool:
		_, err = target.Bool(name, false)
	case TypeDuration:
		_, err = target.Duration(name, 0)
	case TypeFloat:
		_, err = target.Float(name, 0)
	case TypeHosts:
		_, err = target.Hosts(name)
	case TypeInt:
		_, err = target.Int(name, 0)
	case TypeSize:
		_, err = target.Bytes(name, 0)
	}
	return err
}

// Target is what a connection is opened to.
type Target struct {
	URL     *url.URL          // with the credentials and without the query
	Options map[string]string // of the provider; each is one that it declares
	Also    []string          // more hosts of the URL, each with or without port

	secret map[string]bool                             // the options that are
	fresh  func(context.Context, time.Duration) Target // nil if nothing of it is a secret
}

// Secret reports whether an option is the text of a secret.
func (t Target) Secret(option string) bool { return t.secret[option] }

// Conn is an open connection. It also implements the interface of each kind of its provider. All
// methods may be called by many goroutines at once.
type Conn interface {
	// Ping asks the server whether it could serve an operation now.
	Ping(ctx context.Context) error
	// Close ends the connection. No operation is running or begins later.
	Close(ctx context.Context) error
}

// SecretConn is a connection of kind [Secret]. It is defined here, because environment files refer
// to secrets.
type SecretConn interface {
	Conn
	// ReadSecret returns the secret of a binding as it is now and its version, which is "" if the
	// provider has none. Its error is NotFound if there is none.
	ReadSecret(ctx context.Context, space Space) (value, version string, err error)
}

// Duration returns an option that is a duration, or the value otherwise if it is not set.
func (t Target) Duration(name string, otherwise time.Duration) (time.Duration, error) {
	return parsed(t, name, otherwise, time.ParseDuration)
}

// Int returns an option that is a whole number, or the value otherwise if it is not set.
func (t Target) Int(name string, otherwise int64) (int64, error) {
	return parsed(t, name, otherwise, func(text string) (int64, error) { return strconv.ParseInt(text, 10, 64) })
}

// Float returns an option that is a number, or the value otherwise if it is not set.
func (t Target) Float(name string, otherwise float64) (float64, error) {
	return parsed(t, name, otherwise, func(text string) (float64, error) { return strconv.ParseFloat(text, 64) })
}

// Bool returns an option that is true or false, or the value otherwise if it is not set.
func (t Target) Bool(name string, otherwise bool) (bool, error) {
	return parsed(t, name, otherwise, strconv.ParseBool)
}

func parsed[T any](t Target, name string, otherwise T, parse func(string) (T, error)) (T, error) {
	text, ok := t.Options[name]
	if !ok {
		return otherwise, nil
	}
	value, err := parse(text)
	if err != nil {
		return otherwise, fmt.Errorf("parse option %s: %q must be %s", name, text, like[T]())
	}
	return value, nil
}

// like describes how an option of type T is written.
func like[T any]() string {
	switch any(*new(T)).(type) {
	case time.Duration:
		return "a duration such as 1.5s"
	case int64:
		return "a whole number"
	case float64:
		return "a number"
	}
	return "true or false"
}

// Bytes returns an option that is a size, such as 64MiB, or the value otherwise if it is not set.
func (t Target) Bytes(name string, otherwise int64) (int64, error) {
	text, ok := t.Options[name]
	if !ok {
		return otherwise, nil
	}
	n, ok := parseBytes(text)
	if !ok {
		return otherwise, fmt.Errorf("parse option %s: %q must be a size such as 64MiB, at least 1 byte", name, text)
	}
	return n, nil
}

// Hosts returns an option that is a list of hosts, each with or without port; nil if it is not set.
func (t Target) Hosts(name string) (hosts []string, err error) {
	text, ok := t.Options[name]
	if !ok {
		return nil, nil
	}
	for host := range strings.SplitSeq(text, ",") {
		host = strings.TrimSpace(host)
		if err := checkHost(host); err != nil {
			return nil, fmt.Errorf("parse option %s: it must be hosts such as db.internal:1234, separated by commas", name)
		}
		hosts = append(hosts, host)
	}
	return hosts, nil
}

// Path returns the part of the URL that names a file or a variable: of "file:data/x" and
// "file:///var/x" the path, of "env:KEY" the name.
func (t Target) Path() string {
	if t.URL.Opaque != "" {
		if path, err := url.PathUnescape(t.URL.Opaque); err == nil {
			return path
		}
		return t.URL.Opaque
	}
	return t.URL.Path
}
