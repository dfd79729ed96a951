package debug

import (
	"bufio"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"testing"
	"time"
)

// chromium is a headless browser with one page, spoken to by the DevTools protocol over a pipe.
type chromium struct {
	t       *testing.T
	to      *os.File
	session string

	mu      sync.Mutex
	serial  int
	waiting map[int]chan reply
	gone    chan struct{} // closed when the browser has ended
	wrong   []string      // what the page's console has of errors, with violations of its policy
}

type reply struct {
	ID     int             `json:"id"`
	Method string          `json:"method"`
	Result json.RawMessage `json:"result"`
	Params json.RawMessage `json:"params"`
	Error  *struct {
		Message string `json:"message"`
	} `json:"error"`
}

// openBrowser starts a browser that ends with the test, or skips the test where there is none.
func openBrowser(t *testing.T) *chromium {
	t.Helper()
	var binary string
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome", "chrome"} {
		if p, err := exec.LookPath(name); err == nil {
			binary = p
			break
		}
	}
	if binary == "" {
		t.Skip("no Chromium in PATH: the page is not tried in a browser")
	}
	theirIn, to, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	from, theirOut, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(binary, "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--hide-scrollbars",
		"--no-first-run", "--disable-background-networking", "--user-data-dir="+t.TempDir(), "--remote-debugging-pipe", "about:blank")
	cmd.ExtraFiles = []*os.File{theirIn, theirOut} // 3 and 4, where the browser looks for them
	if err := cmd.Start(); err != nil {
		t.Skipf("Chromium does not start: %v", err)
	}
	theirIn.Close()
	theirOut.Close()
	b := &chromium{t: t, to: to, waiting: map[int]chan reply{}, gone: make(chan struct{})}
	go b.read(from)
	t.Cleanup(func() {
		b.session = ""
		b.try("Browser.close", nil, nil)
		to.Close()
		cmd.Wait()
		<-b.gone
	})
	b.attach()
	return b
}

// attach opens the page that all later commands are about.
func (b *chromium) attach() {
	var target struct{ TargetID string }
	b.do("Target.createTarget", map[string]any{"url": "about:blank"}, &target)
	var attached struct{ SessionID string }
	b.do("Target.attachToTarget", map[string]any{"targetId": target.TargetID, "flatten": true}, &attached)
	b.session = attached.SessionID
	for _, domain := range []string{"Page", "Runtime", "Log"} {
		b.do(domain+".enable", nil, nil)
	}
}

// read hands replies to those who wait for them, and notes what is wrong with the page.
func (b *chromium) read(from *os.File) {
	defer close(b.gone)
	defer from.Close()
	r := bufio.NewReader(from)
	for {
		text, err := r.ReadBytes(0)
		if err != nil {
			return
		}
		var m reply
		if err := json.Unmarshal(text[:len(text)-1], &m); err != nil {
			continue
		}
		b.mu.Lock()
		if c := b.waiting[m.ID]; c != nil {
			delete(b.waiting, m.ID)
			c <- m
		}
		if m.Method == "Runtime.exceptionThrown" || m.Method == "Log.entryAdded" {
			b.wrong = append(b.wrong, string(m.Params))
		}
		b.mu.Unlock()
	}
}

func (b *chromium) try(method string, params, result any) error {
	b.mu.Lock()
	b.serial++
	id, c := b.serial, make(chan reply, 1)
	b.waiting[id] = c
	b.mu.Unlock()
	m := map[string]any{"id": id, "method": method}
	if params != nil {
		m["params"] = params
	}
	if b.session != "" {
		m["sessionId"] = b.session
	}
	text, err := json.Marshal(m)
	if err != nil {
		return err
	}
	if _, err := b.to.Write(append(text, 0)); err != nil {
		return err
	}
	select {
	case m := <-c:
		if m.Error != nil {
			return fmt.Errorf("%s: %s", method, m.Error.Message)
		}
		if result == nil {
			return nil
		}
		return json.Unmarshal(m.Result, result)
	case <-time.After(30 * time.Second):
		return fmt.Errorf("%s: no answer", method)
	case <-b.gone:
		return fmt.Errorf("%s: the browser has ended", method)
	}
}

