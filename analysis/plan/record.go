package plan

// Record is what makes a function a step of workflows: its body begins by asking whether a run
// makes the call. If one does, it returns what a function of the generated file returns, which
// records the call.
type Record struct {
	Var  string `json:"var"`  // package-level variable that describes the step: "instrumentStockReserveStep"
	Func string `json:"func"` // of the generated file: "instrumentStockReserveRecorded"
	Name string `json:"name"` // in records: the function's symbol, with the import path also in a main package

	Recv     string   `json:"recv,omitempty"`    // type of the receiver, as Go source
	Params   []Param  `json:"params,omitempty"`  // without the context; their names are those of the JSON
	Results  []Param  `json:"results,omitempty"` // without the error; likewise
	Variadic bool     `json:"variadic,omitempty"`
	Undo     *Undo    `json:"undo,omitempty"`   // nil if nothing undoes it
	Errors   []string `json:"errors,omitempty"` // exported variables Err… of type error in the package, by which callers distinguish failures
	Imports  []Import `json:"imports,omitempty"`
}

// Undo is what undoes a step: it takes what that takes, and then what it returns.
type Undo struct {
	Name   string `json:"name"`
	Method bool   `json:"method,omitempty"` // of the step's receiver
}

// Recorded returns the package's sites that are steps of workflows.
func (p *Package) Recorded() []*Site {
	var list []*Site
	for _, s := range p.Sites {
		if s.Record != nil {
			list = append(list, s)
		}
	}
	return list
}
