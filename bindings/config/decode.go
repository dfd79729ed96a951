package config

import (
	"bytes"
	"encoding"
	"encoding/json"
	"fmt"
	"reflect"
	"strconv"
	"strings"
	"time"
)

// decode decodes a document into a value of type T. strict refuses fields that T does not have.
func decode[T any](data []byte, strict bool) (value T, err error) {
	switch p := any(&value).(type) {
	case *[]byte:
		*p = bytes.Clone(data)
		return value, nil
	case *time.Duration:
		*p, err = time.ParseDuration(strings.TrimSpace(string(data)))
		return value, err
	case encoding.TextUnmarshaler:
		return value, p.UnmarshalText(bytes.TrimSpace(data))
	}
	if ok, err := scalar(reflect.ValueOf(&value).Elem(), data); ok {
		return value, err
	}
	d := json.NewDecoder(bytes.NewReader(durations(data, reflect.TypeFor[T]())))
	if strict {
		d.DisallowUnknownFields()
	}
	if err := d.Decode(&value); err != nil {
		return value, err
	}
	if d.More() {
		return value, fmt.Errorf("there must be one value, not more")
	}
	return value, nil
}

// scalar parses texts, numbers and bool, and reports whether v is such a value.
func scalar(v reflect.Value, data []byte) (ok bool, err error) {
	text := strings.TrimSpace(string(data))
	switch v.Kind() {
	case reflect.String:
		v.SetString(string(data))
	case reflect.Bool:
		var b bool
		b, err = strconv.ParseBool(text)
		v.SetBool(b)
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		var n int64
		n, err = strconv.ParseInt(text, 10, v.Type().Bits())
		v.SetInt(n)
	case reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64:
		var n uint64
		n, err = strconv.ParseUint(text, 10, v.Type().Bits())
		v.SetUint(n)
	case reflect.Float32, reflect.Float64:
		var f float64
		f, err = strconv.ParseFloat(text, v.Type().Bits())
		v.SetFloat(f)
	default:
		return false, nil
	}
	return true, err
}
