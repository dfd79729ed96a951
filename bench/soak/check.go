package main

import (
	"context"
	"fmt"
	"slices"
	"strings"

	sdkmetric "go.opentelemetry.io/otel/sdk/metric"
	"go.opentelemetry.io/otel/sdk/metric/metricdata"
)

// check compares what was counted, site by site.
func (r *report) check(reader sdkmetric.Reader) {
	points, err := collect(reader)
	if err != nil {
		r.wrong = append(r.wrong, err.Error())
		return
	}
	for _, s := range r.subjects {
		c := &comparison{s, points[s.site.Function], &r.wrong}
		c.calls()
		c.slots()
		c.attempts()
		c.gates()
		c.breaker()
		c.rest()
	}
}

// metricPoints is the values of one site's data points: counts of histograms and values of sums, by
// name and attributes.
type metricPoints map[string]int64

// sum returns the sum of the points of a metric that have all the attributes, "key=value".
func (p metricPoints) sum(name string, attributes ...string) int64 {
	var sum int64
points:
	for text, value := range p {
		fields := strings.Split(text, " ")
		if fields[0] != name {
			continue
		}
		for _, a := range attributes {
			if !slices.Contains(fields, a) {
				continue points
			}
		}
		sum += value
	}
	return sum
}

// collect returns the points of each site.
func collect(reader sdkmetric.Reader) (map[string]metricPoints, error) {
	var all metricdata.ResourceMetrics
	if err := reader.Collect(context.Background(), &all); err != nil {
		return nil, err
	}
	sites := map[string]metricPoints{}
	for _, scope := range all.ScopeMetrics {
		for _, m := range scope.Metrics {
			switch data := m.Data.(type) {
			case metricdata.Histogram[float64]:
				for _, p := range data.DataPoints {
					add(sites, m.Name, p.Attributes, int64(p.Count))
				}
			case metricdata.Sum[int64]:
				for _, p := range data.DataPoints {
					add(sites, m.Name, p.Attributes, p.Value)
				}
			default:
				return nil, fmt.Errorf("metric %s: %T is not known here", m.Name, data)
			}
		}
	}
	return sites, nil
}

// comparison is the counts of one subject.
type comparison struct {
	*subject
	metrics metricPoints
	wrong   *[]string
}

// equal reports a count that must be another.
func (c *comparison) equal(what string, got, want int64) {
	c.between(what, got, want, want)
}

// between reports a count that must be in a range.
func (c *comparison) between(what string, got, least, most int64) {
	switch {
	case got >= least && got <= most:
	case least == most:
		*c.wrong = append(*c.wrong, fmt.Sprintf("%s: %s is %d, want %d", c.name, what, got, least))
	default:
		*c.wrong = append(*c.wrong, fmt.Sprintf("%s: %s is %d, want %d to %d", c.name, what, got, least, most))
	}
}

// calls compares what callers have counted.
func (c *comparison) calls() {
	n := &c.counts
	failed := n.calls - n.ended[""]
	state := c.state()
	c.equal("calls of the site", state.Calls, n.calls)
	c.equal("failures of the site", state.Failures, failed)
	c.equal("calls that still run", state.Running, 0)
	c.equal("results of another key", n.wrong, 0)
	c.equal("function.call.duration", c.metrics.sum("function.call.duration"), n.calls)
	for typed, count := range n.ended {
		if typed != "" {
			c.equal("function.call.duration of "+typed, c.metrics.sum("function.call.duration", "error.type="+typed), count)
		}
	}
	c.equal("ft.invocations.total that returned", c.metrics.sum("ft.invocations.total", "result=valueReturned"), n.ended[""])
	c.equal("ft.invocations.total that failed", c.metrics.sum("ft.invocations.total", "result=exceptionThrown"), failed)
	c.equal("ft.invocations.total with fallback", c.metrics.sum("ft.invocations.total", "fallback=applied"), c.fell.Load())
}

// slots compares the bulkhead with what bodies have counted. The count of most at once is also that
// of those that share it.
func (c *comparison) slots() {
	b := c.site.Bulkhead
	if b == nil {
		return
	}
	now := c.state().Bulkhead
	c.equal("slots taken", int64(now.Running), 0)
	c.equal("calls that wait for a slot", int64(now.Waiting), 0)
	c.between("bodies at once", c.most.Load(), 1, int64(b.Max))
	if c.shared != nil {
		c.between("bodies at once of all", c.shared.most.Load(), 1, int64(b.Max))
	}
	c.equal("ft.bulkhead.executionsRunning", c.metrics.sum("ft.bulkhead.executionsRunning"), 0)
	c.equal("ft.bulkhead.executionsWaiting", c.metrics.sum("ft.bulkhead.executionsWaiting"), 0)
	c.equal("ft.bulkhead.calls.total accepted", c.accepted(), c.bodies.Load())
	c.equal("ft.bulkhead.runningDuration", c.metrics.sum("ft.bulkhead.runningDuration"), c.bodies.Load())
	if b.Wait > 0 || b.Queue > 0 {
		c.equal("ft.bulkhead.waitingDuration", c.metrics.sum("ft.bulkhead.waitingDuration"), c.bodies.Load())
	}
}

