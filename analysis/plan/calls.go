package plan

// CallSite is a call that is woven: it becomes a call of a function of the generated file, which
// makes it, or is given a context where it stands. The fields after Through are what rewriting the
// call needs to know; they find it without types and without positions, so that code above it can
// change.
type CallSite struct {
	In     string   `json:"in"`     // key of the function that holds the call; "var db" for a variable's initialiser
	Callee string   `json:"callee"` // what is called: "net/http.(*Client).Do"
	Pos    Position `json:"pos"`    // of the call
	// Key is its name in the package: "(*Service).Place calls http.(*Client).Do", with a number if
	// Place calls it more than once.
	Key string `json:"key"`
	// Site has the aspects, and state of its own. Its Func is Key. It is nil if the call is only
	// replaced.
	Site    *Site  `json:"site,omitempty"`
	Through string `json:"through"` // name of the CallFunc that it becomes a call of; "" if it stays where it is

	Name    string       `json:"name"`              // the last name in what is called: "Do"
	Index   int          `json:"index"`             // among the calls in that function which end in this name, from 0
	Method  bool         `json:"method,omitempty"`  // it has an operand, which becomes the first argument
	Prefix  string       `json:"prefix,omitempty"`  // before the operand: "&" or "*"
	Path    string       `json:"path,omitempty"`    // after the operand, for promoted methods: ".Client"
	Types   []string     `json:"types,omitempty"`   // type arguments: type parameters of the function that holds the call
	Unused  []UsedImport `json:"unused,omitempty"`  // imports of its file that nothing else uses
	Replace string       `json:"replace,omitempty"` // rule that names another function to call instead
	Options string       `json:"options,omitempty"` // rule that names a function for its options
	InPlace *InPlace     `json:"inPlace,omitempty"` // nil for a call of a CallFunc
	Go      *GoStmt      `json:"go,omitempty"`      // nil for what is no go statement
}

// Go is the Name of a go statement, which is counted among those of its function.
const Go = "go"

// GoStmt says how a go statement comes to start a CallFunc.
type GoStmt struct {
	// Starter is the context in scope, as Go source that means it there; "" for none.
	Starter string `json:"starter,omitempty"`
	// Value says that what was started becomes an argument, where it stands. Otherwise the CallFunc
	// knows it.
	Value bool `json:"value,omitempty"`
}

// InPlace says how a call is given a context: the last name in what is called becomes another.
type InPlace struct {
	As      string `json:"as"`              // that other name: "InfoContext"
	Context string `json:"context"`         // the context, as Go source that means it where the call stands
	After   int    `json:"after,omitempty"` // arguments before it: 1 for the receiver in a call of a method expression
}

// ContextVar is a variable of the generated file that holds a function, which returns the context
// of a parameter. Calls that are given a context spell it.
type ContextVar struct {
	Name  string `json:"name"`
	Ref   Ref    `json:"ref"`             // the function, or the variable with it
	Field string `json:"field,omitempty"` // of that variable
}

// UsedImport is an import of a source file.
type UsedImport struct {
	Name string `json:"name,omitempty"` // as written; "" for none
	Path string `json:"path"`
}

// CallFunc is a function of the generated file that calls of one callee become calls of, where
// their operand has one type. Its first parameter is the site, if it has one.
type CallFunc struct {
	Name       string   `json:"name"`
	TypeParams []Param  `json:"typeParams,omitempty"` // with their constraints
	Params     []Param  `json:"params"`               // the operand of a method first
	Results    []Param  `json:"results"`
	Variadic   bool     `json:"variadic,omitempty"`
	Imports    []Import `json:"imports,omitempty"` // what its types need
	Callee     string   `json:"callee"`            // as CallSite has it
	Method     string   `json:"method,omitempty"`  // called on the first parameter; "" for a function
	Value      string   `json:"value,omitempty"`   // parameter that is called, and stands before the arguments; "" for none
	Starter    string   `json:"starter,omitempty"` // parameter with the context of a go statement, the first one; "" for none
	Func       *Ref     `json:"func,omitempty"`    // called otherwise
	TypeArgs   []string `json:"typeArgs,omitempty"`
	Options    *Ref     `json:"options,omitempty"` // func([]T) []T that the last parameter is given to
	// Site says how its body is woven. Its variable is the first parameter. Nil if the calls are only
	// replaced.
	Site *Site `json:"site,omitempty"`
}

// Calling returns the call sites that become calls of a function, in the plan's order.
func (p *Package) Calling(fn string) []*CallSite {
	var list []*CallSite
	for _, c := range p.Calls {
		if c.Through == fn {
			list = append(list, c)
		}
	}
	return list
}

// Rules returns the names of the rules that weave something in the package, in the order of the
// plan.
func (p *Package) Rules() []string {
	var list []string
	sites := p.Sites
	for _, c := range p.Calls {
		if c.Replace != "" {
			list = append(list, c.Replace)
		}
		if c.Options != "" {
			list = append(list, c.Options)
		}
		if c.Site != nil {
			sites = append(sites[:len(sites):len(sites)], c.Site)
		}
	}
	for _, s := range sites {
		for _, a := range s.Aspects {
			list = append(list, a.From)
		}
	}
	return list
}
