package plan

import "fmt"

// Entry says which of a function's parameters holds its context or request, and how its protocol
// refuses a call. Entries are data: weaving asks an entry what it needs to know, and never which
// entry it is.
type Entry struct {
	Name  string // in plans and generated files
	Title string // in findings, with its article: "a net/http handler"

	Holds  Holds // what the parameter at Site.Ctx is
	Writer bool  // the parameter before it takes the response, and entering the call replaces both
	Given  bool  // the caller passes nil for neither
	Served bool  // the caller is a server, not the user's code
	// Responds says that a call which is refused or panics is answered by a response, which the
	// body writes while it runs; otherwise the error that the function returns is the answer. A
	// response that has been written cannot be taken back or written twice, so an entry that
	// responds excludes the aspects that would need that, each with its own reason (aspects.Needs).
	Responds bool
	// Fails says that the answer is an error that the function returns: what refuses a call sets it.
	Fails bool

	Hooks string // import path of the package with the type of the site, if it is not HooksPath
	Site  string // name of that type, which embeds runtimehooks.Site; "" for runtimehooks.Site itself
}

// Holds says what a parameter holds.
type Holds int

const (
	HoldsNothing       Holds = iota // there is no such parameter
	HoldsContext                    // a context.Context
	HoldsRequest                    // the protocol's request, which has a context and is replaced when the call is entered
	HoldsCopiedRequest              // an *http.Request: the body gets a copy, and changes to it are copied back
	HoldsKeptRequest                // a request that the body must get as it is: its context is only the parent of the span
	HoldsKeptContext                // a context.Context that the body must get as it is: it is only the parent of the span
	HoldsStream                     // an interface whose method Context returns it: the body sees the derived one if whoever made the stream lets it
)

// The entries of functions without a protocol.
var (
	EntryNone    = &Entry{Name: "none"}
	EntryContext = &Entry{Name: "context", Holds: HoldsContext, Given: true}
	EntryKept    = &Entry{Name: "kept", Holds: HoldsKeptContext, Given: true}
	EntryRequest = &Entry{Name: "request", Holds: HoldsCopiedRequest, Hooks: HTTPPath, Site: "RequestSite"}
	EntryParent  = &Entry{Name: "parent", Holds: HoldsKeptRequest, Hooks: HTTPPath, Site: "RequestSite"}
	EntryStream  = &Entry{Name: "stream", Holds: HoldsStream, Given: true}
)

// The entries of protocols.
var (
	// EntryHTTP is func(http.ResponseWriter, *http.Request), with or without parameters of the
	// user's own after these.
	EntryHTTP = &Entry{
		Name: "http", Title: "a net/http handler",
		Holds: HoldsRequest, Writer: true, Given: true, Served: true, Responds: true,
		Hooks: HTTPPath, Site: "Site",
	}
	// EntryDeclared and EntryDeclaredError are the functions that entries of packs describe. What a
	// site has of its pack's is in Site.Declared.
	EntryDeclared = &Entry{
		Name: "declared", Title: "a handler",
		Holds: HoldsRequest, Given: true, Served: true, Responds: true,
		Hooks: EntryPath, Site: "Site",
	}
	EntryDeclaredError = &Entry{
		Name: "declared-error", Title: "a handler",
		Holds: HoldsRequest, Given: true, Served: true, Responds: true, Fails: true,
		Hooks: EntryPath, Site: "ErrorSite",
	}
	// EntryDeclaredParent is a function that is no handler and has the parameter of one.
	EntryDeclaredParent = &Entry{Name: "declared-parent", Holds: HoldsKeptRequest, Hooks: EntryPath, Site: "Parent"}
)

// Declared is what a pack declares of the functions that its entry describes.
type Declared struct {
	Ref              // the variable that holds the entry
	Title   string   `json:"title"` // in findings, with its article: "a gin handler"
	Type    string   `json:"type"`  // of the parameter, as Go source with package names as Imports gives them
	Imports []Import `json:"imports,omitempty"`
}

// Entries lists all entries.
var Entries = []*Entry{EntryNone, EntryContext, EntryKept, EntryRequest, EntryParent, EntryStream, EntryHTTP, EntryDeclared, EntryDeclaredError, EntryDeclaredParent}

// LookupEntry returns the entry called name, or nil.
func LookupEntry(name string) *Entry {
	for _, e := range Entries {
		if e.Name == name {
			return e
		}
	}
	return nil
}

// MarshalText writes an entry as its name.
func (e *Entry) MarshalText() ([]byte, error) { return []byte(e.Name), nil }

// UnmarshalText makes an entry a copy of the one that the text names. It returns an error if there
// is none.
func (e *Entry) UnmarshalText(text []byte) error {
	row := LookupEntry(string(text))
	if row == nil {
		return fmt.Errorf("entry must be one of a plan, not %q", text)
	}
	*e = *row
	return nil
}
