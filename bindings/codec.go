package bindings

import (
	"encoding/json"
	"fmt"
)

// Codec turns values into bytes and back. Many goroutines may use a codec at once.
type Codec interface {
	// Marshal returns the bytes of a value.
	Marshal(value any) ([]byte, error)
	// Unmarshal sets what the pointer points to. It must not keep data, which may belong to the
	// provider.
	Unmarshal(data []byte, pointer any) error
}

// JSON is the codec of encoding/json, the default except for []byte.
type JSON struct{}

// Marshal implements [Codec].
func (JSON) Marshal(value any) ([]byte, error) { return json.Marshal(value) }

// Unmarshal implements [Codec].
func (JSON) Unmarshal(data []byte, pointer any) error { return json.Unmarshal(data, pointer) }

// Raw is the codec of values that are bytes already: []byte and string. It is the default of
// []byte.
type Raw struct{}

// Marshal implements [Codec].
func (Raw) Marshal(value any) ([]byte, error) {
	switch v := value.(type) {
	case []byte:
		return v, nil
	case string:
		return []byte(v), nil
	}
	return nil, fmt.Errorf("encode %T: the raw codec takes []byte and string", value)
}

// Unmarshal implements [Codec].
func (Raw) Unmarshal(data []byte, pointer any) error {
	switch p := pointer.(type) {
	case *[]byte:
		*p = append(make([]byte, 0, len(data)), data...)
	case *string:
		*p = string(data)
	default:
		return fmt.Errorf("decode %T: the raw codec takes *[]byte and *string", pointer)
	}
	return nil
}

// CodecOf returns the default codec of values of type V: Raw for []byte, else JSON.
func CodecOf[V any]() Codec {
	if _, ok := any(*new(V)).([]byte); ok {
		return Raw{}
	}
	return JSON{}
}
