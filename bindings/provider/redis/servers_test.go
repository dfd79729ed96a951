package redis_test

import (
	"strings"
	"sync"
	"testing"

	"github.com/alicebob/miniredis/v2"
)

// servers are those of this process, to restart them.
type servers struct{ byAddress sync.Map }

// url starts a server.
func (s *servers) url(t *testing.T) string {
	m := mini(t)
	s.byAddress.Store(m.Addr(), m)
	return "redis://" + m.Addr()
}

// restart stops the URL's server and starts it again.
func (s *servers) restart(t *testing.T, url string) {
	server, _ := s.byAddress.Load(strings.TrimPrefix(url, "redis://"))
	m := server.(*miniredis.Miniredis)
	m.Close()
	if err := m.Restart(); err != nil {
		t.Fatal(err)
	}
}
