package bindings

import (
	"context"
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
	more      []string // its hosts after the first
	own       map[string]Value
	tenants   bool
	namespace string
	ttl       time.Duration
}

// resolve finds a binding's provider and sorts its options into those of every binding and the
// provider's own.
func resolve(b Binding, namespace string, schemes map[string]*Provider) (*resolved, error) {
	r := &resolved{Binding: b, namespace: namespace, own: map[string]Value{}}
	u, more, rawQuery, err := parseURL(b.URL)
	if err != nil {
		return nil, err
	}
	if u.Scheme == "" {
		return nil, fmt.Errorf("the url must begin with a scheme, such as mem: or redis://host")
	}
	if r.provider = schemes[u.Scheme]; r.provider == nil {
		return nil, noProvider(u.Scheme)
	}
	if form := r.provider.form(u.Scheme); form != nil {
		if err := form.check(u, more); err != nil {
			return nil, err
		}
	} else if len(more) > 0 {
		return nil, fmt.Errorf("the url must have one host")
	}
	query, err := url.ParseQuery(rawQuery)
	if err != nil {
		return nil, fmt.Errorf("parse url: %w", err)
	}
	r.url, r.more = u, more
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
		if err := noVariable("option "+name, options[name].Text); err != nil {
			return nil, err
		}
		if err := r.set(name, options[name]); err != nil {
			return nil, err
		}
	}
	return r, r.checkWith()
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
		if form := r.provider.form(r.url.Scheme); form != nil && !form.User {
			return fmt.Errorf("option %s must not be set: URLs such as %s have neither user nor password", name, form.Example)
		}
		if value == (Value{}) {
			return fmt.Errorf("option %s must not be empty: remove it, or write {secret: name}", name)
		}
		r.own[name] = value
	default:
		if err := r.checkOwn(name, value); err != nil {
			return err
		}
		r.own[name] = value
	}
	return nil
}

// checkOwn reports whether the provider has an option, and whether the value can be right.
func (r *resolved) checkOwn(name string, value Value) error {
	i := slices.IndexFunc(r.provider.Options, func(o Option) bool { return o.Name == name })
	if i < 0 {
		return fmt.Errorf("%s has no option %q%s", r.provider.Name, name, r.optionHint(name))
	}
	switch o := r.provider.Options[i]; {
	case o.Schemes != nil && !slices.Contains(o.Schemes, r.url.Scheme):
		return fmt.Errorf("option %s must not be set with a %s: URL, only with %s: URLs", name, r.url.Scheme, strings.Join(o.Schemes, ":, "))
	case value.Secret != "":
		return nil
	default:
		return o.Type.check(name, value.Text)
	}
}

// checkWith reports whether each option has the one that it belongs with.
func (r *resolved) checkWith() error {
	for _, o := range r.provider.Options {
		_, set := r.own[o.Name]
		if _, other := r.own[o.With]; set && o.With != "" && !other {
			return fmt.Errorf("option %s must be set with option %s", o.Name, o.With)
		}
	}
	return nil
}

// optionHint says what may have been meant by an option that there is not.
func (r *resolved) optionHint(name string) string {
	if slices.Contains(policyNames(), name) {
		return " (write it as policy: {" + name + ": …})"
	}
	for _, o := range r.provider.Options {
		if slices.Contains(o.Aliases, name) {
			return fmt.Sprintf(" (here it is %q)", o.Name)
		}
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
func (r *resolved) target(secrets map[string]*rotating) Target {
	t := r.targetOf(func(name string) string { return secrets[name].last.Load().text })
	if len(r.secrets()) > 0 {
		t.fresh = func(ctx context.Context, age time.Duration) Target {
			fresh := r.targetOf(func(name string) string { return secrets[name].get(ctx, age) })
			fresh.fresh = t.fresh
			return fresh
		}
	}
	return t
}

func (r *resolved) targetOf(secret func(name string) string) Target {
	t := Target{Options: map[string]string{}, Also: r.more, secret: map[string]bool{}}
	u := *r.url
	for name, v := range r.own {
		text := v.Text
		if v.Secret != "" {
			text, t.secret[name] = secret(v.Secret), true
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

// connection identifies a target: bindings for which it is the same share a connection. A secret
// counts by its name, since its text changes.
func (r *resolved) connection() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s %q %q", r.provider.Name, r.url.String(), r.more)
	for _, name := range slices.Sorted(maps.Keys(r.own)) {
		fmt.Fprintf(&b, " %s=%q,%q", name, r.own[name].Text, r.own[name].Secret)
	}
	return b.String()
}
