package signature_test

import (
	"encoding/json"
	"fmt"
	"go/ast"
	"go/importer"
	"go/parser"
	"go/token"
	"go/types"
	"math/big"
	"reflect"
	"testing"

	"github.com/instrumentgo/instrument/analysis/internal/signature"
)

// What is said of a type is what encoding/json does with a value that has something in every field
// it sees.
func TestTravels(t *testing.T) {
	pkg := checkTypes(t, "json_types_test.go", nil)
	for _, test := range []struct {
		value any
		lost  string // why values do not come back, or ""
	}{
		{Plain{ID: "a", At: someTime, Tags: map[string][]byte{"t": {1}}, Next: &Plain{ID: "b"}, Lot: [2]float64{1, 2}}, ""},
		{Closed{"a"}, "Closed has no field that encoding/json sees"},
		{Empty{}, ""},
		{TaggedOff{1}, "TaggedOff has no field that encoding/json sees"},
		{TaggedOffToo{1}, "TaggedOffToo has no field that encoding/json sees"},
		{SomeOff{N: 1}, ""},
		{Dash{make(chan int)}, "in field F of Dash, chan int is a channel"},
		{Func{func() {}}, "in field F of Func, func() is a function"},
		{Chan{map[string][]struct{ C chan int }{"a": {{make(chan int)}}}}, "in field Deep of Chan, in field C of struct{C chan int}, chan int is a channel"},
		{Complex(1i), "Complex has no form in JSON"},
		{Anything{"a"}, ""},
		{Fails{errSome}, "in field Err of Fails, error is an interface, and what is in it would be lost"},
		{Marshaler{someTime}, "in field M of Marshaler, json.Marshaler is an interface, and what is in it would be lost"},
		{HoldsBoth{&someTime}, "in field B of HoldsBoth, Both is an interface, and what is in it would be lost"},
		{URL{someURL}, "in field U of URL, in field User of url.URL, url.Userinfo has no field that encoding/json sees"},

		{TextKeys{"a": 1}, ""},
		{IntKeys{1: 1}, ""},
		{FloatKeys{1: 1}, "FloatKeys has keys that are neither texts nor integers"},
		{StructKeys{{1}: "a"}, "StructKeys has keys that are neither texts nor integers"},
		{AddrKeys{someAddr: 1}, ""},
		{AddrPtrs{&someAddr: 1}, "AddrPtrs has keys that are neither texts nor integers"},
		{TimeIface{&someTime: 1}, "TimeIface has keys that are neither texts nor integers"},
		{JSONKeys{{1}: 1}, "JSONKeys has keys that are neither texts nor integers"},
		{ReadKeys{{1}: 1}, "ReadKeys has keys that are written and read in different forms"},
		{LevelKeys{1: 1}, "LevelKeys has keys that are written and read in different forms"},
		{ChanMap{"a": make(chan int)}, "chan int is a channel"},

		{Promotes{base{1}}, ""},
		{Number{1}, "Number has no field that encoding/json sees"},
		{NumberToo{N: 1}, ""}, // number is left out like any unexported field
		{Pointer{&base{1}}, "the embedded pointer to base cannot be set, because the type is not exported"},
		{Named{&base{1}}, "the embedded pointer to base cannot be set, because the type is not exported"},
		{Value{base{1}}, ""},
		{Exported{&Plain{ID: "a"}}, ""},
		{&Locked{N: 1}, ""},
		{locked(), "OnlyLock has no field that encoding/json sees"},
		{counted(), "in field N of Count, atomic.Int64 has no field that encoding/json sees"},
		{Stamp{someTime}, ""},
		{Event{someTime, "a"}, "Event has the methods of the embedded Time, which leave out Name"},
		{EventOff{Time: someTime}, ""},
		{StampPtr{&someTime}, "StampPtr is read by a method of the embedded Time, which is nil"},
		{Twin{struct{ base }{base{1}}, struct{ base }{base{2}}}, ""},
		{Knot{N: 1}, ""},

		{Money{1}, "Money is written by a method of *Money, which encoding/json does not call on a value"},
		{&Money{1}, ""},
		{MoneyField{Money{1}}, "in field M of MoneyField, Money is written by a method of *Money, which encoding/json does not call on a value"},
		{&MoneyField{Money{1}}, ""},
		{MoneySlice{[]Money{{1}}}, ""},
		{&MoneyMap{"a": {1}}, "Money is written by a method of *Money, which encoding/json does not call on a value"},
		{MoneyPtr{&Money{1}}, ""},
		{Behind{&Wallet{Money{1}}}, ""},
		{Big{big.NewInt(1)}, ""},
		{BigValue{*big.NewInt(1)}, "in field B of BigValue, big.Int is written by a method of *big.Int, which encoding/json does not call on a value"},
		{OnlyWrites{1}, "OnlyWrites has no field that encoding/json sees"},
		{Computed{1}, ""},
		{OnlyReads{1}, "OnlyReads has no field that encoding/json sees"},
		{Lenient{1}, ""},
		{Level(1), "Level has MarshalText and no UnmarshalText"},
		{LevelRead(1), "LevelRead has UnmarshalText and no MarshalText"},
		{LevelWord("a"), ""},
		{Text{"a"}, ""},
		{TextAndJSON{"a"}, ""},
	} {
		of := reflect.TypeOf(test.value)
		pointer := of.Kind() == reflect.Pointer
		if pointer {
			of = of.Elem()
		}
		named := pkg.Scope().Lookup(of.Name()).Type()
		if pointer {
			named = types.NewPointer(named)
		}
		got := ""
		if err := signature.Travels(named, relativeTo(pkg)); err != nil {
			got = err.Error()
		}
		if got != test.lost {
			t.Errorf("%T: %q, want %q", test.value, got, test.lost)
		}
		if err := roundTrip(test.value); (err == nil) != (got == "") {
			t.Errorf("%T: Travels says %q, and encoding/json %v", test.value, got, err)
		}
	}
}

