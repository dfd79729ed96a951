package record

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"time"
	"unicode/utf8"

	"github.com/instrumentgo/instrument/bindings/kv"
)

// text is a string that may hold any bytes: in JSON a string, or {"base64": "…"} if it is not
// UTF-8.
type text string

// MarshalJSON implements [json.Marshaler].
func (t text) MarshalJSON() ([]byte, error) {
	if !utf8.ValidString(string(t)) {
		return marshal(map[string][]byte{"base64": []byte(t)})
	}
	return marshal(string(t))
}

// UnmarshalJSON implements [json.Unmarshaler].
func (t *text) UnmarshalJSON(raw []byte) error {
	var d data
	err := d.UnmarshalJSON(raw)
	*t = text(d)
	return err
}

// data is bytes: in JSON a string if they are UTF-8, {"json": …} if they are an object or an array
// of JSON, so that it can be read, and else {"base64": "…"}.
type data []byte

// MarshalJSON implements [json.Marshaler].
func (d data) MarshalJSON() ([]byte, error) {
	if utf8.Valid(d) && len(d) > 0 && (d[0] == '{' || d[0] == '[') {
		var compact bytes.Buffer
		if json.Compact(&compact, d) == nil && bytes.Equal(compact.Bytes(), d) {
			return marshal(map[string]json.RawMessage{"json": json.RawMessage(d)})
		}
	}
	return text(d).MarshalJSON()
}

// UnmarshalJSON implements [json.Unmarshaler].
func (d *data) UnmarshalJSON(raw []byte) error {
	if len(raw) > 0 && raw[0] == '"' {
		var s string
		err := json.Unmarshal(raw, &s)
		*d = append(data{}, s...)
		return err
	}
	var form map[string]json.RawMessage
	if err := json.Unmarshal(raw, &form); err != nil || len(form) != 1 {
		return fmt.Errorf(`bytes must be a text, {"json": …} or {"base64": "…"}, not %s`, raw)
	}
	if value, ok := form["json"]; ok {
		var compact bytes.Buffer
		err := json.Compact(&compact, value)
		*d = compact.Bytes()
		return err
	}
	var encoded string
	if err := json.Unmarshal(form["base64"], &encoded); err != nil {
		return fmt.Errorf(`bytes must be a text, {"json": …} or {"base64": "…"}, not %s`, raw)
	}
	decoded, err := base64.StdEncoding.DecodeString(encoded)
	*d = append(data{}, decoded...)
	return err
}

// marshal is json.Marshal that leaves <, > and & as they are.
func marshal(value any) ([]byte, error) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	err := e.Encode(value)
	return bytes.TrimSuffix(b.Bytes(), []byte("\n")), err
}

// span is a time span: in JSON as "1m0s", or "keep" for kv.Keep.
type span time.Duration

// MarshalText implements [encoding.TextMarshaler].
func (s span) MarshalText() ([]byte, error) {
	if time.Duration(s) == kv.Keep {
		return []byte("keep"), nil
	}
	return []byte(time.Duration(s).String()), nil
}

// UnmarshalText implements [encoding.TextUnmarshaler].
func (s *span) UnmarshalText(raw []byte) error {
	if string(raw) == "keep" {
		*s = span(kv.Keep)
		return nil
	}
	d, err := time.ParseDuration(string(raw))
	*s = span(d)
	return err
}

// texts are strings as text.
func texts[S ~[]string](all S) []text {
	if all == nil {
		return nil
	}
	list := make([]text, len(all))
	for i, s := range all {
		list[i] = text(s)
	}
	return list
}

// plain are texts as strings.
func plain(all []text) []string {
	if all == nil {
		return nil
	}
	list := make([]string, len(all))
	for i, t := range all {
		list[i] = string(t)
	}
	return list
}
