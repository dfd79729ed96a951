package nats

import (
	"context"
	"encoding/base64"
	"errors"
	"slices"
	"strings"
	"sync"

	"github.com/nats-io/nats.go/jetstream"

	"github.com/instrumentgo/instrument/bindings/blob"
)

// List implements [blob.Store]. Of one server each page reads all descriptions. In a cluster the
// server that reads them may be behind, so the leader says which there are, and each of the page is
// read from it.
func (o *objects) List(ctx context.Context, prefix, delimiter, cursor string, limit int) (blob.Page, error) {
	if o.stream.CachedInfo().Config.Replicas > 1 {
		return o.listOfLeader(ctx, prefix, delimiter, cursor, limit)
	}
	infos, err := o.all.List(ctx)
	if err != nil && !errors.Is(err, jetstream.ErrNoObjectsFound) {
		return blob.Page{}, coded(ctx, err)
	}
	byKey := map[string]*jetstream.ObjectInfo{}
	var all []string
	for _, info := range infos {
		if key, ok := keyOfName(info.Name); ok {
			byKey[key] = info
			all = append(all, key)
		}
	}
	slices.Sort(all)
	keys, err := blob.Paginate(slices.Compact(all), prefix, delimiter, cursor, limit)
	page := blob.Page{Prefixes: keys.Prefixes, Cursor: keys.Cursor}
	for _, key := range keys.Keys {
		page.Objects = append(page.Objects, infoOf(key, byKey[key]))
	}
	return page, err
}

func (o *objects) listOfLeader(ctx context.Context, prefix, delimiter, cursor string, limit int) (blob.Page, error) {
	before := "$O." + o.bucket + ".M."
	info, err := o.stream.Info(ctx, jetstream.WithSubjectFilter(before+">"))
	if err != nil {
		return blob.Page{}, coded(ctx, err)
	}
	var all []string
	for subject := range info.State.Subjects {
		name, err := base64.URLEncoding.DecodeString(strings.TrimPrefix(subject, before))
		if key, ok := keyOfName(string(name)); ok && err == nil {
			all = append(all, key)
		}
	}
	slices.Sort(all)
	keys, err := blob.Paginate(all, prefix, delimiter, cursor, limit)
	if err != nil {
		return blob.Page{}, err
	}
	page := blob.Page{Prefixes: keys.Prefixes, Cursor: keys.Cursor}
	found, err := o.describeAll(ctx, keys.Keys)
	for i, d := range found {
		if d.exists { // it may be gone by now, or be a mark that another tool left
			page.Objects = append(page.Objects, infoOf(keys.Keys[i], &d.info))
		}
	}
	return page, err
}

// describeAll returns the descriptions of some keys. It asks for several at once.
func (o *objects) describeAll(ctx context.Context, keys []string) ([]described, error) {
	all, errs := make([]described, len(keys)), make([]error, len(keys))
	places := make(chan struct{}, inFlight)
	var group sync.WaitGroup
	for i, key := range keys {
		places <- struct{}{}
		group.Go(func() {
			all[i], errs[i] = o.describe(ctx, key)
			<-places
		})
	}
	group.Wait()
	for _, err := range errs {
		if err != nil {
			return nil, err // one error is enough
		}
	}
	return all, nil
}
