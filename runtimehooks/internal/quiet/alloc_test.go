//go:build !purego && (amd64 || arm64)

package quiet

import "testing"

func TestNoAllocation(t *testing.T) {
	Enter()
	Leave() // the list of its shard has room now
	if n := testing.AllocsPerRun(100, func() { Enter(); Here(); Leave() }); n != 0 {
		t.Errorf("a mark must not allocate, it does %v times", n)
	}
}
