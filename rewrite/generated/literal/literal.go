package literal

import (
	"fmt"
	"go/token"
	"log/slog"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/dave/dst"

	"github.com/instrumentgo/instrument/analysis/plan"
	"github.com/instrumentgo/instrument/aspects"
	"github.com/instrumentgo/instrument/internal/option"
)

// Site returns the composite literal of a site. It is static data, so that the order of
// initialisation does not change.
func Site(site *plan.Site) (dst.Expr, error) {
	elts := []dst.Expr{
		field("Function", Text(site.Symbol)),
		field("Name", Text(site.Name)),
	}
	if site.GoName != "" {
		elts = append(elts, field("GoName", Text(site.GoName)))
	}
	if site.Started {
		elts = append(elts, field("Goroutine", dst.NewIdent("true")))
	}
	if len(site.Stacks) > 0 {
		list := &dst.CompositeLit{Type: &dst.ArrayType{Elt: dst.NewIdent("string")}}
		for _, name := range site.Stacks {
			list.Elts = append(list.Elts, Text(name))
		}
		elts = append(elts, field("Stacks", list))
	}
	var own, advice []dst.Expr
	for _, a := range site.Aspects {
		if a.Advice != nil {
			advice = append(advice, &dst.CompositeLit{Elts: []dst.Expr{field("Name", Text(a.Name)), field("Func", Ident(a.Advice))}})
			continue
		}
		def, ok := aspects.Lookup(a.Name)
		if !ok {
			return nil, fmt.Errorf("aspect %q is unknown", a.Name)
		}
		literal, err := aspectLiteral(site, &a, def)
		if err != nil {
			return nil, fmt.Errorf("aspect %s: %w", a.Name, err)
		}
		own = append(own, field(def.Type, &dst.UnaryExpr{Op: token.AND, X: literal}))
	}
	if len(advice) > 0 {
		if len(advice) > 1 {
			OnLines(advice)
		}
		list := &dst.ArrayType{Elt: Hook("Advice")}
		own = append(own, field("Around", &dst.CompositeLit{Type: list, Elts: advice}))
	}
	if len(own) > 1 {
		OnLines(own)
	}
	elts = append(elts, field("Aspects", &dst.CompositeLit{Type: Hook("Aspects"), Elts: own}))
	OnLines(elts)
	literal := &dst.CompositeLit{Type: Hook("Site"), Elts: elts}
	if e := site.Entry; e.Site != "" {
		return entryLiteral(site, literal)
	}
	return literal, nil
}

// entryLiteral returns the literal of a site whose type is that of its entry. It embeds the given
// one.
func entryLiteral(site *plan.Site, embedded dst.Expr) (dst.Expr, error) {
	e := site.Entry
	typ := &dst.Ident{Name: e.Site, Path: e.Hooks}
	elts := []dst.Expr{field("Site", embedded)}
	d := site.Declared
	if d == nil {
		return &dst.CompositeLit{Type: typ, Elts: elts}, nil
	}
	param, err := typeExpr(d)
	if err != nil {
		return nil, err
	}
	elts = append(elts, field("Entry", &dst.UnaryExpr{Op: token.AND, X: Ident(&d.Ref)}))
	OnLines(elts)
	return &dst.CompositeLit{Type: &dst.IndexExpr{X: typ, Index: param}, Elts: elts}, nil
}

// typeExpr returns the type of the parameter that an entry describes: T or *T.
func typeExpr(d *plan.Declared) (dst.Expr, error) {
	name, pointer := strings.CutPrefix(d.Type, "*")
	qualifier, name, qualified := strings.Cut(name, ".")
	var t dst.Expr = dst.NewIdent(qualifier)
	if qualified {
		i := slices.IndexFunc(d.Imports, func(i plan.Import) bool { return i.Name == qualifier })
		if i < 0 {
			return nil, fmt.Errorf("type %s must have an import", d.Type)
		}
		t = &dst.Ident{Name: name, Path: d.Imports[i].Path}
	}
	if pointer {
		t = &dst.StarExpr{X: t}
	}
	return t, nil
}

// aspectLiteral returns an aspect with its options. Options that only steer the weaving have no
// field.
func aspectLiteral(site *plan.Site, a *plan.Aspect, def *aspects.Definition) (*dst.CompositeLit, error) {
	literal := &dst.CompositeLit{Type: Hook(def.Type)}
	for i := 0; i < len(a.Options); i++ {
		o := a.Options[i]
		od, ok := def.Option(o.Name)
		switch {
		case !ok:
			return nil, fmt.Errorf("option %q is unknown", o.Name)
		case od.Field == "" || o.Value == "" && o.Ref == nil, o.Results:
			continue
		case (od.Field == "Status" || od.Field == "Challenge") && !site.Entry.Responds:
			continue // there is no response to give it
		}
		n := 1
		for i+n < len(a.Options) && a.Options[i+n].Name == o.Name {
			n++
		}
		fields, err := optionFields(od, a.Options[i:i+n])
		if err != nil {
			return nil, fmt.Errorf("option %s: %w", o.Name, err)
		}
		literal.Elts = append(literal.Elts, fields...)
		i += n - 1
	}
	if a.Name == option.Cache {
		literal.Elts = append(literal.Elts, field("Store", &dst.Ident{Name: "New", Path: plan.CachePath}))
	}
	return literal, nil
}

