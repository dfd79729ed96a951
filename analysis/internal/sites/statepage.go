package sites

import (
	"go/ast"
	"slices"
	"strings"

	"github.com/instrumentgo/instrument/analysis/internal/directive"
	"github.com/instrumentgo/instrument/analysis/plan"
)

// defaultAddress is where the page is served unless the directive says otherwise. Other machines
// cannot reach it.
const defaultAddress = "localhost:6060"

// statePage reads the directive //instrument:debug on func main.
func (b *packagePlanner) statePage() {
	b.onMain("debug", func(d directive.Directive, _ *ast.File, _ *ast.FuncDecl) { b.out.Page = b.page(d) })
}

// onMain calls do with a directive on func main, and removes it from the directives that ask for
// aspects. On any other function it is a finding.
func (b *packagePlanner) onMain(name string, do func(directive.Directive, *ast.File, *ast.FuncDecl)) {
	for _, file := range b.pkg.Files {
		for _, decl := range file.Decls {
			fn, ok := decl.(*ast.FuncDecl)
			if !ok {
				continue
			}
			list := b.directives[file].Funcs[fn]
			i := slices.IndexFunc(list, func(d directive.Directive) bool { return d.Name == name })
			if i < 0 {
				continue
			}
			if b.pkg.Listed.Name != "main" || fn.Name.Name != "main" || fn.Recv != nil {
				b.program.Findings.At(list[i].Pos, "move it there", "directive //instrument:%s must be on func main of a main package", name)
			} else {
				do(list[i], file, fn)
			}
			b.directives[file].Funcs[fn] = slices.Delete(slices.Clone(list), i, i+1)
		}
	}
}

// page reads the directive's arguments: an address, host=NAME for a name that the page answers to,
// reveal=true, and control=true for buttons, which only this machine may be able to reach.
func (b *packagePlanner) page(d directive.Directive) *plan.StatePage {
	page := &plan.StatePage{Address: defaultAddress}
	for i, arg := range d.Args {
		name, value, _ := strings.Cut(arg.Arg, "=")
		switch {
		case arg.Arg == "control=true":
			page.Control = true
		case arg.Arg == "reveal=true":
			page.Reveal = true
		case name == "host" && value != "" && !strings.ContainsAny(value, "/:"):
			page.Hosts = append(page.Hosts, value)
		case i == 0 && strings.HasPrefix(arg.Arg, ":") && validAddress(arg.Arg):
			b.program.Findings.At(arg.Pos, "as in localhost"+arg.Arg+", or 0.0.0.0"+arg.Arg+" for other machines to see it too",
				"address of //instrument:debug must have a host, and %s would be that of every network", arg.Arg)
			return nil
		case i == 0 && validAddress(arg.Arg):
			page.Address = arg.Arg
		default:
			b.program.Findings.At(arg.Pos, "as in //instrument:debug localhost:6060 control=true",
				"argument of //instrument:debug must be an address host:port, host=NAME, reveal=true or control=true, not %q", arg.Arg)
			return nil
		}
	}
	if page.Control && !onlyHere(page.Address) {
		b.program.Findings.At(d.Pos, "serve it on localhost, or mount debug.Handler(debug.Control()) behind your own authorization",
			"//instrument:debug must not offer control to other machines, and %s does", page.Address)
		return nil
	}
	return page
}

// split cuts an address at its last colon.
func split(address string) (host, port string) {
	i := strings.LastIndexByte(address, ':')
	if i < 0 {
		return address, ""
	}
	return address[:i], address[i+1:]
}

func validAddress(address string) bool {
	host, port := split(address)
	return port != "" && !strings.ContainsAny(host, "/=")
}

// onlyHere reports whether only this machine can reach the address.
func onlyHere(address string) bool {
	host, _ := split(address)
	return host == "localhost" || host == "[::1]" || strings.HasPrefix(host, "127.")
}
