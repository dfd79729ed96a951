package debug

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/instrumentgo/instrument/runtimehooks"
)

// mounted serves a handler as a program would, below a prefix.
func mounted(t *testing.T, h http.Handler) (url string) {
	t.Helper()
	mux := http.NewServeMux()
	mux.Handle("/debug/instrument/", h)
	server := httptest.NewServer(mux)
	t.Cleanup(func() {
		server.CloseClientConnections() // Close waits for streams
		server.Close()
	})
	return server.URL + "/debug/instrument/"
}

// contrasts returns the text of the page whose contrast to what is behind it is below 4.5, the
// bound of WCAG AA.
const contrasts = `(() => {
	const parse = c => (c.match(/[\d.]+/g) || []).map(Number);
	const light = ([r, g, b]) => [r, g, b].map(v => (v /= 255) <= .03928 ? v / 12.92 : ((v + .055) / 1.055) ** 2.4).reduce((sum, v, i) => sum + v * [.2126, .7152, .0722][i], 0);
	const behind = e => { for (; e; e = e.parentElement) { const c = parse(getComputedStyle(e).backgroundColor); if (c.length === 3 || c[3] > .99) return c; } return [255, 255, 255]; };
	const low = [];
	const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
	for (let n; n = walker.nextNode();) {
		const e = n.parentElement;
		if (!n.data.trim() || !e.checkVisibility({visibilityProperty: true}) || e.closest('script')) continue;
		const [a, b] = [light(parse(getComputedStyle(e).color)), light(behind(e))].sort((x, y) => y - x);
		const ratio = (a + .05) / (b + .05);
		if (ratio < 4.5) low.push(n.data.trim() + ' ' + ratio.toFixed(2));
	}
	return low;
})()`

// unnamed returns controls that a screen reader could not name.
const unnamed = `[...document.querySelectorAll('button, a, input:not([type=hidden]), svg[role=img]')].filter(e =>
	!(e.textContent.trim() || e.getAttribute('aria-label') || e.labels && e.labels.length)).map(e => e.outerHTML)`

// In each colour scheme, on a desk and on a phone: nothing is wider than the screen, all text can
// be read, and the page obeys its own policy.
func TestLooks(t *testing.T) {
	b := openBrowser(t)
	url := mounted(t, revealed(shop(), Control()))
	for _, width := range []int{1280, 900, 360} {
		for _, scheme := range []string{"light", "dark"} {
			name := fmt.Sprintf("%s-%d", scheme, width)
			t.Run(name, func(t *testing.T) {
				b.open(url, width, 900, scheme)
				b.until(`document.getElementById('status').textContent === 'Live'`)
				b.shoot(name)
				b.eval(`document.querySelectorAll('details').forEach(d => d.open = true)`, nil)
				b.shoot(name + "-details")
				var overflow []string
				b.eval(`[...document.querySelectorAll('body *')].filter(e => e.checkVisibility() && !e.closest('svg, .unseen, .skip') &&
					e.getBoundingClientRect().right > document.documentElement.clientWidth + .5).map(e => e.outerHTML.slice(0, 200))`, &overflow)
				if len(overflow) > 0 {
					t.Errorf("wider than the screen: %q", overflow)
				}
				var low, nameless []string
				if b.eval(contrasts, &low); len(low) > 0 {
					t.Errorf("contrast below 4.5: %q", low)
				}
				if b.eval(unnamed, &nameless); len(nameless) > 0 {
					t.Errorf("controls without a name: %q", nameless)
				}
				var moves bool
				if b.eval(`[...document.querySelectorAll('*')].some(e => getComputedStyle(e).transitionDuration !== '0s' || getComputedStyle(e).animationName !== 'none')`, &moves); moves {
					t.Error("something moves for a person who wants less of that")
				}
				if wrong := b.complaints(); len(wrong) > 0 {
					t.Errorf("in the console: %q", wrong)
				}
			})
		}
	}
}

// What an operator does on the page: watches numbers, opens a site, filters, sorts, presses
// buttons. None of it loads the page again.
func TestUse(t *testing.T) {
	b := openBrowser(t)
	f := shop()
	b.open(mounted(t, revealed(f, Control())), 1280, 900, "light")
	b.eval(`window.same = true; document.querySelector('#`+siteID(getter)+` summary').click()`, nil)
	calls := `document.querySelector('#` + siteID(getter) + ` .calls').textContent.replace(/\D/g, '')`
	b.until(calls + ` === '93120'`)
	f.call(1)
	b.until(calls + ` === '93121' && document.getElementById('` + siteID(getter) + `').open`)

	press := `[...document.querySelectorAll('#` + siteID(getter) + ` .state')].find(s => s.textContent.includes('us-east-2')).querySelector('button[value=open]')`
	b.eval(press+`.click()`, nil)
	b.until(press + `.getAttribute('aria-pressed') === 'true' && document.activeElement === ` + press)
	b.eval(`document.querySelector('#`+siteID(getter)+` input[value=cache] ~ button').click()`, nil)
	b.until(`document.getElementById('` + siteID(getter) + `').textContent.includes('cache off') && document.querySelector('.reset')`)
	b.shoot("changed")
	b.eval(`document.querySelector('.reset button').click()`, nil)
	b.until(`!document.querySelector('.reset') && ` + press + `.getAttribute('aria-pressed') === 'false'`)

	b.eval(`document.getElementById('q').value = 'web'; document.getElementById('q').dispatchEvent(new Event('input'))`, nil)
	names := `[...document.querySelectorAll('#sites b')].filter(e => e.closest('summary')).map(e => e.textContent).join()`
	b.until(names + ` === 'Server.health,Server.order'`)
	b.eval(`document.querySelector('nav a.calls').click()`, nil)
	b.until(names + ` === 'Server.order,Server.health' && location.search === '?q=web&sort=calls'`)
	b.eval(`document.getElementById('pause').click()`, nil)
	b.until(`document.getElementById('status').textContent === 'Paused'`)

	var same bool
	if b.eval(`window.same`, &same); !same {
		t.Error("the page was loaded again")
	}
	if wrong := b.complaints(); len(wrong) > 0 {
		t.Errorf("in the console: %q", wrong)
	}
}

