package provider

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"

	"github.com/instrumentgo/instrument/internal/suggest"
)

// node is a value of a JSON text with its place.
type node struct {
	at    int // where it begins, in bytes
	value any // string, float64, bool, nil, []node or []member
}

// member is a member of an object.
type member struct {
	name  node
	value node
}

// members say what to do with the value of each member that an object may have.
type members map[string]func(node)

// reader reads a declaration and collects what is wrong with it.
type reader struct {
	data       []byte
	decoder    *json.Decoder
	problems   Problems
	conditions [][]node // the schemes of each condition
}

// wrong reports a problem.
func (r *reader) wrong(n node, remedy, format string, args ...any) {
	before := r.data[:min(n.at, len(r.data))]
	r.problems = append(r.problems, Problem{Line: bytes.Count(before, []byte("\n")) + 1,
		Column: len(before) - bytes.LastIndexByte(before, '\n'), Text: fmt.Sprintf(format, args...), Remedy: remedy})
}

// document reads the text, and returns false if it is no JSON.
func (r *reader) document() (node, bool) {
	r.decoder = json.NewDecoder(bytes.NewReader(r.data))
	n, err := r.next()
	if err == nil {
		rest := node{at: r.begin()}
		if _, err = r.decoder.Token(); err == io.EOF {
			return n, true
		}
		r.wrong(rest, "remove what comes after it", "the file must have one object and nothing else")
		return node{}, false
	}
	at := int(r.decoder.InputOffset())
	if syntax := (*json.SyntaxError)(nil); errors.As(err, &syntax) {
		at = max(at, int(syntax.Offset)-1)
	}
	text := err.Error()
	if err == io.EOF || err == io.ErrUnexpectedEOF {
		at, text = len(r.data), "it ends too early"
	}
	r.wrong(node{at: at}, "write an object, whose form bindings/README.md describes", "the file must be JSON: %s", text)
	return node{}, false
}

// begin returns where the next token begins.
func (r *reader) begin() int {
	end := int(r.decoder.InputOffset())
	return end + len(r.data[end:]) - len(bytes.TrimLeft(r.data[end:], " \t\r\n,:"))
}

// next reads a value.
func (r *reader) next() (node, error) {
	n := node{at: r.begin()}
	token, err := r.decoder.Token()
	if err != nil {
		return n, err
	}
	switch token {
	case json.Delim('['):
		list := []node{}
		for r.decoder.More() {
			item, err := r.next()
			if err != nil {
				return n, err
			}
			list = append(list, item)
		}
		n.value = list
	case json.Delim('{'):
		list := []member{}
		for r.decoder.More() {
			name, err := r.next()
			if err != nil {
				return n, err
			}
			value, err := r.next()
			if err != nil {
				return n, err
			}
			list = append(list, member{name, value})
		}
		n.value = list
	default:
		n.value = token
		return n, nil
	}
	_, err = r.decoder.Token() // its end
	return n, err
}

// object reads the members of an object.
func (r *reader) object(n node, what string, may members, must ...string) {
	list, ok := n.value.([]member)
	if !ok {
		r.wrong(n, `write {"`+must[0]+`": …}`, "%s must be an object", what)
		return
	}
	names := slices.Sorted(maps.Keys(may))
	seen := map[string]bool{}
	for _, m := range list {
		name, _ := m.name.value.(string)
		read := may[name]
		switch {
		case read == nil:
			remedy := "there are: " + strings.Join(names, ", ")
			if near := suggest.DidYouMean(name, names); near != "" {
				remedy = near
			}
			r.wrong(m.name, remedy, "%s must not have a member %q", what, name)
		case seen[name]:
			r.wrong(m.name, "remove one of them", "%s must have its member %q once", what, name)
		default:
			read(m.value)
		}
		seen[name] = true
	}
	for _, name := range must {
		if !seen[name] {
			r.wrong(n, "add it", "%s must have a member %q", what, name)
		}
	}
}

// each reads the items of a list, which must have some.
func (r *reader) each(n node, what string, item func(node)) {
	list, ok := n.value.([]node)
	if !ok || len(list) == 0 {
		r.wrong(n, "write at least one, in brackets", "%s must be a list that is not empty", what)
	}
	for _, n := range list {
		item(n)
	}
}

// text reads a text, which must have some. It is "" if something is wrong.
func (r *reader) text(n node, what string) string {
	s, ok := n.value.(string)
	if !ok || s == "" {
		r.wrong(n, "write it in quotes", "%s must be a text that is not empty", what)
	}
	return s
}
