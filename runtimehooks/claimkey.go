package runtimehooks

import (
	"crypto/sha256"
	"encoding"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"reflect"
	"strconv"
	"strings"
)

// ClaimKey is the key of an idempotent call with what calls with that key must have in common. It
// leaves the process, and so is text, which differs for different keys.
type ClaimKey struct {
	text string // every part with its type, each with its length before it
	read string // the parts for people to read
	same string // fingerprint of what calls with the key have in common; "" for nothing
	err  error  // why there is no text
}

// ClaimKey returns the idempotency key of the parts: strings, integers, bools, and values whose
// method MarshalText the program declares to be faithful.
func (c *Call) ClaimKey(parts ...any) ClaimKey {
	var k ClaimKey
	var text strings.Builder
	var read []string
	for _, p := range parts {
		s, err := claimText(p)
		if err != nil {
			k.err = fmt.Errorf("call %s: write idempotency key: %w", c.Site.Function, err)
			return k
		}
		read = append(read, s)
		for _, s := range []string{typeTag(reflect.TypeOf(p)), s} {
			text.WriteString(strconv.Itoa(len(s)))
			text.WriteByte(':')
			text.WriteString(s)
		}
	}
	k.text, k.read = text.String(), strings.Join(read, " ")
	if len(parts) == 1 && k.read == "" {
		k.text = "" // a caller without a key
	}
	return k
}

// claimText returns the text of one part.
func claimText(part any) (string, error) {
	v := reflect.ValueOf(part)
	switch {
	case v.Kind() == reflect.String:
		return v.String(), nil
	case v.Kind() == reflect.Bool:
		return strconv.FormatBool(v.Bool()), nil
	case v.CanInt():
		return strconv.FormatInt(v.Int(), 10), nil
	case v.CanUint():
		return strconv.FormatUint(v.Uint(), 10), nil
	}
	m, ok := part.(encoding.TextMarshaler)
	if !ok {
		return "", fmt.Errorf("a %T has no text", part)
	}
	text, err := m.MarshalText()
	return string(text), err
}

// typeTag names a type with its import path.
func typeTag(t reflect.Type) string {
	if t.PkgPath() == "" {
		return t.String()
	}
	return t.PkgPath() + "." + t.Name()
}

// Same returns the key of calls that have these values in common, as encoding/json writes them.
func (k ClaimKey) Same(values ...any) ClaimKey {
	if k.err != nil || k.text == "" {
		return k
	}
	data, err := json.Marshal(values)
	if err != nil {
		k.err = fmt.Errorf("write what calls with the idempotency key %q have in common: %w", k.read, err)
		return k
	}
	sum := sha256.Sum256(data)
	k.same = base64.RawURLEncoding.EncodeToString(sum[:])
	return k
}