// What has a form of its own needs no other, even if two values of it are never equal.
func TestTravelsByMethods(t *testing.T) {
	pkg := checkTypes(t, "json_types_test.go", nil)
	if err := signature.Travels(pkg.Scope().Lookup("ChanForm").Type(), relativeTo(pkg)); err != nil {
		t.Error(err)
	}
}

// Type parameters are let through, whatever their constraint, and a method counts only with the
// signature that encoding/json looks for.
func TestTravelsDeclared(t *testing.T) {
	pkg := checkTypes(t, "declared.go", `package signature_test
type Pair[K interface{ comparable; error }, V error] struct { M map[K]V; S []V }
type Misshapen struct{ n int }
func (Misshapen) MarshalJSON() string { return "{}" }
func (*Misshapen) UnmarshalJSON(string) {}`)
	for name, want := range map[string]string{"Pair": "<nil>", "Misshapen": "Misshapen has no field that encoding/json sees"} {
		if got := fmt.Sprint(signature.Travels(pkg.Scope().Lookup(name).Type(), relativeTo(pkg))); got != want {
			t.Errorf("%s: %s, want %s", name, got, want)
		}
	}
}

// roundTrip sends a value through encoding/json, and returns an error if something else comes back.
func roundTrip(value any) (err error) {
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("panic: %v", r)
		}
	}()
	data, err := json.Marshal(value)
	if err != nil {
		return err
	}
	back := reflect.New(reflect.TypeOf(value))
	if err := json.Unmarshal(data, back.Interface()); err != nil {
		return err
	}
	if !reflect.DeepEqual(back.Elem().Interface(), value) {
		return fmt.Errorf("%s comes back as %+v", data, back.Elem())
	}
	return nil
}

func relativeTo(pkg *types.Package) types.Qualifier {
	return func(p *types.Package) string {
		if p == pkg {
			return ""
		}
		return p.Name()
	}
}

func checkTypes(t *testing.T, name string, source any) *types.Package {
	t.Helper()
	fset := token.NewFileSet()
	file, err := parser.ParseFile(fset, name, source, parser.SkipObjectResolution)
	if err != nil {
		t.Fatal(err)
	}
	conf := types.Config{Importer: importer.ForCompiler(fset, "gc", nil), IgnoreFuncBodies: true}
	pkg, err := conf.Check("signature_test", fset, []*ast.File{file}, nil)
	if err != nil {
		t.Fatal(err)
	}
	return pkg
}
