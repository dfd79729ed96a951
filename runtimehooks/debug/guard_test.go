package debug

import (
	"net"
	"net/http"
	"net/url"
	"strings"
	"testing"
)

// A browser that another site has led here, by a name of that site's, gets nothing and changes
// nothing.
func TestHosts(t *testing.T) {
	f := shop()
	h := newHandler(f, Control(), Host("ops.example.com", "Build-7:6060"))
	for host, want := range map[string]bool{
		"": true, "localhost": true, "localhost:6060": true, "LOCALHOST.": true, "shop.localhost:80": true,
		"127.0.0.1:6060": true, "127.0.0.2": true, "[::1]:6060": true, "[::1]": true, "10.1.2.3:6060": true, "[fe80::1%25eth0]:1": true,
		"ops.example.com": true, "OPS.example.com.:443": true, "build-7": true,
		"attacker.example": false, "attacker.example:6060": false, "localhost.attacker.example": false, "127.0.0.1.nip.io": false,
		"evil.ops.example.com": false, "example.com": false, "xlocalhost": false, "[::1].attacker.example": false, "0x7f.1": false,
	} {
		for _, path := range []string{"/x/", "/x/?format=json", "/x/events", "/x/style.css"} {
			r, err := http.NewRequest(http.MethodHead, path, nil)
			if err != nil {
				t.Fatal(err)
			}
			w := serveHost(h, r, host)
			if w.Code == http.StatusOK != want {
				t.Errorf("%s of host %q: %d", path, host, w.Code)
			}
		}
		body := url.Values{"function": {getter}, "key": {"eu-west-1"}, "to": {"closed"}}
		r, err := http.NewRequest(http.MethodPost, "/x/breaker", strings.NewReader(body.Encode()))
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		forced := len(f.forced)
		if serveHost(h, r, host); len(f.forced) > forced != want {
			t.Errorf("a form of host %q forces: %v", host, !want)
		}
	}
}

// Without a host, an address is this machine's; with one, that one is asked for.
func TestServe(t *testing.T) {
	listener, err := net.Listen("tcp", "localhost:0")
	if err != nil {
		t.Fatal(err)
	}
	_, port, _ := net.SplitHostPort(listener.Addr().String())
	listener.Close()
	if !Serve(":" + port) {
		t.Fatal("the page is not served")
	}
	response, err := http.Get("http://localhost:" + port + Path)
	if err != nil {
		t.Fatal(err)
	}
	response.Body.Close()
	if response.StatusCode != http.StatusOK {
		t.Error(response.Status)
	}
	addresses, err := net.InterfaceAddrs()
	if err != nil {
		t.Fatal(err)
	}
	for _, a := range addresses {
		ip, ok := a.(*net.IPNet)
		if !ok || ip.IP.IsLoopback() || ip.IP.To4() == nil {
			continue
		}
		if conn, err := net.Dial("tcp", net.JoinHostPort(ip.IP.String(), port)); err == nil {
			conn.Close()
			t.Errorf("other machines come by %s", ip.IP)
		}
	}
	if Serve("localhost:" + port) {
		t.Error("an address is served twice")
	}
	if Serve("no address") {
		t.Error("what is no address is served")
	}
}
