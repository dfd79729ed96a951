package bench

import (
	"context"
	"io"
	"net/http"
	"testing"
	"time"

	"github.com/failsafe-go/failsafe-go/circuitbreaker"
	"github.com/failsafe-go/failsafe-go/failsafehttp"

	"github.com/instrumentgo/instrument/runtimehooks"
	"github.com/instrumentgo/instrument/runtimehooks/httphooks"
)

// policed is what a call of (*http.Client).Do becomes that is woven with the rules
// httphooks.Policies.
func policed(site *httphooks.RequestSite, c *http.Client, req *http.Request) (r0 *http.Response, err error) {
	call := site.Call()
	req = call.Enter(req)
	defer call.Exit(&err)
	defer call.HandBack()
	defer httphooks.Responses.EndWith(&call.Call, req, &r0, &err)
	httphooks.Responses.Begin(&call.Call, req)
	key := call.Key()
	if req != nil && req.URL != nil {
		key = call.Key().Text(req.URL.Host)
	}
	call.Keyed(key)
	for call.Next(&err) {
		r0, err = func(c *http.Client, req *http.Request) (*http.Response, error) {
			return c.Do(req)
		}(c, httphooks.Responses.Attempt(&call.Call, req))
		httphooks.Responses.Judge(&call.Call, r0, &err)
	}
	return
}

// httpSenders send a request: as it is, with a retry and a breaker that are woven, and with those of
// failsafe-go, which are a transport.
func httpSenders() map[string]func(*http.Request) (*http.Response, error) {
	client := &http.Client{Transport: answer{}}
	site := &httphooks.RequestSite{Site: runtimehooks.Site{Function: "bench.send calls http.(*Client).Do", Name: "Client.Do", Aspects: runtimehooks.Aspects{
		Retry:   &runtimehooks.Retry{Attempts: 3, Initial: 100 * time.Millisecond, Max: 5 * time.Second, Factor: 2, Jitter: 0.5, Budget: 0.2},
		Breaker: &runtimehooks.Breaker{Failures: 5, Cooldown: 5 * time.Second, Probes: 1},
	}}}
	breaker := circuitbreaker.NewBuilder[*http.Response]().WithFailureThreshold(5).WithDelay(5 * time.Second).Build()
	failsafe := &http.Client{Transport: failsafehttp.NewRoundTripper(answer{}, failsafehttp.NewRetryPolicyBuilder().Build(), breaker)}
	return map[string]func(*http.Request) (*http.Response, error){
		"plain":    client.Do,
		"woven":    func(req *http.Request) (*http.Response, error) { return policed(site, client, req) },
		"failsafe": failsafe.Do,
	}
}

func sendOne(tb testing.TB, send func(*http.Request) (*http.Response, error), method string) {
	req, err := http.NewRequest(method, "http://example.com/orders/7", nil)
	if err != nil {
		tb.Fatal(err)
	}
	resp, err := send(req)
	if err != nil {
		tb.Fatal(err)
	}
	io.Copy(io.Discard, resp.Body)
	resp.Body.Close()
}

// BenchmarkHTTPPolicies is a request of a client with a retry and a circuit breaker, to a transport
// that answers at once.
func BenchmarkHTTPPolicies(b *testing.B) {
	needOn(b)
	senders := httpSenders()
	for _, method := range []string{"GET", "POST"} {
		for _, by := range []string{"plain", "woven", "failsafe"} {
			b.Run("method="+method+"/by="+by, func(b *testing.B) {
				measure(b, b.Context(), func(context.Context) bool { sendOne(b, senders[by], method); return true })
			})
		}
	}
}

// Woven policies allocate the copy of a request that may be sent again, and nothing for any other.
func TestHTTPPoliciesAllocations(t *testing.T) {
	needOn(t)
	allocs := map[string]float64{}
	for by, send := range httpSenders() {
		for _, method := range []string{"GET", "POST"} {
			allocs[by+" "+method] = testing.AllocsPerRun(100, func() { sendOne(t, send, method) })
		}
	}
	if allocs["woven POST"] != allocs["plain POST"] || allocs["woven GET"] > allocs["plain GET"]+2 || allocs["woven GET"] >= allocs["failsafe GET"] {
		t.Errorf("allocations: %v", allocs)
	}
	t.Log(allocs)
}
