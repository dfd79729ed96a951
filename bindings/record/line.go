package record

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"
	"unicode/utf8"

	"github.com/instrumentgo/instrument/bindings"
	"github.com/instrumentgo/instrument/bindings/service"
)

// line is one line of a recording: a provider, or an operation with its answer.
type line struct {
	Seq      int           `json:"seq"` // orders the lines
	Provider *provider     `json:"provider,omitzero"`
	Kind     bindings.Kind `json:"kind,omitzero"`
	Binding  text          `json:"binding,omitzero"`
	Tenant   text          `json:"tenant,omitzero"`
	Op       string        `json:"op,omitzero"`
	Args     args          `json:"args,omitzero"`
	Result   result        `json:"result,omitzero"`
	Error    *failure      `json:"error,omitzero"`
}

// provider is what the environment of a recorded program says of one.
type provider struct {
	Name    string          `json:"name"`
	Schemes []string        `json:"schemes"`
	Kinds   []bindings.Kind `json:"kinds"`
	System  string          `json:"system,omitzero"`
	Options []string        `json:"options,omitzero"`
}

// args are what an operation was asked. It is answered to who asks the same.
type args struct {
	Key       text     `json:"key,omitzero"` // of an entry or an object
	Keys      []text   `json:"keys,omitzero"`
	To        text     `json:"to,omitzero"` // of a copy, whose Key is what is copied
	Value     data     `json:"value,omitzero"`
	Entries   []entry  `json:"entries,omitzero"`
	Revision  uint64   `json:"revision,omitzero"`
	Delta     int64    `json:"delta,omitzero"`
	IfAbsent  bool     `json:"if-absent,omitzero"`
	TTL       span     `json:"ttl,omitzero"`
	Prefix    text     `json:"prefix,omitzero"`
	Delimiter text     `json:"delimiter,omitzero"`
	Cursor    text     `json:"cursor,omitzero"`
	Limit     int      `json:"limit,omitzero"`
	After     uint64   `json:"after,omitzero"` // a revision
	Now       bool     `json:"now,omitzero"`   // from now on
	Part      *part    `json:"part,omitzero"`
	Type      text     `json:"content-type,omitzero"`
	Metadata  pairs    `json:"metadata,omitzero"`
	Broken    bool     `json:"broken,omitzero"`  // reading what was to be put failed after Value
	Service   text     `json:"service,omitzero"` // interface of a call
	Method    string   `json:"method,omitzero"`
	Valid     span     `json:"valid,omitzero"`
	Message   *message `json:"message,omitzero"`
	Delay     span     `json:"delay,omitzero"`
	Group     text     `json:"group,omitzero"`
	Lease     span     `json:"lease,omitzero"`
	Letter    text     `json:"letter,omitzero"`
	Reason    text     `json:"reason,omitzero"`
	Name      text     `json:"name,omitzero"` // of a lock
	Token     uint64   `json:"token,omitzero"`
	Seen      text     `json:"seen,omitzero"`     // a version
	Of        int      `json:"of,omitzero"`       // the line of the watch or the subscription
	Delivery  int      `json:"delivery,omitzero"` // the line of the delivery
}

// result is what was answered.
type result struct {
	Abilities json.RawMessage `json:"abilities,omitzero"`
	Many      []string        `json:"many,omitzero"`    // of kv: "get", "set" if it does these in one go
	Local     bool            `json:"local,omitzero"`   // a service of the process itself
	Tenants   bool            `json:"tenants,omitzero"` // a service that is scoped to tenants
	Key       text            `json:"key,omitzero"`
	Value     data            `json:"value,omitzero"`
	Revision  uint64          `json:"revision,omitzero"`
	Deleted   bool            `json:"deleted,omitzero"`
	Sum       int64           `json:"sum,omitzero"`
	Entries   []entry         `json:"entries,omitzero"`
	Keys      []text          `json:"keys,omitzero"`
	Prefixes  []text          `json:"prefixes,omitzero"`
	Cursor    text            `json:"cursor,omitzero"`
	Object    *object         `json:"object,omitzero"`
	Objects   []object        `json:"objects,omitzero"`
	Cut       *failure        `json:"cut,omitzero"` // how reading Value ended, if not with its end
	URL       text            `json:"url,omitzero"`
	Text      text            `json:"text,omitzero"` // of a secret
	Version   text            `json:"version,omitzero"`
	Token     uint64          `json:"token,omitzero"`
	Message   *message        `json:"message,omitzero"`
	Count     int             `json:"count,omitzero"` // of deliveries
	Letters   []letter        `json:"letters,omitzero"`
}