// Without scripts, filter, sorting and buttons are forms and links.
func TestWithoutScript(t *testing.T) {
	b := openBrowser(t)
	f := shop()
	b.do("Emulation.setScriptExecutionDisabled", map[string]any{"value": true}, nil)
	url := mounted(t, revealed(f, Control()))
	b.open(url+"?q=store&sort=calls", 1280, 900, "dark")
	var first string
	b.eval(`document.querySelector('#sites b').textContent`, &first)
	if first != "Store.Get" {
		t.Errorf("first is %s", first)
	}
	b.shoot("without-script")
	b.eval(`window.before = true; document.querySelector('.search button').checkVisibility() && document.querySelector('.search button').click()`, nil)
	b.until(`!window.before && document.readyState === 'complete' &&
		(location.search === '?q=store&sort=calls' || location.search === '?sort=calls&q=store')`)
	b.eval(`document.querySelector('#`+siteID(getter)+` button[value=closed]').click()`, nil)
	b.until(`location.hash === '#` + siteID(getter) + `' && document.getElementById('` + siteID(getter) + `').open &&
		document.querySelector('#` + siteID(getter) + ` button[value=closed]').getAttribute('aria-pressed') === 'true'`)
}

// A key or an error in a script that is written from the right turns nothing but itself.
func TestDirection(t *testing.T) {
	b := openBrowser(t)
	f := private()
	const hebrew = "\u05d0\u05d1\u05d2 7 \u05d3"
	f.sites[0].Limits[0] = runtimehooks.LimitStatus{Name: hebrew, Key: hebrew, Burst: 5, Rate: 100, Per: 1e9}
	f.sites[0].Errors[0] = runtimehooks.ErrorRecord{Type: hebrew, Text: hebrew + "\u202e", TraceID: "4242"}
	b.open(mounted(t, newHandler(f, Reveal())), 1280, 900, "light")
	b.eval(`document.querySelectorAll('details').forEach(d => d.open = true)`, nil)
	// Each next element of these lines begins where the one before has ended.
	const turned = `[...document.querySelectorAll('.what, .failures li')].flatMap(line => [...line.children].map((e, i, all) => {
		const left = e.getBoundingClientRect().left, before = i && all[i-1].getBoundingClientRect();
		return before && left < before.right && e.getBoundingClientRect().top < before.bottom ? all[i-1].outerHTML + e.outerHTML : '';
	})).filter(Boolean)`
	var wrong []string
	if b.eval(turned, &wrong); len(wrong) > 0 {
		t.Errorf("turned: %q", wrong)
	}
	b.eval(`document.querySelectorAll('bdi').forEach(e => { const s = document.createElement('span'); s.textContent = e.textContent; e.replaceWith(s); })`, nil)
	if b.eval(turned, &wrong); len(wrong) == 0 {
		t.Error("this test would not see it")
	}
}

// The pages of many sites are turned in place, and follow the process.
func TestTurn(t *testing.T) {
	b := openBrowser(t)
	var sites []runtimehooks.SiteState
	for i := range 65 {
		sites = append(sites, runtimehooks.SiteState{Function: fmt.Sprintf("a.F%02d", i), Name: fmt.Sprintf("F%02d", i)})
	}
	f := newFake(sites...)
	b.open(mounted(t, revealed(f)), 1280, 900, "light")
	b.until(`document.getElementById('status').textContent === 'Live'`)
	first := `document.querySelector('#sites b').textContent`
	b.eval(`window.same = true; document.querySelector('a[rel=next]').click()`, nil)
	b.until(first + ` === 'F30' && document.querySelectorAll('#sites details').length === 30 && location.search === '?page=2'`)
	b.until(`document.getElementById('pages').textContent.includes('31 to 60 of 65')`)
	f.call(31)
	b.until(`document.querySelectorAll('#sites .calls')[1].textContent.includes('1')`)
	var low []string
	if b.eval(contrasts, &low); len(low) > 0 {
		t.Errorf("contrast below 4.5: %q", low)
	}
	b.eval(`document.getElementById('q').value = 'F0'; document.getElementById('q').dispatchEvent(new Event('input'))`, nil)
	b.until(first + ` === 'F00' && document.querySelectorAll('#sites details').length === 10 && !document.getElementById('pages').textContent && location.search === '?q=F0'`)
	var same bool
	if b.eval(`window.same`, &same); !same {
		t.Error("the page was loaded again")
	}
	if wrong := b.complaints(); len(wrong) > 0 {
		t.Errorf("in the console: %q", wrong)
	}
}
