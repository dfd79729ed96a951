package generated

import (
	"bytes"
	"fmt"
	"go/format"

	"github.com/dave/dst"

	"github.com/instrumentgo/instrument/analysis/plan"
)

// injected returns the declarations of the package's structs that are bound and of its services.
func injected(pkg *plan.Package, im *imports) ([]dst.Decl, error) {
	if len(pkg.Binds)+len(pkg.Services) == 0 {
		return nil, nil
	}
	var b bytes.Buffer
	im.writeHeader(&b, pkg)
	for i := range pkg.Binds {
		w := &bindWriter{pkg: pkg, bind: &pkg.Binds[i], im: im, b: &b}
		if err := w.write(); err != nil {
			return nil, fmt.Errorf("bind %s: %w", pkg.Binds[i].Type, err)
		}
	}
	for i := range pkg.Services {
		w := &serviceWriter{pkg: pkg, service: &pkg.Services[i], im: im, b: &b}
		if err := w.write(); err != nil {
			return nil, fmt.Errorf("service %s: %w", pkg.Services[i].Interface, err)
		}
	}
	text, err := format.Source(b.Bytes())
	if err != nil {
		return nil, err
	}
	return declsOf(text, im)
}

// injectedNames returns the names that the generated file declares for structs and services.
func injectedNames(pkg *plan.Package) []string {
	var list []string
	for _, b := range pkg.Binds {
		list = append(list, b.Type, b.Func, b.Needs)
		for _, r := range b.Runs {
			list = append(list, r.Errors...)
		}
		for _, f := range b.Fields {
			if f.Adapter != nil {
				list = append(list, f.Adapter.Type)
			}
		}
	}
	for _, s := range pkg.Services {
		list = append(list, s.Interface, s.Open, s.Provide, s.Handler, s.API, s.Client, s.Local)
		for _, m := range s.Methods {
			list = append(list, m.In, m.Out)
		}
	}
	return list
}
