package siteline

import "testing"

func TestReadErrors(t *testing.T) {
	const head = "package p\n\n//instrument:plan 01\n\n"
	for name, test := range map[string]struct{ src, want string }{
		"no plan":     {"package p\n", "parse generated file: it must have a line //instrument:plan"},
		"no function": {head + "//instrument:site\nvar x int\n", "parse generated file: line 5: it must name a function"},
		"word":        {head + "//instrument:site F shape=prologue entry=none colour=red\nvar x int\n", `parse generated file: line 5: F: unknown word "colour=red"`},
		"shape":       {head + "//instrument:site F entry=none\nvar x int\n", `parse generated file: line 5: F: it must have a shape, not ""`},
		"step":        {head + "//instrument:site F key=x\nvar x int\n", `parse generated file: line 5: F: unknown word "key=x"`},
		"func":        {head + "//instrument:site F step=authz args=0\nvar x int\n", `parse generated file: line 5: F: unknown word "args=0"`},
		"part":        {head + "//instrument:site F step=limit text\nvar x int\n", "parse generated file: line 5: F: text must follow a key"},
		"literal":     {head + "//instrument:site F in=f entry=none shape=prologue\nvar x int\n", "parse generated file: line 5: F: a literal must have its function and its type"},
		"place":       {head + "//instrument:site F in=f index=a\nvar x int\n", `parse generated file: line 5: F: strconv.Atoi: parsing "a": invalid syntax`},
		"args":        {head + "//instrument:site F step=authz func=f args=a\nvar x int\n", `parse generated file: line 5: F: strconv.Atoi: parsing "a": invalid syntax`},
		"expr":        {head + "//instrument:site F attr=a step=limit expr=b\nvar x int\n", "parse generated file: line 5: F: expr must follow an attr"},
		"guard":       {head + "//instrument:site F guard=x\nvar x int\n", "parse generated file: line 5: F: guard must follow an attr, key or store"},
		"call":        {head + "//instrument:call f\nfunc g() {}\n", "parse generated file: line 5: it must name a function and what that calls"},
		"through":     {head + "//instrument:call f g\nfunc h() {}\n", "parse generated file: line 5: f calls g: it must name a function to call"},
		"call word":   {head + "//instrument:call f g colour=red\nvar x int\n", `parse generated file: line 5: f calls g: unknown word "colour=red"`},
		"index":       {head + "//instrument:call f g index=a\nvar x int\n", `parse generated file: line 5: f calls g: strconv.Atoi: parsing "a": invalid syntax`},
		"two":         {head + "//instrument:site F shape=prologue entry=none\nvar x, y int\n", "parse generated file: line 5: F: it must stand on one variable"},
	} {
		if _, err := Read([]byte(test.src)); err == nil || err.Error() != test.want {
			t.Errorf("%s: error is %v, want %s", name, err, test.want)
		}
	}
}
