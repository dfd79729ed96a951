package ask

import (
	"strings"

	"github.com/instrumentgo/instrument/aspects"
)

// addPresets adds the stacks that every module has, but for those that a rule file replaces.
func (s *Rules) addPresets() {
	for _, preset := range aspects.Presets() {
		if s.stacks[preset.Name] == nil {
			s.stacks[preset.Name] = presetStack(&preset)
		}
	}
}

func presetStack(preset *aspects.Preset) *stack {
	s := &stack{}
	for _, part := range preset.Parts {
		def, ok := aspects.Lookup(part.Aspect)
		if !ok {
			continue // a test reads every preset
		}
		w := &Want{Name: part.Aspect, Preset: true}
		for _, text := range part.Options {
			o := def.Positional()
			if name, value, named := strings.Cut(text, "="); named {
				o, _ = def.Option(name)
				text = value
			}
			if o == nil {
				continue
			}
			if canonical, err := parseValue(o, text); err == nil {
				_ = w.set(o, Value{Text: canonical})
			}
		}
		s.parts = append(s.parts, w)
	}
	return s
}
