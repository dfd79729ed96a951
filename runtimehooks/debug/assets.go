package debug

import (
	"bytes"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"html/template"
	"mime"
	"net/http"
	"path"
	"time"
)

//go:embed static
var static embed.FS

// asset is a file that the page links.
type asset struct {
	name    string
	content []byte
}

// assets are the files by name, and version is a hash of all that a browser has of the page for
// good.
var assets, version = readAssets("style.css", "script.js", "icon.svg")

func readAssets(names ...string) (map[string]*asset, string) {
	m, hash := map[string]*asset{}, sha256.New()
	for _, name := range append(names, "page.html") {
		content, err := static.ReadFile("static/" + name)
		if err != nil {
			panic(err) // it is embedded
		}
		hash.Write(content)
		m[name] = &asset{name, content}
	}
	delete(m, "page.html")
	return m, hex.EncodeToString(hash.Sum(nil)[:6])
}

// serve sends the file. The page links it with its version, so that it may be kept for good.
func (a *asset) serve(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Content-Type", mime.TypeByExtension(path.Ext(a.name)))
	w.Header().Set("ETag", `"`+version+`"`)
	w.Header().Set("Cache-Control", "no-cache")
	if r.URL.Query().Get("v") == version {
		w.Header().Set("Cache-Control", "public, max-age=31536000, immutable")
	}
	http.ServeContent(w, r, a.name, time.Time{}, bytes.NewReader(a.content))
}

// pages are the templates "page", "site", "summary" and "refusal".
var pages = template.Must(template.New("").ParseFS(static, "static/page.html"))
