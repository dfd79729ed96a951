package bindings

import (
	"fmt"
	"io"
	"maps"
	"net/url"
	"slices"
	"strings"
)

// What environments, bindings and targets print, by any verb of fmt, in slog and in JSON, shows
// neither users nor passwords nor the texts of options that may be secrets: those that only some
// providers have. Only their fields have them.

const redacted = "[redacted]"

// harmless reports whether the text of an option may be seen.
func harmless(option string) bool {
	return option == optionNamespace || option == optionTenants || option == optionTTL
}

// redactURL returns a URL without what may be a secret.
func redactURL(text string) string {
	u, _, query, err := parseURL(text)
	if err != nil {
		scheme, _, found := strings.Cut(text, ":")
		if !found {
			return redacted
		}
		return scheme + ":" + redacted
	}
	if u.Scheme == "" {
		return redacted
	}
	_, more := splitHosts(text)
	var b strings.Builder
	b.WriteString(u.Scheme + ":")
	if u.Host != "" || u.User != nil {
		b.WriteString("//")
		if u.User != nil {
			b.WriteString(redacted + "@")
		}
		b.WriteString(strings.Join(append([]string{u.Host}, more...), ","))
	}
	switch rest := u.Opaque + u.EscapedPath(); {
	case strings.Contains(rest, "@"): // of a URL that lacks its slashes, or whose password has some
		b.WriteString(redacted)
	default:
		b.WriteString(rest)
	}
	if values, err := url.ParseQuery(query); err != nil || len(values) > 0 {
		b.WriteString("?" + redactQuery(values))
	}
	return b.String()
}

// redactQuery returns the options of a URL, sorted.
func redactQuery(values url.Values) string {
	var parts []string
	for _, name := range slices.Sorted(maps.Keys(values)) {
		text := redacted
		if harmless(name) {
			text = strings.Join(values[name], ",")
		}
		parts = append(parts, name+"="+text)
	}
	return strings.Join(parts, "&")
}

// String returns "{secret: name}" for a reference, and what is put in the place of a secret for a
// text.
func (v Value) String() string {
	if v.Secret != "" {
		return "{secret: " + v.Secret + "}"
	}
	return redacted
}

// Format implements [fmt.Formatter] for every verb, by String.
func (v Value) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, v.String()) }

// MarshalText implements encoding.TextMarshaler, by String.
func (v Value) MarshalText() ([]byte, error) { return []byte(v.String()), nil }

// String returns the binding as a line of an environment file, without what may be a secret.
func (b Binding) String() string {
	var more strings.Builder
	for _, name := range slices.Sorted(maps.Keys(b.Options)) {
		text := b.Options[name].String()
		if v := b.Options[name]; v.Secret == "" && harmless(name) {
			text = v.Text
		}
		fmt.Fprintf(&more, ", %s: %s", name, text)
	}
	return fmt.Sprintf("%s: {url: %s%s}", b.Name, redactURL(b.URL), more.String())
}

// Format implements [fmt.Formatter] for every verb, by String.
func (b Binding) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, b.String()) }

// MarshalText implements encoding.TextMarshaler, by String.
func (b Binding) MarshalText() ([]byte, error) { return []byte(b.String()), nil }

// String returns the target without what may be a secret.
func (t Target) String() string {
	if t.URL == nil {
		return ""
	}
	var b strings.Builder
	b.WriteString(redactURL(t.URL.String()))
	for _, host := range t.Also {
		b.WriteString("," + host)
	}
	for _, name := range slices.Sorted(maps.Keys(t.Options)) {
		fmt.Fprintf(&b, " %s=%s", name, redacted)
	}
	return b.String()
}

// Format implements [fmt.Formatter] for every verb, by String.
func (t Target) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, t.String()) }

// MarshalText implements encoding.TextMarshaler, by String.
func (t Target) MarshalText() ([]byte, error) { return []byte(t.String()), nil }
