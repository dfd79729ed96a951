package flow

import (
	"go/types"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/instrumentgo/instrument/analysis/internal/signature"
	"github.com/instrumentgo/instrument/analysis/internal/source"
	"github.com/instrumentgo/instrument/internal/option"
)

// Verbs that begin the name of a function of which each call makes something of its own, so that a
// second call makes it twice: an order, a payment, a record, and what people outside the program
// get, a message, a parcel, a job that runs. Not among them: Set, Put, Update, Save and Delete,
// after which a second call finds done what it does; Add, Append and Push, which mostly change a
// collection; Publish and Emit, because subscribers of topics get messages at least once anyway,
// and have to know them again.
var makes = []string{
	"Buy", "Create", "Deliver", "Enqueue", "Increment", "Insert", "Invite", "Notify", "Pay", "Resend", "Send", "Submit", "Withdraw",
}

// Verbs of that kind that are nouns as well: Order(ctx, id) finds an order, Email(ctx, id) an
// address. The signature decides.
var makesOrNames = []string{
	"Book", "Broadcast", "Charge", "Credit", "Debit", "Deposit", "Dispatch", "Email", "Invoice", "Mail", "Order", "Place", "Post", "Purchase", "Refund",
	"Schedule", "Ship", "Transfer",
}

// checkRepeat reports retry on a function that makes something, unless the user has said when that
// is safe: by the errors that are retried, each of which then tells that nothing was made; by a key
// under which a failed call may be repeated anyway; or by //instrument:repeatable, where the name
// misleads. Neither of the first two makes a hedge safe, whose bodies all succeed at once. A name
// alone does not refuse a hedge.
func checkRepeat(p *source.Program, s *subject) {
	says := s.Mutating
	if _, hedged := s.Aspect(option.Hedge); hedged && says != "" {
		p.Findings.Add(s.place(option.Hedge), "remove hedge, or the mark if a second call makes nothing",
			"%s must not run the body twice: %s says that each call makes something", s.of(option.Hedge), says)
	}
	a, _ := s.Aspect(option.Retry)
	_, keyed := s.Aspect(option.Idempotent)
	if s.Attempts() < 2 || s.Repeatable || keyed || len(a.Values("on"))+len(a.Values("if")) > 0 {
		return
	}
	remedy := "add if= or on=, or idempotent with a key, or remove retry"
	switch {
	case says != "":
		says += " says that"
	case Makes(s.Object):
		says, remedy = "by its name", remedy+"; //instrument:repeatable if the name misleads"
	default:
		return
	}
	p.Findings.Add(s.place(option.Retry), remedy,
		"%s must say which errors are safe to repeat: %s each call makes something, and one that fails may have made it", s.of(option.Retry), says)
}

// Makes reports whether a function makes something at each call, by its name and its signature.
func Makes(f *types.Func) bool {
	word := firstWord(f.Name())
	return slices.Contains(makes, word) ||
		slices.Contains(makesOrNames, word) && isCommand(f.Signature(), word, len(word) == len(f.Name()))
}

// firstWord returns the first word of a name in camel case, with its first letter in upper case:
// "Place" for placeOrder.
func firstWord(name string) string {
	first, size := utf8.DecodeRuneInString(name)
	end := strings.IndexFunc(name[size:], func(r rune) bool { return !unicode.IsLower(r) })
	if end < 0 {
		end = len(name) - size
	}
	return string(unicode.ToUpper(first)) + name[size:size+end]
}

// isCommand distinguishes a function that does what its first word says, PlaceOrder(ctx, order),
// from one that finds what the word names, PlaceDetails(ctx, id). A command takes something to act
// on, and either returns no more than an error or takes more than keys; a lookup returns a list, or
// what the word names. whole says that the name has no other word.
func isCommand(sig *types.Signature, word string, whole bool) bool {
	takes, keys := 0, true
	for v := range sig.Params().Variables() {
		if !signature.IsContext(v.Type()) {
			takes, keys = takes+1, keys && isKey(v.Type())
		}
	}
	returns, named := 0, false
	for v := range sig.Results().Variables() {
		switch t := types.Unalias(v.Type()).(type) {
		case *types.Slice, *types.Map:
			return false
		default:
			if !signature.IsError(t) {
				returns++
			}
			result := receiverType(t)
			named = named || result != nil && result.Obj().Name() == word
		}
	}
	switch {
	case takes == 0:
		return false
	case returns == 0, !keys:
		return true
	}
	return whole && takes > 1 && !named
}

