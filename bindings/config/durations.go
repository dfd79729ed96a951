package config

import (
	"bytes"
	"encoding"
	"encoding/json"
	"reflect"
	"strconv"
	"strings"
	"time"
)

// The types that decoding treats apart.
var (
	durationType = reflect.TypeFor[time.Duration]()
	jsonType     = reflect.TypeFor[json.Unmarshaler]()
	textType     = reflect.TypeFor[encoding.TextUnmarshaler]()
)

// durations turns texts such as "2s" into nanoseconds, which are all that JSON takes for a
// time.Duration, wherever the type has one. What is no JSON, or no duration, is left to the decoder
// to report.
func durations(data []byte, t reflect.Type) []byte {
	if !hasDuration(t, map[reflect.Type]bool{}) {
		return data
	}
	var document any
	d := json.NewDecoder(bytes.NewReader(data))
	d.UseNumber()
	if d.Decode(&document) != nil {
		return data
	}
	text, err := json.Marshal(inNanoseconds(document, t))
	if err != nil {
		return data
	}
	return append(text, data[d.InputOffset():]...)
}

// hasDuration reports whether a value of the type can hold a duration that JSON decodes.
func hasDuration(t reflect.Type, seen map[reflect.Type]bool) bool {
	if t == durationType {
		return true
	}
	if seen[t] || decodesItself(t) {
		return false
	}
	seen[t] = true
	switch t.Kind() {
	case reflect.Pointer, reflect.Slice, reflect.Array, reflect.Map:
		return hasDuration(t.Elem(), seen)
	case reflect.Struct:
		for f := range t.Fields() {
			if hasDuration(f.Type, seen) {
				return true
			}
		}
	}
	return false
}

func decodesItself(t reflect.Type) bool {
	p := reflect.PointerTo(t)
	return p.Implements(jsonType) || p.Implements(textType)
}

// inNanoseconds replaces the durations of a document that is to become a value of type t.
func inNanoseconds(document any, t reflect.Type) any {
	for t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	if decodesItself(t) {
		return document
	}
	switch v := document.(type) {
	case string:
		if d, err := time.ParseDuration(v); err == nil && t == durationType {
			return json.Number(strconv.FormatInt(int64(d), 10))
		}
	case []any:
		if t.Kind() == reflect.Slice || t.Kind() == reflect.Array {
			for i := range v {
				v[i] = inNanoseconds(v[i], t.Elem())
			}
		}
	case map[string]any:
		for name := range v {
			if of := memberType(t, name); of != nil {
				v[name] = inNanoseconds(v[name], of)
			}
		}
	}
	return document
}

// memberType returns the type that the member of an object is decoded to, or nil if there is none.
func memberType(t reflect.Type, name string) (folded reflect.Type) {
	if t.Kind() == reflect.Map {
		return t.Elem()
	}
	if t.Kind() != reflect.Struct {
		return nil
	}
	for _, f := range reflect.VisibleFields(t) {
		tag, _, _ := strings.Cut(f.Tag.Get("json"), ",")
		switch {
		case !f.IsExported() || f.Anonymous && tag == "" || tag == "-":
			continue
		case tag == "":
			tag = f.Name
		}
		if tag == name {
			return f.Type
		}
		if folded == nil && strings.EqualFold(tag, name) {
			folded = f.Type
		}
	}
	return folded
}
