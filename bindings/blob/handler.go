package blob

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"

	"github.com/instrumentgo/instrument/bindings"
)

// Handler returns the handler of signed URLs. It reads and writes the bucket's objects as their
// URLs allow, for the tenants that they were made for. It answers range and conditional requests as
// for files.
func (s *Signing) Handler(b Bucket) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		g, ok := s.granted(r.URL.Query())
		if !ok || r.Method != g.method && (r.Method != http.MethodHead || g.method != http.MethodGet) {
			http.Error(w, "the url is not valid, or not any more", http.StatusForbidden)
			return
		}
		ctx := bindings.WithTenant(r.Context(), g.tenant)
		if g.method == http.MethodPut {
			_, err := b.Put(ctx, g.key, r.Body, ContentType(r.Header.Get("Content-Type")))
			reply(w, err, http.StatusNoContent)
			return
		}
		info, err := b.Stat(ctx, g.key)
		if err != nil {
			reply(w, err, 0)
			return
		}
		serve(w, r, &seeker{ctx: ctx, bucket: b, info: info})
	})
}

// serve writes an object. It is what somebody has put: no browser shall take it for a page of the
// service.
func serve(w http.ResponseWriter, r *http.Request, s *seeker) {
	defer s.Close()
	h := w.Header()
	h.Set("Content-Type", "application/octet-stream")
	if s.info.ContentType != "" {
		h.Set("Content-Type", s.info.ContentType)
	}
	h.Set("Content-Security-Policy", "sandbox")
	h.Set("X-Content-Type-Options", "nosniff")
	if s.info.ETag != "" {
		h.Set("ETag", fmt.Sprintf("%q", s.info.ETag))
	}
	http.ServeContent(w, r, "", s.info.Modified, s)
}

// statuses are the answers to what a bucket fails with.
var statuses = map[bindings.ErrorCode]int{
	bindings.NotFound:           http.StatusNotFound,
	bindings.FailedPrecondition: http.StatusBadRequest,
	bindings.PermissionDenied:   http.StatusForbidden,
	bindings.ResourceExhausted:  http.StatusInsufficientStorage,
	bindings.Unavailable:        http.StatusServiceUnavailable,
	bindings.DeadlineExceeded:   http.StatusGatewayTimeout,
}

// reply answers an operation without content. Of an error it sends only the code: the rest is the
// service's business.
func reply(w http.ResponseWriter, err error, success int) {
	if err == nil {
		w.WriteHeader(success)
		return
	}
	code := bindings.Code(err)
	status, ok := statuses[code]
	if !ok {
		status = http.StatusInternalServerError
	}
	http.Error(w, code.Error(), status)
}

// seeker reads an object from wherever net/http looks.
type seeker struct {
	ctx    context.Context
	bucket Bucket
	info   Info
	offset int64
	reader *Reader // at offset; nil until something is read there
}

// Read implements [io.Reader].
func (s *seeker) Read(p []byte) (int, error) {
	if s.reader == nil {
		r, err := s.bucket.GetRange(s.ctx, s.info.Key, s.offset, -1)
		if err != nil {
			return 0, err
		}
		if r.Info.ETag != s.info.ETag {
			return 0, errors.Join(errReplaced, r.Close())
		}
		s.reader = r
	}
	n, err := s.reader.Read(p)
	s.offset += int64(n)
	return n, err
}

var errReplaced = bindings.Errorf(bindings.Unavailable, "the object was replaced while it was read")

// Seek implements [io.Seeker].
func (s *seeker) Seek(offset int64, whence int) (int64, error) {
	switch whence {
	case io.SeekCurrent:
		offset += s.offset
	case io.SeekEnd:
		offset += s.info.Size
	}
	if offset < 0 {
		return 0, errOffset
	}
	if offset == s.offset {
		return offset, nil
	}
	err := s.Close()
	s.offset = offset
	return offset, err
}

// Close implements [io.Closer].
func (s *seeker) Close() error {
	if s.reader == nil {
		return nil
	}
	r := s.reader
	s.reader = nil
	return r.Close()
}