// entry is one of kv.
type entry struct {
	Key      text   `json:"key"`
	Value    data   `json:"value,omitzero"`
	Revision uint64 `json:"revision,omitzero"`
}

// part is a range of an object.
type part struct {
	Offset int64 `json:"offset,omitzero"`
	Length int64 `json:"length"`
}

// object describes one of blob.
type object struct {
	Key      text      `json:"key"`
	Size     int64     `json:"size,omitzero"`
	Type     text      `json:"content-type,omitzero"`
	Metadata pairs     `json:"metadata,omitzero"`
	ETag     text      `json:"etag,omitzero"`
	Modified time.Time `json:"modified,omitzero"`
}

// message is one of a topic, without its trace context.
type message struct {
	ID        text      `json:"id,omitzero"`
	Key       text      `json:"key,omitzero"`
	Data      data      `json:"data,omitzero"`
	Published time.Time `json:"published,omitzero"`
}

// letter is a dead one.
type letter struct {
	Letter  text      `json:"letter"`
	Message message   `json:"message"`
	Reason  text      `json:"reason,omitzero"`
	Count   int       `json:"count,omitzero"`
	Died    time.Time `json:"died,omitzero"`
}

// pairs are metadata.
type pairs map[string]text

// MarshalJSON implements [json.Marshaler]. A name that is not UTF-8 has no form in JSON.
func (p pairs) MarshalJSON() ([]byte, error) {
	for name := range p {
		if !utf8.ValidString(name) {
			return nil, fmt.Errorf("the name %q of metadata must be UTF-8", name)
		}
	}
	return marshal(map[string]text(p))
}

// failure is an error.
type failure struct {
	Code    string `json:"code"` // in words: "not found"
	Message text   `json:"message,omitzero"`

	Method *methodFailure `json:"method,omitzero"` // of a service, if it is the method that failed
}

// failed describes an error as providers return it, nil for nil.
func failed(err error) *failure {
	if err == nil {
		return nil
	}
	f := &failure{Code: bindings.Code(err).Error()}
	if own, ok := errors.AsType[*service.Failure](err); ok {
		f.Method = &methodFailure{Later: span(own.Later), Names: texts(own.Names)}
	}
	switch own, isOwn := err.(*bindings.Error); {
	case isOwn && own.Op == "":
		if own.Err != nil {
			f.Message = text(own.Err.Error())
		}
	case err == bindings.Code(err): // a code alone
	default:
		f.Message = text(err.Error())
	}
	return f
}

// err returns the error that was described, nil for nil.
func (f *failure) err() error {
	if f == nil {
		return nil
	}
	if f.Method != nil {
		return f.failedMethod()
	}
	code := codeOf(f.Code)
	switch f.Message {
	case "":
		return code
	case text(context.Canceled.Error()):
		return context.Canceled
	case text(context.DeadlineExceeded.Error()):
		return context.DeadlineExceeded
	}
	return &bindings.Error{Code: code, Err: errors.New(string(f.Message))}
}

// codeOf returns the code of that text, Unknown for none.
func codeOf(words string) bindings.ErrorCode {
	for code := bindings.OK; code <= bindings.Unimplemented; code++ {
		if code.Error() == words {
			return code
		}
	}
	return bindings.Unknown
}
