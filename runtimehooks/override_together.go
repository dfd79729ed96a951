package runtimehooks

import (
	"maps"
	"slices"
	"time"
)

// Options must fit each other. Those that stand together in one entry are judged by themselves; a site's own entry also by
// what the site has otherwise. Entries for many sites are not, for what they say may be meant for others.

// check returns what does not fit together at the sites that the layer names, once it is in effect.
func (o *compiled) check(layer Overrides, sites []*Site) OverrideErrors {
	c := &checker{}
	for _, function := range slices.Sorted(maps.Keys(layer.Sites)) {
		i := slices.IndexFunc(sites, func(s *Site) bool { return s.Function == function })
		if i < 0 {
			continue
		}
		set := o.effective(sites[i])
		for aspect, given := range layer.Sites[function] {
			if r, ok := ruleOf(aspect); ok && r.has(&set) {
				texts := r.texts(&set)
				c.inOrder([]string{"sites", function, aspect}, given, func(option string) string { return texts[option] })
			}
		}
		c.breakerFits([]string{"sites", function, "breaker"}, layer.Sites[function]["breaker"], set.Breaker)
	}
	c.errs.sort()
	return c.errs
}

// notLonger are options of which the first must be at most the second, where both are set.
var notLonger = []struct{ aspect, shorter, longer, why string }{
	{"retry", "initial", "max", "it is the longest pause"},
	{"retry", "initial", "elapsed", "no second attempt would start"},
	{"idempotent", "lease", "ttl", "a claim must not outlive the results"},
}

// inOrder checks notLonger, where one of the two is given.
func (c *checker) inOrder(path []string, given OptionOverrides, value func(option string) string) {
	for _, pair := range notLonger {
		at := pair.shorter
		if given[at] == "" {
			at = pair.longer
		}
		shorter, err := time.ParseDuration(value(pair.shorter))
		longer, err2 := time.ParseDuration(value(pair.longer))
		if pair.aspect == path[2] && given[at] != "" && err == nil && err2 == nil && shorter > longer {
			c.add(append(path, at), true, "change one", "%s of %s must be at most its %s of %s, not %s: %s",
				pair.shorter, pair.aspect, pair.longer, formatDuration(longer), formatDuration(shorter), pair.why)
		}
	}
}

// breakerFits checks what a breaker's options need of others.
func (c *checker) breakerFits(path []string, given OptionOverrides, b *Breaker) {
	if b == nil {
		return
	}
	if given["window"] != "" && b.Rate == 0 && b.Slow == 0 {
		c.add(append(path, "window"), false, "add a rate, as in rate: 0.5, or a time, as in slow: 2s", "window of breaker must come with rate or slow, which are judged on it")
	}
	if given["min"] != "" && b.Period == 0 {
		c.add(append(path, "min"), false, "give a time, as in window: 30s, or remove it", "min of breaker must come with a window of time: one of calls is judged when it is full")
	}
	if given["slowrate"] != "" && b.Slow == 0 {
		c.add(append(path, "slowrate"), false, "add a time, as in slow: 2s", "slowrate of breaker must come with slow, which says what slow is")
	}
}
