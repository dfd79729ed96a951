package generated

import (
	"fmt"
	"go/token"
	"slices"

	"github.com/dave/dst"

	"github.com/instrumentgo/instrument/analysis/plan"
	"github.com/instrumentgo/instrument/rewrite/generated/literal"
)

// Sites need these declarations in the generated file: the types and functions that bodies spell,
// the sites' variables, and their registration.

// spelledTypes declares names for the types that bodies spell: that of their calls, and those that
// custom advice and hedges take. In a body a parameter may hide the package context or the type
// error, and its file need not import the package runtimehooks.
func spelledTypes(sites []*plan.Site) []dst.Decl {
	alias := func(name string, t dst.Expr) dst.Spec {
		spec := &dst.TypeSpec{Name: dst.NewIdent(name), Assign: true, Type: t}
		spec.Decs.Before, spec.Decs.After = dst.NewLine, dst.NewLine
		return spec
	}
	decl := &dst.GenDecl{Tok: token.TYPE}
	if i := slices.IndexFunc(sites, (*plan.Site).SpellsCall); i >= 0 {
		decl.Specs = append(decl.Specs, alias("instrumentCall"+sites[i].Numbered, literal.Hook("Call")))
	}
	if i := slices.IndexFunc(sites, (*plan.Site).SpellsContext); i >= 0 {
		n := sites[i].Numbered
		decl.Specs = append(decl.Specs, alias("instrumentContext"+n, &dst.Ident{Name: "Context", Path: "context"}),
			alias("instrumentError"+n, dst.NewIdent("error")))
	}
	if len(decl.Specs) == 0 {
		return nil
	}
	decl.Lparen = len(decl.Specs) > 1
	decl.Rparen = decl.Lparen
	decl.Decs.Before = dst.EmptyLine
	decl.Decs.Start = dst.Decorations{"// The type that woven bodies spell, under a name that no parameter hides."}
	if decl.Lparen {
		decl.Decs.Start = dst.Decorations{"// The types that woven bodies spell, under names that no parameter hides."}
	}
	return []dst.Decl{decl}
}

// siteVariables declares a site's variable, with a comment that lists its aspects and holds its
// directive, and a variable for each function of another package that its body calls.
func siteVariables(site *plan.Site, directive string) ([]dst.Decl, error) {
	return variables(site, site.Func, directive)
}

// variables is siteVariables for a site whose comment says what is woven.
func variables(site *plan.Site, woven, directive string) ([]dst.Decl, error) {
	switch {
	case site.Var == "" && site.Record != nil: // the variable of the step has the directive
		return nil, nil
	case site.Var == "":
		return []dst.Decl{setupVariable(site, directive)}, nil
	}
	value, err := literal.Site(site)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", site.Func, err)
	}
	decl := declare(site.Var, value)
	decl.Decs.Start = dst.Decorations{"// " + woven + " is woven with " + stackText(site.Aspects) + "."}
	for _, note := range site.Notes {
		decl.Decs.Start = append(decl.Decs.Start, "// "+plan.UpperFirst(note)+".")
	}
	decl.Decs.Start = append(decl.Decs.Start, "//", directive)
	decls := append([]dst.Decl{decl}, stepVariables(site)...)
	if site.Setup != "" {
		decls = append(decls, setupVariable(site))
	}
	return decls, nil
}

// exchangeVariables declares a variable for each exchange that bodies ask about their responses.
func exchangeVariables(pkg *plan.Package) []dst.Decl {
	var decls []dst.Decl
	for _, x := range pkg.Exchanges() {
		decl := declare(x.Var, &dst.UnaryExpr{Op: token.AND, X: literal.Ident(&x.Ref)})
		decl.Decs.Start = dst.Decorations{"// " + x.Var + " knows " + x.Title + " and its request, under a name that no parameter hides."}
		decls = append(decls, decl)
	}
	return decls
}

