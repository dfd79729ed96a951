package httphooks

import (
	"net/http"
	"reflect"
	"sync"
)

// The writers of net/http itself reach the body as they are, and how far their response has come is
// read from their fields. A wrapper cannot stand for them: http.MaxBytesReader closes a connection
// through a method that only net/http can declare, a superfluous WriteHeader is logged with the
// nearest caller outside net/http, which would be the wrapper, and programs compare writers. A
// version of Go that names the fields otherwise costs no more than that: its writers are watched by
// a wrapper, as those of others are.

// layout says where a writer of net/http keeps what is of interest. Each is a path of fields.
type layout struct {
	begun  []int // bool: a status has been written
	status []int // int: which
	header []int // http.Header, before anybody has asked for it
	buffer []int // pointer that is nil once the connection has been hijacked; nil for a writer that has no Hijack
	expiry bool  // that of http.TimeoutHandler, whose Write reports that it has answered itself
}

// layouts are the paths of the fields, by the name of the writer's type in net/http.
var layouts = map[string]struct {
	begun, status, header, buffer []string
	expiry                        bool
}{
	"response":            {[]string{"wroteHeader"}, []string{"status"}, []string{"handlerHeader"}, []string{"w"}, false},
	"http2responseWriter": {[]string{"rws", "wroteHeader"}, []string{"rws", "status"}, []string{"rws", "handlerHeader"}, nil, false},
	"timeoutWriter":       {[]string{"wroteHeader"}, []string{"code"}, []string{"h"}, nil, true},
}

// known has the *layout of each type of writer that was met, nil for the types of others.
var known sync.Map

// layoutOf returns the layout of a writer of net/http, and nil for any other writer.
func layoutOf(w http.ResponseWriter) *layout {
	t := reflect.TypeOf(w)
	if l, ok := known.Load(t); ok {
		return l.(*layout)
	}
	l := findLayout(t)
	known.Store(t, l)
	return l
}

func findLayout(t reflect.Type) *layout {
	if t.Kind() != reflect.Pointer || t.Elem().PkgPath() != "net/http" {
		return nil
	}
	names, ok := layouts[t.Elem().Name()]
	if !ok {
		return nil
	}
	l := &layout{
		begun: path(t, names.begun, reflect.Bool), status: path(t, names.status, reflect.Int),
		header: path(t, names.header, reflect.Map), expiry: names.expiry,
	}
	if names.buffer != nil {
		l.buffer = path(t, names.buffer, reflect.Pointer)
	}
	if l.begun == nil || l.status == nil || l.header == nil || (l.buffer == nil) != (names.buffer == nil) {
		return nil
	}
	return l
}

// path returns the indices of the named fields, each in the one before; nil if there is no such
// field, or it is of another kind.
func path(t reflect.Type, names []string, kind reflect.Kind) []int {
	var indices []int
	for _, name := range names {
		if t.Kind() == reflect.Pointer {
			t = t.Elem()
		}
		if t.Kind() != reflect.Struct {
			return nil
		}
		f, ok := t.FieldByName(name)
		if !ok || len(f.Index) != 1 {
			return nil
		}
		indices, t = append(indices, f.Index[0]), f.Type
	}
	if t.Kind() != kind {
		return nil
	}
	return indices
}

// field follows a path. It is the zero Value where a pointer on the way is nil, as in a writer of
// HTTP/2 whose handler has returned.
func field(w http.ResponseWriter, path []int) reflect.Value {
	v := reflect.ValueOf(w)
	for _, i := range path {
		if v.Kind() == reflect.Pointer {
			if v.IsNil() {
				return reflect.Value{}
			}
			v = v.Elem()
		}
		v = v.Field(i)
	}
	return v
}

// read returns how far the response has come: its status, 0 before it has begun, and whether it is
// somebody else's to write.
func (l *layout) read(w http.ResponseWriter) (status int, hijacked bool) {
	begun := field(w, l.begun)
	if !begun.IsValid() {
		return 0, true
	}
	if begun.Bool() {
		status = int(field(w, l.status).Int())
	}
	return status, l.buffer != nil && field(w, l.buffer).IsNil()
}

// empty reports whether there are no headers yet. To ask the writer would have it copy them later.
func (l *layout) empty(w http.ResponseWriter) bool {
	header := field(w, l.header)
	return !header.IsValid() || header.Len() == 0
}
