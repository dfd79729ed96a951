package bindings

import (
	"fmt"
	"maps"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
)

// resolved is a binding of an environment with its provider and options found, before anything is
// opened.
type resolved struct {
	Binding
	provider  *Provider
	url       *url.URL // without query
	own       map[string]Value
	tenants   bool
	namespace string
	ttl       time.Duration
}

// resolve finds a binding's provider and sorts its options into those of every binding and the
// provider's own.
func resolve(b Binding, namespace string, schemes map[string]*Provider) (*resolved, error) {
	r := &resolved{Binding: b, namespace: namespace, own: map[string]Value{}}
	u, err := url.Parse(b.URL)
	if err != nil {
		return nil, fmt.Errorf("parse url: %w", cause(err)) // the url may hold a password
	}
	if u.Scheme == "" {
		return nil, fmt.Errorf("the url must begin with a scheme, such as mem: or redis://host")
	}
	if r.provider = schemes[u.Scheme]; r.provider == nil {
		return nil, noProvider(u.Scheme)
	}
	query, err := url.ParseQuery(u.RawQuery)
	if err != nil {
		return nil, fmt.Errorf("parse url: %w", err)
	}
	u.RawQuery, r.url = "", u
	options := maps.Clone(b.Options)
	if options == nil {
		options = map[string]Value{}
	}
	for name, values := range query {
		if _, twice := options[name]; twice || len(values) > 1 {
			return nil, fmt.Errorf("option %s must be set once", name)
		}
		options[name] = Value{Text: values[0]}
	}
	for _, name := range slices.Sorted(maps.Keys(options)) {
		if err := r.set(name, options[name]); err != nil {
			return nil, err
		}
	}
	return r, nil
}

// cause returns what url.Parse found without the url that it prints.
func cause(err error) error {
	if e, ok := err.(*url.Error); ok {
		return e.Err
	}
	return err
}

// set takes one option.
func (r *resolved) set(name string, value Value) (err error) {
	if value.Secret != "" && (name == optionTenants || name == optionNamespace || name == optionTTL) {
		return fmt.Errorf("option %s must be a text, not a secret", name)
	}
	switch name {
	case optionTenants:
		if r.tenants, err = strconv.ParseBool(value.Text); err != nil {
			return fmt.Errorf("option tenants must be true or false, not %q", value.Text)
		}
	case optionNamespace:
		if r.namespace = value.Text; value.Text == "" {
			return fmt.Errorf("option namespace must not be empty")
		}
	case optionTTL:
		if r.ttl, err = time.ParseDuration(value.Text); err != nil || r.ttl <= 0 {
			return fmt.Errorf("option ttl must be a duration such as 24h, not %q", value.Text)
		}
	case optionUser, optionPassword:
		r.own[name] = value
	default:
		if !slices.ContainsFunc(r.provider.Options, func(o Option) bool { return o.Name == name }) {
			return fmt.Errorf("%s has no option %q%s", r.provider.Name, name, r.optionHint(name))
		}
		r.own[name] = value
	}
	return nil
}

// optionHint says what may have been meant by an option that there is not.
func (r *resolved) optionHint(name string) string {
	if slices.Contains(policyNames(), name) {
		return " (write it as policy: {" + name + ": …})"
	}
	return didYouMean(name, r.optionNames())
}

func (r *resolved) optionNames() []string {
	var names []string
	for _, o := range slices.Concat(CommonOptions(), r.provider.Options) {
		names = append(names, o.Name)
	}
	slices.Sort(names)
	return names
}

// secrets returns the names of the secrets that the binding waits for.
func (r *resolved) secrets() []string {
	var names []string
	for _, v := range r.own {
		if v.Secret != "" {
			names = append(names, v.Secret)
		}
	}
	slices.Sort(names)
	return slices.Compact(names)
}

// target returns what to open, with the given secrets in their places.
func (r *resolved) target(secrets map[string]string) Target {
	t := Target{Options: map[string]string{}}
	u := *r.url
	for name, v := range r.own {
		text := v.Text
		if v.Secret != "" {
			text = secrets[v.Secret]
		}
		t.Options[name] = text
	}
	user, hasUser := t.Options[optionUser]
	password, hasPassword := t.Options[optionPassword]
	if !hasUser && u.User != nil {
		user = u.User.Username()
	}
	if hasPassword {
		u.User = url.UserPassword(user, password)
	} else if hasUser {
		u.User = url.User(user)
	}
	delete(t.Options, optionUser)
	delete(t.Options, optionPassword)
	t.URL = &u
	return t
}

// connection identifies a target: bindings for which it is the same share a connection.
func (r *resolved) connection(t Target) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s %q", r.provider.Name, t.URL.String())
	for _, name := range slices.Sorted(maps.Keys(t.Options)) {
		fmt.Fprintf(&b, " %s=%q", name, t.Options[name])
	}
	return b.String()
}
