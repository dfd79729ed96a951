package runtimehooks

import (
	"maps"
	"slices"
)

// A site's own entry must fit what the site has otherwise. That is judged on the effective options; entries for many
// sites are not, for what they say may be meant for others.

// check returns what does not fit together at the sites that the layer names, once it is in effect.
func (o *compiled) check(layer Overrides, sites []*Site) OverrideErrors {
	c := &checker{}
	for _, function := range slices.Sorted(maps.Keys(layer.Sites)) {
		i := slices.IndexFunc(sites, func(s *Site) bool { return s.Function == function })
		if i >= 0 {
			set := o.effective(sites[i])
			c.retryFits([]string{"sites", function, "retry"}, layer.Sites[function]["retry"], set.Retry)
			c.breakerFits([]string{"sites", function, "breaker"}, layer.Sites[function]["breaker"], set.Breaker)
		}
	}
	c.errs.sort()
	return c.errs
}

func (c *checker) retryFits(path []string, given OptionOverrides, r *Retry) {
	option := "max"
	if given[option] == "" {
		option = "initial"
	}
	if r != nil && given[option] != "" && r.Initial > r.Max {
		c.add(append(path, option), true, "raise max, or lower initial", "max of retry must be at least its initial pause of %s, not %s",
			formatDuration(r.Initial), formatDuration(r.Max))
	}
}

func (c *checker) breakerFits(path []string, given OptionOverrides, b *Breaker) {
	if b == nil {
		return
	}
	if given["window"] != "" && b.Rate == 0 && b.Slow == 0 {
		c.add(append(path, "window"), false, "add a rate, as in rate: 0.5", "window of breaker must come with rate or slow")
	}
	if given["min"] != "" && b.Period == 0 {
		c.add(append(path, "min"), false, "write the window as a time, as in window: 30s", "min of breaker must come with a window of time")
	}
	if given["slowrate"] != "" && b.Slow == 0 {
		c.add(append(path, "slowrate"), false, "add slow, as in slow: 2s", "slowrate of breaker must come with slow")
	}
}
