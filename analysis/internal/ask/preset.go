package ask

import (
	"strings"

	"github.com/instrumentgo/instrument/aspects"
)

// addPresets adds the stacks that every module has, except for those that a rule file replaces.
func (rs *Rules) addPresets() {
	for _, preset := range aspects.Presets() {
		if _, replaced := rs.stacks[preset.Name]; !replaced {
			rs.stacks[preset.Name] = presetStack(&preset)
		}
	}
}

// presetStack reads the options of a preset. A test checks that none of them is wrong.
func presetStack(preset *aspects.Preset) []*Want {
	var stack []*Want
	for _, part := range preset.Parts {
		def, ok := aspects.Lookup(part.Aspect)
		if !ok {
			continue
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
		stack = append(stack, w)
	}
	return stack
}