// optionFields returns the fields that hold an option, which was given once or, if its kind
// repeats, more often. There are none if the value is that of a field which is not set.
func optionFields(od *aspects.Option, given []plan.Option) ([]dst.Expr, error) {
	one := func(name string, value dst.Expr) []dst.Expr { return []dst.Expr{field(name, value)} }
	switch od.Kind {
	case aspects.Sentinel:
		value, err := sentinels(given)
		return one(od.Field, value), err
	case aspects.Closer:
		if given[0].Ref == nil {
			return nil, fmt.Errorf("it must name a function")
		}
		return one(od.Field, &dst.CallExpr{Fun: Hook("Closes"), Args: []dst.Expr{Ident(given[0].Ref)}}), nil
	case aspects.Func:
		if given[0].Ref == nil {
			return nil, fmt.Errorf("it must name a function")
		}
		return one(od.Field, Ident(given[0].Ref)), nil
	}
	v, err := option.Parse(od.Spec, given[0].Value)
	if err != nil {
		return nil, err
	}
	if _, isText := v.(string); isText && od.Kind != aspects.String && od.Kind != option.Challenge {
		return nil, fmt.Errorf("values of kind %s have no literal", od.Kind)
	}
	switch v := v.(type) {
	case option.Pace:
		return []dst.Expr{field(od.Field, number(token.INT, strconv.Itoa(v.N))), field("Per", duration(v.Per))}, nil
	case slog.Level:
		return one(od.Field, level(v)), nil
	case string:
		return one(od.Field, Text(v)), nil
	}
	if reflect.ValueOf(v).IsZero() {
		return nil, nil
	}
	switch v := v.(type) {
	case time.Duration:
		if od.Kind == aspects.Size {
			return one("Period", duration(v)), nil
		}
		return one(od.Field, duration(v)), nil
	case float64:
		return one(od.Field, number(token.FLOAT, option.Format(v))), nil
	case int:
		return one(od.Field, number(token.INT, strconv.Itoa(v))), nil
	case bool:
		return one(od.Field, dst.NewIdent("true")), nil
	}
	return nil, fmt.Errorf("%T has no literal", v)
}

// sentinels returns the addresses of error variables, because their values may be set only when the
// package is initialised.
func sentinels(options []plan.Option) (dst.Expr, error) {
	list := &dst.CompositeLit{Type: &dst.ArrayType{Elt: &dst.StarExpr{X: dst.NewIdent("error")}}}
	for _, o := range options {
		if o.Ref == nil {
			return nil, fmt.Errorf("%q must name a variable", o.Value)
		}
		list.Elts = append(list.Elts, &dst.UnaryExpr{Op: token.AND, X: Ident(o.Ref)})
	}
	return list, nil
}

var units = []struct {
	name string
	d    time.Duration
}{
	{"Hour", time.Hour}, {"Minute", time.Minute}, {"Second", time.Second},
	{"Millisecond", time.Millisecond}, {"Microsecond", time.Microsecond}, {"Nanosecond", time.Nanosecond},
}

// duration writes d in the largest unit that divides it.
func duration(d time.Duration) dst.Expr {
	if d == 0 {
		return number(token.INT, "0")
	}
	for _, u := range units {
		if d%u.d != 0 {
			continue
		}
		unit := &dst.Ident{Name: u.name, Path: "time"}
		if d == u.d {
			return unit
		}
		return &dst.BinaryExpr{X: number(token.INT, strconv.FormatInt(int64(d/u.d), 10)), Op: token.MUL, Y: unit}
	}
	return nil // unreachable: a nanosecond divides everything
}

// DurationText is duration for a file in which package time has the given name.
func DurationText(value, pkg string) (string, error) {
	d, err := time.ParseDuration(value)
	if err != nil {
		return "", err
	}
	switch x := duration(d).(type) {
	case *dst.Ident:
		return pkg + "." + x.Name, nil
	case *dst.BinaryExpr:
		return x.X.(*dst.BasicLit).Value + " * " + pkg + "." + x.Y.(*dst.Ident).Name, nil
	}
	return "0", nil
}

// level writes l by its name, if it has one.
func level(l slog.Level) dst.Expr {
	for name, named := range map[string]slog.Level{"LevelDebug": slog.LevelDebug, "LevelInfo": slog.LevelInfo, "LevelWarn": slog.LevelWarn,
		"LevelError": slog.LevelError} {
		if l == named {
			return &dst.Ident{Name: name, Path: "log/slog"}
		}
	}
	return number(token.INT, strconv.Itoa(int(l)))
}

func field(name string, value dst.Expr) dst.Expr {
	return &dst.KeyValueExpr{Key: dst.NewIdent(name), Value: value}
}

// Text writes a string.
func Text(s string) dst.Expr { return &dst.BasicLit{Kind: token.STRING, Value: strconv.Quote(s)} }

func number(kind token.Token, s string) dst.Expr { return &dst.BasicLit{Kind: kind, Value: s} }

// Ident refers to a function or variable, under the name by which its package is imported.
func Ident(r *plan.Ref) *dst.Ident { return &dst.Ident{Name: r.Name, Path: r.Path} }

// Hook refers to a name of package runtimehooks.
func Hook(name string) *dst.Ident { return &dst.Ident{Name: name, Path: plan.HooksPath} }

// OnLines puts each expression on a line of its own.
func OnLines(list []dst.Expr) {
	for _, x := range list {
		x.Decorations().Before, x.Decorations().After = dst.NewLine, dst.NewLine
	}
}
