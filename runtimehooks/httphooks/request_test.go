package httphooks

import (
	"bytes"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"os"
	"testing"
)

// A middleware outside asks for the pattern after the handler, as access logs do.
func TestPatternReachesOutside(t *testing.T) {
	record(t)
	inner := http.NewServeMux()
	inner.Handle("GET /orders/{id}", status(200))
	r := httptest.NewRequest("GET", "/orders/7", nil)
	woven(site(traced), inner.ServeHTTP)(httptest.NewRecorder(), r)
	if r.Pattern != "GET /orders/{id}" {
		t.Errorf("the pattern outside is %q", r.Pattern)
	}
}

// net/http removes the temporary files of an uploaded form, which it looks for in its own request.
func TestUploadIsRemoved(t *testing.T) {
	record(t)
	dir := t.TempDir()
	t.Setenv("TMPDIR", dir)
	t.Setenv("TMP", dir) // of Windows
	var form bytes.Buffer
	w := multipart.NewWriter(&form)
	file, err := w.CreateFormFile("file", "large")
	if err != nil {
		t.Fatal(err)
	}
	file.Write(make([]byte, 1<<20))
	w.Close()
	server := httptest.NewServer(woven(site(traced), func(_ http.ResponseWriter, r *http.Request) {
		if err := r.ParseMultipartForm(1); err != nil {
			t.Error(err)
		}
		if files, err := os.ReadDir(dir); len(files) != 1 {
			t.Errorf("%d temporary files while the handler runs (%v), want 1", len(files), err)
		}
	}))
	response, err := http.Post(server.URL, w.FormDataContentType(), &form)
	if err != nil {
		t.Fatal(err)
	}
	response.Body.Close()
	server.Close() // waits for the end of the request
	if files, err := os.ReadDir(dir); len(files) != 0 {
		t.Errorf("%d temporary files are left (%v)", len(files), err)
	}
}
