package mem_test

import (
	"testing"
	"testing/synctest"

	"github.com/instrumentgo/instrument/bindings"
	"github.com/instrumentgo/instrument/bindings/blob/blobtest"
	"github.com/instrumentgo/instrument/bindings/config/configtest"
	"github.com/instrumentgo/instrument/bindings/kv/kvtest"
	"github.com/instrumentgo/instrument/bindings/lock/locktest"
	"github.com/instrumentgo/instrument/bindings/provider/mem"
	"github.com/instrumentgo/instrument/bindings/provider/providertest"
	"github.com/instrumentgo/instrument/bindings/secret/secrettest"
	"github.com/instrumentgo/instrument/bindings/topic/topictest"
)

// policies are all that there are, none of which is to refuse anything.
func policies() []bindings.PolicyAspect {
	own := func(name, text string) bindings.PolicyAspect {
		return bindings.PolicyAspect{Name: name, Options: map[string]bindings.PolicyOption{"": {Text: text}}}
	}
	return []bindings.PolicyAspect{own("timeout", "1m"), {Name: "retry"}, {Name: "breaker"}, own("bulkhead", "1000"), own("limit", "100000/s")}
}

// Whatever the kinds promise holds with policies around the provider as it does without.
func TestConformanceUnderPolicies(t *testing.T) {
	const full = "a quota that stays full counts as failures, which open the breaker"
	h := providertest.Harness{
		Provider: mem.New().Provider(),
		URL:      func(*testing.T) string { return "mem:" },
		Around:   func(t *testing.T, run func(*testing.T)) { synctest.Test(t, run) },
		Reopen:   true,
		Quota:    true,
		Policy:   policies(),
		Except: map[string]string{
			"publishing is tried again with an ID": "with policies their retry does that, inside what this case loses answers with: " +
				"see guard's TestPublish",
			"a swap that does not fit leaves the entry": full, "messages past their retention make room": full, "what is deleted makes room": full,
		},
	}
	t.Run("kv", func(t *testing.T) { kvtest.Run(t, h) })
	t.Run("topic", func(t *testing.T) { topictest.Run(t, h) })
	t.Run("lock", func(t *testing.T) { locktest.Run(t, h) })
	t.Run("blob", func(t *testing.T) { blobtest.Run(t, h) })
	h = documents()
	h.Policy = policies()
	t.Run("secret", func(t *testing.T) { secrettest.Run(t, h) })
	t.Run("config", func(t *testing.T) { configtest.Run(t, h) })
}