func (c *comparison) accepted() int64 {
	return c.metrics.sum("ft.bulkhead.calls.total", "bulkheadResult=accepted")
}

func (c *comparison) rejected() int64 {
	return c.metrics.sum("ft.bulkhead.calls.total", "bulkheadResult=rejected")
}

// entered is how many attempts have asked for a slot, which is how many the breaker has let
// through.
func (c *comparison) entered() int64 {
	if c.site.Bulkhead == nil {
		return c.bodies.Load()
	}
	return c.accepted() + c.rejected()
}

func (c *comparison) opened() int64 {
	return c.metrics.sum("ft.circuitbreaker.calls.total", "circuitBreakerResult=circuitBreakerOpen")
}

// attempts compares retries and hedges with how often they have asked for a permit or a slot.
func (c *comparison) attempts() {
	attempts := c.entered() + c.opened()
	calls := c.metrics.sum("ft.retry.calls.total")
	branches := c.metrics.sum("ft.hedge.calls.total") + c.metrics.sum("ft.hedge.hedges.total")
	if c.site.Retry != nil && c.site.Hedge == nil {
		c.equal("ft.retry.calls.total and ft.retry.retries.total", calls+c.metrics.sum("ft.retry.retries.total"), attempts)
	}
	switch {
	case c.site.Hedge != nil && c.site.Retry != nil: // a branch that lost is no call of the retry
		lost := branches - calls
		c.equal("ft.retry.calls.total and ft.retry.retries.total, with branches that lost", calls+lost+c.metrics.sum("ft.retry.retries.total"), attempts)
		c.between("ft.retry.calls.total", calls, c.metrics.sum("ft.hedge.calls.total"), branches)
	case c.site.Hedge != nil:
		c.equal("ft.hedge.calls.total and ft.hedge.hedges.total", branches, attempts)
	case c.site.Retry != nil && c.site.Bulkhead == nil && c.site.Breaker == nil:
		c.equal("ft.retry.calls.total", calls, c.counts.reached)
		c.equal("ft.retry.calls.total retried", c.metrics.sum("ft.retry.calls.total", "retried=true"), c.counts.retried)
	}
	if c.site.Retry != nil && c.site.Hedge == nil && c.site.Cache == nil && c.site.Idempotent == nil && c.site.Fallback == nil {
		c.equal("ft.retry.calls.total that returned", c.metrics.sum("ft.retry.calls.total", "retryResult=valueReturned"), c.counts.ended[""])
	}
}

// gates compares limit, cache and timeout with what callers have counted.
func (c *comparison) gates() {
	n, begun := &c.counts, c.counts.calls
	if l := c.site.Limit; l != nil {
		begun = c.metrics.sum("ft.limit.calls.total", "limitResult=accepted")
		refused := c.metrics.sum("ft.limit.calls.total", "limitResult=refused")
		c.equal("ft.limit.calls.total", begun+refused, n.calls)
		if l.Wait > 0 { // others were cancelled while they waited
			c.between("ft.limit.calls.total refused", refused, n.limited, n.limited+n.calls-n.reached)
		} else {
			c.equal("ft.limit.calls.total refused", refused, n.limited)
		}
	}
	if c.site.Cache != nil {
		begun = c.metrics.sum("ft.cache.calls.total", "cacheResult=miss")
		c.between("ft.cache.calls.total", c.metrics.sum("ft.cache.calls.total"), n.ended[""], n.calls)
		if c.site.Bulkhead == nil && c.site.Hedge == nil { // else some are refused, or end before their first body begins
			c.equal("ft.cache.calls.total missed", begun, n.reached)
		}
	}
	if c.site.Timeout != nil {
		c.equal("ft.timeout.calls.total", c.metrics.sum("ft.timeout.calls.total"), begun)
		c.equal("ft.timeout.executionDuration", c.metrics.sum("ft.timeout.executionDuration"), begun)
		if c.site.Cache == nil && c.site.Fallback == nil { // else others share it, or it is answered
			c.equal("ft.timeout.calls.total timed out", c.metrics.sum("ft.timeout.calls.total", "timedOut=true"), n.timedOut)
		}
	} else if r := c.site.Retry; r != nil && r.Each > 0 {
		c.equal("ft.timeout.calls.total of attempts", c.metrics.sum("ft.timeout.calls.total"), c.entered())
	}
}

// breaker compares the results that it has seen with the permits that it has given. Those of
// cancelled calls count as none.
func (c *comparison) breaker() {
	if c.site.Breaker == nil {
		return
	}
	seen := c.metrics.sum("ft.circuitbreaker.calls.total") - c.opened()
	neutral := c.counts.cancelled
	if c.site.Retry != nil {
		neutral *= int64(c.site.Retry.Attempts)
	}
	if c.site.Hedge != nil { // nor do those of branches that another has beaten
		neutral = c.entered()
	}
	c.between("ft.circuitbreaker.calls.total let through", seen, c.entered()-neutral, c.entered())
}

// rest checks what only a few sites have.
func (c *comparison) rest() {
	for key, n := range c.successes {
		if n > 1 {
			c.equal("successes of "+key, int64(n), 1)
		}
	}
	if c.site.Hedge == nil && c.site.Retry == nil && c.site.Cache == nil {
		c.equal("calls with several bodies", c.counts.retried, 0)
	}
}
