package generated

import (
	"fmt"
	"go/token"
	"log/slog"
	"strconv"
	"time"

	"github.com/dave/dst"

	"github.com/instrumentgo/instrument/analysis/plan"
	"github.com/instrumentgo/instrument/aspects"
	"github.com/instrumentgo/instrument/internal/option"
)

// siteLiteral returns the composite literal of a site. It is static data, so that the order of
// initialisation does not change.
func siteLiteral(site *plan.Site) (dst.Expr, error) {
	elts := []dst.Expr{
		field("Function", text(site.Symbol)),
		field("Name", text(site.Name)),
	}
	if len(site.Stacks) > 0 {
		list := &dst.CompositeLit{Type: &dst.ArrayType{Elt: dst.NewIdent("string")}}
		for _, name := range site.Stacks {
			list.Elts = append(list.Elts, text(name))
		}
		elts = append(elts, field("Stacks", list))
	}
	var own, advice []dst.Expr
	for _, a := range site.Aspects {
		if a.Advice != nil {
			advice = append(advice, &dst.CompositeLit{Elts: []dst.Expr{field("Name", text(a.Name)), field("Func", ident(a.Advice))}})
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
			onLines(advice)
		}
		list := &dst.ArrayType{Elt: hook("Advice")}
		own = append(own, field("Around", &dst.CompositeLit{Type: list, Elts: advice}))
	}
	if len(own) > 1 {
		onLines(own)
	}
	elts = append(elts, field("Aspects", &dst.CompositeLit{Type: hook("Aspects"), Elts: own}))
	onLines(elts)
	literal := &dst.CompositeLit{Type: hook("Site"), Elts: elts}
	if e := site.Entry; e.Site != "" {
		return &dst.CompositeLit{Type: &dst.Ident{Name: e.Site, Path: e.Hooks}, Elts: []dst.Expr{field("Site", literal)}}, nil
	}
	return literal, nil
}

// aspectLiteral returns an aspect with its options. Options that only steer the weaving have no
// field.
func aspectLiteral(site *plan.Site, a *plan.Aspect, def *aspects.Definition) (*dst.CompositeLit, error) {
	literal := &dst.CompositeLit{Type: hook(def.Type)}
	for i := 0; i < len(a.Options); i++ {
		o := a.Options[i]
		od, ok := def.Option(o.Name)
		switch {
		case !ok:
			return nil, fmt.Errorf("option %q is unknown", o.Name)
		case od.Field == "" || o.Value == "" && o.Ref == nil:
			continue
		case od.Field == "Status" && !site.Entry.Responds:
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
		if !isZero(od.Kind, o.Value) {
			literal.Elts = append(literal.Elts, fields...)
		}
		i += n - 1
	}
	if a.Name == option.Cache {
		literal.Elts = append(literal.Elts, field("Store", &dst.Ident{Name: "New", Path: plan.CachePath}))
	}
	return literal, nil
}

// isZero reports whether a value is the zero value of its field.
func isZero(kind aspects.Kind, value string) bool {
	switch kind {
	case aspects.Duration:
		return value == "0s"
	case aspects.Int, aspects.Float:
		return value == "0"
	case aspects.Bool:
		return value == "false"
	}
	return false
}

// optionFields returns the fields that hold an option, which was given once or, if its kind
// repeats, more often.
func optionFields(od *aspects.Option, given []plan.Option) ([]dst.Expr, error) {
	switch od.Kind {
	case aspects.Sentinel:
		value, err := sentinels(given)
		return []dst.Expr{field(od.Field, value)}, err
	case aspects.PerTime:
		v, err := option.Parse(od.Spec, given[0].Value)
		pace, _ := v.(option.Pace)
		return []dst.Expr{field(od.Field, number(token.INT, strconv.Itoa(pace.N))), field("Per", duration(pace.Per))}, err
	case aspects.Size:
		if d, err := time.ParseDuration(given[0].Value); err == nil && d != 0 {
			return []dst.Expr{field("Period", duration(d))}, nil
		}
		value, err := optionValue(aspects.Int, given[0])
		return []dst.Expr{field(od.Field, value)}, err
	}
	value, err := optionValue(od.Kind, given[0])
	return []dst.Expr{field(od.Field, value)}, err
}

// optionValue returns the expression of an option's value.
func optionValue(kind aspects.Kind, o plan.Option) (dst.Expr, error) {
	switch kind {
	case aspects.Duration:
		d, err := time.ParseDuration(o.Value)
		return duration(d), err
	case aspects.Int:
		n, err := strconv.Atoi(o.Value)
		return number(token.INT, strconv.Itoa(n)), err
	case aspects.Float:
		f, err := strconv.ParseFloat(o.Value, 64)
		return number(token.FLOAT, strconv.FormatFloat(f, 'g', -1, 64)), err
	case aspects.Bool:
		b, err := strconv.ParseBool(o.Value)
		return dst.NewIdent(strconv.FormatBool(b)), err
	case aspects.Level:
		return level(o.Value)
	case aspects.Func:
		if o.Ref == nil {
			return nil, fmt.Errorf("it must name a function")
		}
		return ident(o.Ref), nil
	case aspects.String:
		return text(o.Value), nil
	}
	return nil, fmt.Errorf("values of kind %s have no literal", kind)
}

// sentinels returns the addresses of error variables, because their values may be set only when the
// package is initialised.
func sentinels(options []plan.Option) (dst.Expr, error) {
	list := &dst.CompositeLit{Type: &dst.ArrayType{Elt: &dst.StarExpr{X: dst.NewIdent("error")}}}
	for _, o := range options {
		if o.Ref == nil {
			return nil, fmt.Errorf("%q must name a variable", o.Value)
		}
		list.Elts = append(list.Elts, &dst.UnaryExpr{Op: token.AND, X: ident(o.Ref)})
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

// durationText is duration for a file in which package time has the given name.
func durationText(value, pkg string) (string, error) {
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

func level(value string) (dst.Expr, error) {
	var l slog.Level
	if err := l.UnmarshalText([]byte(value)); err != nil {
		return nil, err
	}
	for name, named := range map[string]slog.Level{"LevelDebug": slog.LevelDebug, "LevelInfo": slog.LevelInfo, "LevelWarn": slog.LevelWarn,
		"LevelError": slog.LevelError} {
		if l == named {
			return &dst.Ident{Name: name, Path: "log/slog"}, nil
		}
	}
	return number(token.INT, strconv.Itoa(int(l))), nil
}

func field(name string, value dst.Expr) dst.Expr {
	return &dst.KeyValueExpr{Key: dst.NewIdent(name), Value: value}
}

func text(s string) dst.Expr { return &dst.BasicLit{Kind: token.STRING, Value: strconv.Quote(s)} }

func number(kind token.Token, s string) dst.Expr { return &dst.BasicLit{Kind: kind, Value: s} }

func ident(r *plan.Ref) *dst.Ident { return &dst.Ident{Name: r.Name, Path: r.Path} }

func hook(name string) *dst.Ident { return &dst.Ident{Name: name, Path: plan.HooksPath} }

// onLines puts each expression on a line of its own.
func onLines(list []dst.Expr) {
	for _, x := range list {
		x.Decorations().Before, x.Decorations().After = dst.NewLine, dst.NewLine
	}
}
