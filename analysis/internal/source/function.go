package source

import (
	"go/ast"
	"go/token"
	"go/types"
	"strings"

	"github.com/instrumentgo/instrument/analysis/internal/signature"
)

// Func is one join point: a declared function or method of a checked package, not in a test or rule
// file, or a function literal in one.
type Func struct {
	Program *Program
	Pkg     *Package
	File    *ast.File
	Decl    *ast.FuncDecl
	Obj     *types.Func
	Recv    *types.TypeName // declared receiver type, nil for functions
	Key     string          // "Place", "Service.Get", "(*Service).Place"
	Literal *Literal        // what a function literal has besides; nil for a declared function
	Started bool            // it is generated for a go statement, which starts it: no caller gets its results
}

// Functions returns the declared functions of a package, in the order of its files.
func Functions(p *Program, pkg *Package) []*Func {
	var list []*Func
	for _, file := range pkg.Files {
		for _, decl := range file.Decls {
			fd, ok := decl.(*ast.FuncDecl)
			if !ok {
				continue
			}
			obj, ok := pkg.Info.Defs[fd.Name].(*types.Func)
			if !ok {
				continue
			}
			list = append(list, &Func{Program: p, Pkg: pkg, File: file, Decl: fd, Obj: obj, Recv: signature.Receiver(obj), Key: signature.Key(obj)})
		}
	}
	return list
}

// Pos returns the place of the func keyword.
func (f *Func) Pos() token.Position { return f.Program.Position(f.Decl.Pos()) }

// Filename returns the absolute path of the function's file.
func (f *Func) Filename() string { return f.Program.Position(f.File.Package).Filename }

// Exported reports whether the function is exported, and for a method its type as well. A literal
// goes by what holds it.
func (f *Func) Exported() bool {
	if f.Literal != nil {
		return f.Literal.exported()
	}
	return f.Obj.Exported() && (f.Recv == nil || f.Recv.Exported())
}

// SpanName is "Type.Method" or "pkg.Func".
func (f *Func) SpanName() string {
	if f.Literal != nil {
		return f.Literal.spanName(f)
	}
	if f.Recv != nil {
		return f.Recv.Name() + "." + f.Obj.Name()
	}
	return f.Pkg.Listed.Name + "." + f.Obj.Name()
}

// Symbol names the function as runtime.FuncForPC does. A literal goes by what holds it.
func (f *Func) Symbol() string {
	if f.Literal != nil {
		return f.Literal.symbol(f)
	}
	name := f.Key
	if f.Recv != nil && f.Obj.Signature().RecvTypeParams().Len() > 0 {
		name = strings.Replace(name, f.Recv.Name(), f.Recv.Name()+"[...]", 1)
	}
	if f.Obj.Signature().TypeParams().Len() > 0 {
		name += "[...]"
	}
	return SymbolPath(f.Pkg) + "." + name
}

// SymbolPath is what the symbols of a package begin with.
func SymbolPath(pkg *Package) string {
	if pkg.Listed.Name == "main" {
		return "main"
	}
	return escapeSymbol(pkg.Listed.PkgPath)
}

// escapeSymbol escapes an import path as the linker's symbol names do: dots in the last element,
// quotes, percent signs and control or non-ASCII bytes become %xx.
func escapeSymbol(path string) string {
	slash := strings.LastIndexByte(path, '/')
	var b strings.Builder
	for i := range len(path) {
		switch c := path[i]; {
		case c <= ' ' || c == '%' || c == '"' || c >= 0x7f || c == '.' && i > slash:
			const hex = "0123456789abcdef"
			b.WriteByte('%')
			b.WriteByte(hex[c>>4])
			b.WriteByte(hex[c&15])
		default:
			b.WriteByte(c)
		}
	}
	return b.String()
}

// FuncID identifies a function or method among all packages, no matter whether its package was read
// from source or from export data.
type FuncID struct{ Path, Key string }

// IDOf returns the ID of a function; an instance has that of the generic one.
func IDOf(f *types.Func) FuncID { return FuncID{f.Pkg().Path(), signature.Key(f.Origin())} }
