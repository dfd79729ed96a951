package kv

import (
	"encoding"
	"fmt"
	"reflect"
	"strconv"
	"unsafe"
)

// keyForm is the text form of keys of type K.
type keyForm[K any] struct {
	text  func(K) (string, error)
	parse func(string) (K, error)
}

// formOf returns the text form of K, or an error if it has none.
func formOf[K any]() (keyForm[K], error) {
	t := reflect.TypeFor[K]()
	if t.Implements(reflect.TypeFor[encoding.TextMarshaler]()) {
		return keyForm[K]{marshalText[K], unmarshalText[K]}, nil
	}
	switch t.Kind() {
	case reflect.String:
		return stringForm[K](), nil
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		return keyForm[K]{intText[K], parseInt[K]}, nil
	case reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64, reflect.Uintptr:
		return keyForm[K]{uintText[K], parseUint[K]}, nil
	}
	return keyForm[K]{}, fmt.Errorf("key type %v must be a string, an integer, or have a MarshalText method", t)
}

// stringForm is the form of types whose underlying type is string. Such a value is a string to the
// last bit; reflection would copy it to the heap for every operation.
func stringForm[K any]() keyForm[K] {
	return keyForm[K]{
		text:  func(k K) (string, error) { return *(*string)(unsafe.Pointer(&k)), nil },
		parse: func(s string) (K, error) { return *(*K)(unsafe.Pointer(&s)), nil },
	}
}

func marshalText[K any](k K) (string, error) {
	text, err := any(k).(encoding.TextMarshaler).MarshalText()
	return string(text), err
}

// unmarshalText parses into a K, or into what K points to.
func unmarshalText[K any](s string) (K, error) {
	var k K
	if u, ok := any(&k).(encoding.TextUnmarshaler); ok {
		return k, u.UnmarshalText([]byte(s))
	}
	if v := reflect.ValueOf(&k).Elem(); v.Kind() == reflect.Pointer {
		v.Set(reflect.New(v.Type().Elem()))
		if u, ok := any(k).(encoding.TextUnmarshaler); ok {
			return k, u.UnmarshalText([]byte(s))
		}
	}
	return k, fmt.Errorf("key type %T must have an UnmarshalText method", k)
}

func intText[K any](k K) (string, error) {
	return strconv.FormatInt(reflect.ValueOf(k).Int(), 10), nil
}

func parseInt[K any](s string) (K, error) {
	var k K
	v := reflect.ValueOf(&k).Elem()
	n, err := strconv.ParseInt(s, 10, v.Type().Bits())
	v.SetInt(n)
	return k, err
}

func uintText[K any](k K) (string, error) {
	return strconv.FormatUint(reflect.ValueOf(k).Uint(), 10), nil
}

func parseUint[K any](s string) (K, error) {
	var k K
	v := reflect.ValueOf(&k).Elem()
	n, err := strconv.ParseUint(s, 10, v.Type().Bits())
	v.SetUint(n)
	return k, err
}
