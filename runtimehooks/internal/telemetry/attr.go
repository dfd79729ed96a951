package telemetry

import (
	"fmt"
	"math"
	"reflect"
	"time"

	"go.opentelemetry.io/otel/attribute"
)

// Attr returns the attribute with the value's nearest OpenTelemetry type: bool, int64, float64,
// string or a slice of one of them. time.Duration becomes seconds as a float64, time.Time its RFC
// 3339 form. Types with a String or Error method become its text; anything else becomes its
// fmt.Sprint text. A pointer is followed; ok is false for nil.
func Attr(key string, value any) (kv attribute.KeyValue, ok bool) {
	switch v := value.(type) {
	case nil:
		return attribute.KeyValue{}, false
	case string:
		return attribute.String(key, v), true
	case int:
		return attribute.Int(key, v), true
	case int64:
		return attribute.Int64(key, v), true
	case bool:
		return attribute.Bool(key, v), true
	case float64:
		return attribute.Float64(key, v), true
	case []string:
		return attribute.StringSlice(key, v), true
	case []int:
		return attribute.IntSlice(key, v), true
	case []int64:
		return attribute.Int64Slice(key, v), true
	case []bool:
		return attribute.BoolSlice(key, v), true
	case []float64:
		return attribute.Float64Slice(key, v), true
	case time.Duration:
		return attribute.Float64(key, v.Seconds()), true
	case time.Time:
		return attribute.String(key, v.Format(time.RFC3339Nano)), true
	}
	rv := reflect.ValueOf(value)
	if rv.Kind() == reflect.Pointer && rv.IsNil() {
		return attribute.KeyValue{}, false
	}
	switch value.(type) {
	case fmt.Stringer, error:
		return attribute.String(key, fmt.Sprint(value)), true
	}
	return reflected(key, value, rv)
}

// reflected returns the attribute for a named type, a pointer, or any other value.
func reflected(key string, value any, rv reflect.Value) (attribute.KeyValue, bool) {
	switch rv.Kind() {
	case reflect.Pointer:
		if rv.Elem().CanInterface() {
			return Attr(key, rv.Elem().Interface())
		}
	case reflect.String:
		return attribute.String(key, rv.String()), true
	case reflect.Bool:
		return attribute.Bool(key, rv.Bool()), true
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		return attribute.Int64(key, rv.Int()), true
	case reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64, reflect.Uintptr:
		if u := rv.Uint(); u <= math.MaxInt64 {
			return attribute.Int64(key, int64(u)), true
		}
	case reflect.Float32, reflect.Float64:
		return attribute.Float64(key, rv.Float()), true
	}
	return attribute.String(key, fmt.Sprint(value)), true
}
