package ask

import (
	"testing"

	"github.com/instrumentgo/instrument/analysis/finding"
	"github.com/instrumentgo/instrument/analysis/internal/source"
	"github.com/instrumentgo/instrument/aspects"
)

// A preset's options are read as a directive's are, but their mistakes would pass silently: none
// must have one.
func TestPresetStack(t *testing.T) {
	for _, preset := range aspects.Presets() {
		stack := presetStack(&preset)
		if len(stack) != len(preset.Parts) {
			t.Errorf("preset %s must have %d aspects, and has %d", preset.Name, len(preset.Parts), len(stack))
			continue
		}
		for i, part := range preset.Parts {
			given := 0
			for _, values := range stack[i].Options {
				given += len(values)
			}
			if given != len(part.Options) {
				t.Errorf("preset %s must give %s the options %v, and gives it %v", preset.Name, part.Aspect, part.Options, stack[i].Options)
			}
			p := &source.Program{Findings: &finding.List{}}
			if conflicts(p, stack[i], true); said(p) != "" {
				t.Errorf("preset %s: %s", preset.Name, said(p))
			}
		}
	}
}