// setupVariable declares what a function calls first and defers the result of.
func setupVariable(site *plan.Site, directive ...string) dst.Decl {
	call, does := dst.Expr(&dst.Ident{Name: "Main", Path: plan.TelemetryPath}),
		"installs OpenTelemetry's providers, as OTEL_* say. What it returns exports what is left."
	if site.Quiet {
		call, does = literal.Hook("Quiet"), "lets no site record what "+site.Func+" calls, for telemetry itself calls that."
	}
	decl := declare(site.Setup, call)
	decl.Decs.Start = dst.Decorations{"// " + site.Setup + " " + does}
	for _, d := range directive {
		decl.Decs.Start = append(decl.Decs.Start, "//", d)
	}
	return decl
}

// stepVariables declares a variable for each function of another package that a body calls.
func stepVariables(site *plan.Site) []dst.Decl {
	var decls []dst.Decl
	for _, step := range site.Steps {
		called, _ := step.Called()
		for _, c := range called {
			if c.Ref == nil {
				continue
			}
			decl := declare(c.Name, literal.Ident(c.Ref))
			decl.Decs.Start = dst.Decorations{"// What " + site.Func + " calls for " + step.Aspect + ", under a name that no parameter hides."}
			decls = append(decls, decl)
		}
	}
	return decls
}

func declare(name string, value dst.Expr) *dst.GenDecl {
	decl := &dst.GenDecl{Tok: token.VAR, Specs: []dst.Spec{
		&dst.ValueSpec{Names: []*dst.Ident{dst.NewIdent(name)}, Values: []dst.Expr{value}},
	}}
	decl.Decs.Before = dst.EmptyLine
	return decl
}

// initialization declares what runs before main: the registration of the package's sites. In a main
// package, which is initialised after all others, it also starts the reader of the policy file and
// the state page. These are variables, rather than statements of an init function, because
// statements would count in the package's coverage.
func initialization(pkg *plan.Package) []dst.Decl {
	var calls []dst.Expr
	if sites := pkg.AllSites(); len(sites) > 0 {
		calls = append(calls, registration(sites))
	}
	if pkg.Live {
		calls = append(calls, &dst.CallExpr{Fun: &dst.Ident{Name: "Start", Path: plan.LivePath}})
	}
	if page := pkg.Page; page != nil {
		args := []dst.Expr{literal.Text(page.Address)}
		if page.Control {
			args = append(args, &dst.CallExpr{Fun: &dst.Ident{Name: "Control", Path: plan.DebugPath}})
		}
		if page.Reveal {
			args = append(args, &dst.CallExpr{Fun: &dst.Ident{Name: "Reveal", Path: plan.DebugPath}})
		}
		if len(page.Hosts) > 0 {
			host := &dst.CallExpr{Fun: &dst.Ident{Name: "Host", Path: plan.DebugPath}}
			for _, name := range page.Hosts {
				host.Args = append(host.Args, literal.Text(name))
			}
			args = append(args, host)
		}
		calls = append(calls, &dst.CallExpr{Fun: &dst.Ident{Name: "Serve", Path: plan.DebugPath}, Args: args})
	}
	if len(calls) == 0 {
		return nil
	}
	decl := &dst.GenDecl{Tok: token.VAR, Lparen: len(calls) > 1, Rparen: len(calls) > 1}
	for _, call := range calls {
		spec := &dst.ValueSpec{Names: []*dst.Ident{dst.NewIdent("_")}, Values: []dst.Expr{call}}
		if len(calls) > 1 {
			spec.Decs.Before, spec.Decs.After = dst.NewLine, dst.NewLine
		}
		decl.Specs = append(decl.Specs, spec)
	}
	decl.Decs.Before = dst.EmptyLine
	return []dst.Decl{decl}
}

// registration makes the sites known to the process, for their state and for overrides.
func registration(sites []*plan.Site) dst.Expr {
	var args []dst.Expr
	for _, site := range sites {
		var x dst.Expr = dst.NewIdent(site.Var)
		if site.Entry.Site != "" {
			x = &dst.SelectorExpr{X: x, Sel: dst.NewIdent("Site")}
		}
		args = append(args, &dst.UnaryExpr{Op: token.AND, X: x})
	}
	if len(args) > 1 {
		literal.OnLines(args)
	}
	return &dst.CallExpr{Fun: literal.Hook("Register"), Args: args}
}