func (b *chromium) do(method string, params, result any) {
	b.t.Helper()
	if err := b.try(method, params, result); err != nil {
		b.t.Fatal(err)
	}
}

// eval runs JavaScript in the page and stores its value in result.
func (b *chromium) eval(script string, result any) {
	b.t.Helper()
	if err := b.tryEval(script, result); err != nil {
		b.t.Fatalf("%s: %v", script, err)
	}
}

func (b *chromium) tryEval(script string, result any) error {
	var r struct {
		Result           struct{ Value json.RawMessage }
		ExceptionDetails json.RawMessage
	}
	if err := b.try("Runtime.evaluate", map[string]any{"expression": script, "returnByValue": true}, &r); err != nil {
		return err
	}
	if r.ExceptionDetails != nil {
		return fmt.Errorf("in the page: %s", r.ExceptionDetails)
	}
	if result == nil || r.Result.Value == nil {
		return nil
	}
	return json.Unmarshal(r.Result.Value, result)
}

// until waits for an expression to become true. It asks again and again: timers of the page's own
// do not run without scripts, and end with a page that is left.
func (b *chromium) until(expression string) {
	b.t.Helper()
	again := time.NewTicker(20 * time.Millisecond)
	defer again.Stop()
	var err error
	for end := time.Now().Add(20 * time.Second); time.Now().Before(end); <-again.C {
		ok := false
		if err = b.tryEval("Boolean("+expression+")", &ok); ok {
			return
		}
	}
	b.t.Fatalf("never true in the page: %s (%v)", expression, err)
}

// keepScreenshots names a folder for them that outlives the test, or is "".
var keepScreenshots = os.Getenv("KEEP_SCREENSHOTS")

// open shows a URL in a window so wide, in a colour scheme, and waits until it is loaded.
func (b *chromium) open(url string, width, height int, scheme string) {
	b.t.Helper()
	b.do("Emulation.setDeviceMetricsOverride", map[string]any{"width": width, "height": height, "deviceScaleFactor": map[bool]int{false: 1, true: 2}[keepScreenshots != ""], "mobile": width < 500}, nil)
	b.do("Emulation.setEmulatedMedia", map[string]any{"features": []map[string]string{
		{"name": "prefers-color-scheme", "value": scheme}, {"name": "prefers-reduced-motion", "value": "reduce"},
	}}, nil)
	b.do("Page.navigate", map[string]any{"url": url}, nil)
	b.until(`document.readyState === 'complete' && location.href !== 'about:blank' && document.querySelector('main')`)
}

// shoot writes a screenshot of the whole page.
func (b *chromium) shoot(name string) {
	b.t.Helper()
	var size struct{ Width, Height int }
	b.eval(`({width: innerWidth, height: Math.max(innerHeight, document.documentElement.scrollHeight)})`, &size)
	var r struct{ Data string }
	b.do("Page.captureScreenshot", map[string]any{
		"captureBeyondViewport": true, "clip": map[string]int{"x": 0, "y": 0, "width": size.Width, "height": size.Height, "scale": 1},
	}, &r)
	png, err := base64.StdEncoding.DecodeString(r.Data)
	if err != nil {
		b.t.Fatal(err)
	}
	folder := keepScreenshots
	if folder == "" {
		folder = b.t.TempDir()
	}
	if err := os.WriteFile(filepath.Join(folder, name+".png"), png, 0o644); err != nil {
		b.t.Fatal(err)
	}
	if len(png) < 5000 {
		b.t.Errorf("%s: the screenshot is empty", name)
	}
}

// complaints are the errors of the page since the last call.
func (b *chromium) complaints() []string {
	b.mu.Lock()
	defer b.mu.Unlock()
	list := b.wrong
	b.wrong = nil
	return list
}
