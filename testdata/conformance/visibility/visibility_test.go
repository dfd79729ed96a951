package visibility_test

import (
	"testing"

	"example.com/conformance/harness"
	"example.com/conformance/visibility"
)

func TestRetryVisibility(t *testing.T) {
	for _, c := range []struct {
		name  string
		s     visibility.Service
		calls int
	}{
		{"type", visibility.OnType{}, 4},
		{"type, embedded", visibility.OnTypePlain{}, 4},
		{"type, embedded by a type with a directive: the method stays the base's", visibility.OnTypeTypeAgain{}, 4},
		{"type, hidden in a type with a directive", visibility.OnTypeTypeAndMethod{}, 6},
		{"type, hidden by a method with a directive", visibility.OnTypeMethodAgain{}, 6},
		{"type, hidden by a method without: nothing is inherited", visibility.OnTypeHidden{}, 1},
		{"method", visibility.OnMethod{}, 4},
		{"method, embedded", visibility.OnMethodPlain{}, 4},
		{"method, embedded by a type with a directive: the method stays the base's", visibility.OnMethodTypeAgain{}, 4},
		{"method, hidden in a type with a directive", visibility.OnMethodTypeAndMethod{}, 6},
		{"method, hidden by a method with a directive", visibility.OnMethodMethodAgain{}, 6},
		{"method, hidden by a method without", visibility.OnMethodHidden{}, 1},
		{"both: the method's wins", visibility.OnBoth{}, 5},
		{"both, embedded", visibility.OnBothPlain{}, 5},
		{"both, embedded by a type with a directive: the method stays the base's", visibility.OnBothTypeAgain{}, 5},
		{"both, hidden in a type with a directive", visibility.OnBothTypeAndMethod{}, 6},
		{"both, hidden by a method without: nothing is inherited", visibility.OnBothHidden{}, 1},
		{"a method that calls the one that it hides", visibility.Forwarding{}, 4},
	} {
		harness.Run(t, c.name, func(t *testing.T) {
			calls := 0
			harness.Is(t, c.s.Serve(t.Context(), harness.Returns(&calls, harness.ErrBoom)), harness.ErrBoom)
			harness.Equal(t, "calls", calls, c.calls)
		})
	}
}
