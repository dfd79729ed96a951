package runtimehooks

// AllAspects is the aspect of an [AspectOverrides] that means all of them. Its only option is "enabled", which leaves
// authz, validate and idempotent alone.
const AllAspects = "*"

// allSites is the entry of Overrides.Sites that is about all sites.
const allSites = "*"

// compile reads overrides. What is wrong with them is left out: check has reported it, or it is about sites that are not
// registered yet.
func compile(o Overrides, sites []*Site) *compiled {
	c := &compiled{sites: compileEntries(o.Sites), names: compileEntries(o.Names), stacks: compileEntries(o.Stacks)}
	c.all = c.sites[allSites]
	c.shareStacks(sites)
	return c
}

func compileEntries(entries map[string]AspectOverrides) map[string]entry {
	m := map[string]entry{}
	for key, aspects := range entries {
		e := entry{aspects: map[string]change{}}
		for aspect, options := range aspects {
			if aspect == AllAspects {
				e.enabled = compileEnabled(options)
			} else {
				e.aspects[aspect] = compileChange(aspect, options)
			}
		}
		m[key] = e
	}
	return m
}

func compileChange(aspect string, options OptionOverrides) change {
	c := change{enabled: compileEnabled(options)}
	r, ok := ruleOf(aspect)
	if !ok {
		return c // custom advice
	}
	for _, o := range r.options {
		if text, ok := options[o.name]; ok {
			if set, err := o.parse(text); err == nil {
				c.set = append(c.set, setting{option: o.name, set: set})
			}
		}
	}
	return c
}

func compileEnabled(options OptionOverrides) *bool {
	enabled, err := parseBool(options["enabled"])
	if err != nil {
		return nil
	}
	return &enabled
}
