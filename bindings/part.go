package bindings

import (
	"reflect"
	"sync"
)

// parts holds one value of each type.
type parts struct {
	mu     sync.Mutex
	byType map[reflect.Type]any
}

// part returns the value of type T, made by make at the first call.
func part[T any](p *parts, make func() *T) *T {
	key := reflect.TypeFor[T]()
	p.mu.Lock()
	defer p.mu.Unlock()
	if known, ok := p.byType[key]; ok {
		return known.(*T)
	}
	made := make()
	if p.byType == nil {
		p.byType = map[reflect.Type]any{}
	}
	p.byType[key] = made
	return made
}

// Part returns the one value of type T that belongs to a platform, made by make at the first call:
// it holds what the package of a kind keeps for all its bindings of one platform, such as the
// services that a process provides. T should be a type that the package does not export, so that
// nobody else can ask for it. make must not ask for a part.
func Part[T any](p *Platform, make func() *T) *T { return part(&p.parts, make) }

// LinkPart is [Part] for a value that everything which opens the same binding shares, such as its
// policies.
func LinkPart[T any](l *Link, make func() *T) *T { return part(&l.parts, make) }