// receiverType returns the named type that t is, or points to; nil if there is none.
func receiverType(t types.Type) *types.Named {
	if ptr, ok := types.Unalias(t).(*types.Pointer); ok {
		t = ptr.Elem()
	}
	named, _ := types.Unalias(t).(*types.Named)
	return named
}

// isKey reports whether values of the type name something: strings, integers, and arrays such as a
// UUID.
func isKey(t types.Type) bool {
	switch u := t.Underlying().(type) {
	case *types.Basic:
		return u.Info()&(types.IsString|types.IsInteger) != 0
	case *types.Array:
		return isKey(u.Elem())
	}
	return false
}

// checkStreams reports retry and hedge on a function that takes a stream, because what one attempt
// has read is gone for the next.
func checkStreams(p *source.Program, s *subject) {
	repeats := option.Retry
	_, hedged := s.Aspect(option.Hedge)
	if hedged {
		repeats = option.Hedge
	} else if s.Attempts() < 2 {
		return
	}
	for v := range s.Object.Signature().Params().Variables() {
		t := v.Type()
		if slice, ok := types.Unalias(t).(*types.Slice); ok {
			t = slice.Elem()
		}
		what, instead := consumed(t, hedged)
		if what == "" || v.Name() == "" || v.Name() == "_" {
			continue
		}
		p.Findings.Add(s.place(repeats), instead, "%s must not get a stream: what one attempt has read of %s, %s, is gone for the next",
			s.of(repeats), v.Name(), what)
	}
}

// streams are types that read a stream but have no method Read of the usual form.
var streams = map[[2]string]bool{
	{"bufio", "Scanner"}: true, {"encoding/csv", "Reader"}: true, {"encoding/gob", "Decoder"}: true,
	{"encoding/json", "Decoder"}: true, {"encoding/xml", "Decoder"}: true, {"mime/multipart", "Reader"}: true,
}

// consumed describes a parameter that can be read once, with what to take instead, or returns "". A
// value with ReadAt can be read again, even by several attempts at once. A value with Seek can be
// rewound by one attempt after the other. An iterator function starts again from the beginning. A
// channel of struct{} signals that something is over, and keeps signalling it.
func consumed(t types.Type, atOnce bool) (what, instead string) {
	name, open := types.TypeString(t, (*types.Package).Name), "take a function that opens it, the bytes, or an io.ReaderAt"
	if !atOnce {
		open += " or io.ReadSeeker"
	}
	if ch, ok := t.Underlying().(*types.Chan); ok {
		element, isStruct := ch.Elem().Underlying().(*types.Struct)
		if ch.Dir() != types.RecvOnly || isStruct && element.NumFields() == 0 {
			return "", ""
		}
		return "a channel", "take the values, or receive them in a function around this one"
	}
	if named := receiverType(t); named != nil && named.Obj().Pkg() != nil {
		key := [2]string{named.Obj().Pkg().Path(), named.Obj().Name()}
		switch {
		case streams[key]:
			return "a " + name, open
		case key == [2]string{"net/http", "Response"}:
			return "a response", "take what was read of its body"
		case strings.HasPrefix(key[0], "math/rand"):
			return "", "" // random bytes never run out
		}
	}
	switch {
	case hasNamed(t, "ReadAt"), hasNamed(t, "Seek") && !atOnce:
		return "", ""
	case signature.IsReader(t):
		return "a reader (" + name + ")", open
	case signature.IsIterator(t):
		return "an iterator (" + name + ")", "take the values, or run the query in this function"
	}
	return "", ""
}

func hasNamed(t types.Type, method string) bool {
	obj, _, _ := types.LookupFieldOrMethod(t, true, nil, method)
	_, ok := obj.(*types.Func)
	return ok
}
