package orders

import (
	"context"
	"time"
)

// archiveRead is how long the archive takes to hand out one day. It stands for a slow query.
const archiveRead = 10 * time.Millisecond

// Report sums up the paid orders.
type Report struct {
	Days   int `json:"days"`
	Orders int `json:"orders"`
	Cents  int `json:"cents"`
}

// Report sums up the orders of the last days. It reads the archive one day at a time, so that it
// takes long for many days.
//
//instrument:timeout 150ms
func (s *Service) Report(ctx context.Context, days int) (*Report, error) {
	for range days {
		if err := readArchive(ctx); err != nil {
			return nil, err
		}
	}
	var ids []string
	for id, err := range s.Orders.Keys(ctx, "") {
		if err != nil {
			return nil, err
		}
		ids = append(ids, id)
	}
	all, err := s.Orders.GetMany(ctx, ids...)
	if err != nil {
		return nil, err
	}
	report := &Report{Days: days}
	for _, entry := range all {
		report.Orders++
		report.Cents += entry.Value.Cents
	}
	return report, nil
}

// readArchive waits for one day of the archive, unless the context ends first.
func readArchive(ctx context.Context) error {
	timer := time.NewTimer(archiveRead)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
