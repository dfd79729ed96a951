package bindgraph

import (
	"encoding/json"
	"fmt"
	"html"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// probe is what the page finds about itself once it is shown, written into the document that the
// browser prints.
const probe = `<script>
const wide = [...document.querySelectorAll('svg .node')].flatMap(n => {
	const box = n.querySelector('.box').getBBox();
	return [...n.querySelectorAll('text')].filter(t => t.getBBox().x + t.getComputedTextLength() > box.x + box.width - 4 || t.getBBox().y + t.getBBox().height > box.y + box.height)
		.map(t => t.textContent + ' ' + t.getComputedTextLength() + ' in ' + box.width);
});
const outside = [...document.querySelectorAll('body *')].filter(e => e.checkVisibility() && !e.closest('figure, thead') &&
	e.getBoundingClientRect().right > document.documentElement.clientWidth + .5).map(e => e.outerHTML.slice(0, 120));
const count = () => [...document.querySelectorAll('tbody tr')].filter(r => !r.hidden).length;
const all = count(), q = document.getElementById('q');
const type = text => { q.value = text; q.dispatchEvent(new Event('input')); return count(); };
const found = type('REDIS orders'), none = type('nobody'), note = document.getElementById('shown').textContent;
type('');
const result = {wide, outside, all, found, none, note, again: count(), back: getComputedStyle(document.body).backgroundColor, width: innerWidth,
	scripts: document.querySelectorAll('svg script, td script').length};
document.body.insertAdjacentHTML('beforeend', '<pre id="result" hidden></pre>');
document.getElementById('result').textContent = JSON.stringify(result);
</script>`

type probed struct {
	Wide, Outside           []string
	All, Found, None, Again int
	Note, Back              string
	Width, Scripts          int
}

// The page in a browser, on a desk and on a phone, in the light and in the dark: no text is wider
// than its box, nothing is wider than the screen, and the filter filters.
func TestPage(t *testing.T) {
	browser := findBrowser(t)
	g := Of(shop(), production())
	page, err := g.HTML()
	if err != nil {
		t.Fatal(err)
	}
	backs := map[string]bool{}
	for _, c := range []struct {
		name  string
		width int
		flags []string
	}{{"desk", 1280, nil}, {"desk-dark", 1280, []string{"--force-dark-mode"}}, {"phone", 500, nil}} {
		t.Run(c.name, func(t *testing.T) {
			file := filepath.Join(t.TempDir(), "page.html")
			if err := os.WriteFile(file, []byte(strings.Replace(page, "</body>", probe+"</body>", 1)), 0o666); err != nil {
				t.Fatal(err)
			}
			got := look(t, browser, file, c.width, c.flags)
			backs[got.Back] = true
			if len(got.Wide)+len(got.Outside) > 0 {
				t.Errorf("texts wider than their box: %q; elements wider than the screen of %d: %q", got.Wide, got.Width, got.Outside)
			}
			if got.All != len(g.Bindings) || got.Found != 2 || got.None != 0 || got.Again != got.All || got.Note != "0 of "+fmt.Sprint(got.All) {
				t.Errorf("the filter shows %+v", got)
			}
			if got.Scripts != 0 {
				t.Error("a name became a script")
			}
			shoot(t, browser, file, c.name, c.width, c.flags)
		})
	}
	if len(backs) != 2 {
		t.Errorf("light and dark must differ: %v", backs)
	}
}

func findBrowser(t *testing.T) string {
	t.Helper()
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome", "chrome"} {
		if path, err := exec.LookPath(name); err == nil {
			return path
		}
	}
	t.Skip("SKIPPED: no Chromium in PATH: the page is not tried in a browser")
	return ""
}

// look opens a file and returns what its probe has found.
func look(t *testing.T, browser, file string, width int, flags []string) (p probed) {
	t.Helper()
	out := headless(t, browser, width, append(flags, "--dump-dom", "file://"+file))
	_, rest, _ := strings.Cut(out, `<pre id="result" hidden="">`)
	text, _, ok := strings.Cut(rest, "</pre>")
	if !ok {
		t.Fatalf("the page's script has not run:\n%s", out)
	}
	if err := json.Unmarshal([]byte(html.UnescapeString(text)), &p); err != nil {
		t.Fatal(err)
	}
	return p
}

// shoot writes a screenshot, which KEEP_SCREENSHOTS names a folder for.
func shoot(t *testing.T, browser, file, name string, width int, flags []string) {
	t.Helper()
	folder := os.Getenv("KEEP_SCREENSHOTS")
	if folder == "" {
		folder = t.TempDir()
	}
	path := filepath.Join(folder, name+".png")
	headless(t, browser, width, append(flags, "--screenshot="+path, "file://"+file))
	if info, err := os.Stat(path); err != nil || info.Size() < 5000 {
		t.Errorf("%s: the screenshot is empty: %v", name, err)
	}
}

func headless(t *testing.T, browser string, width int, args []string) string {
	t.Helper()
	args = append([]string{"--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--hide-scrollbars", "--no-first-run",
		"--disable-background-networking", "--user-data-dir=" + t.TempDir(), fmt.Sprintf("--window-size=%d,1400", width)}, args...)
	out, err := exec.Command(browser, args...).Output()
	if err != nil {
		t.Skipf("SKIPPED: Chromium does not run: %v", err)
	}
	return string(out)
}
