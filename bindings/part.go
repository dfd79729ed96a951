package bindings

import "reflect"

// Part returns the one value of type T that belongs to a platform, made by make at the first call: what the package of a
// kind keeps for all its bindings of one platform, such as the services that a process provides. T should be a type that
// the package does not export, so that nobody else can ask for it. make must not use the platform.
func Part[T any](p *Platform, make func() *T) *T {
	key := reflect.TypeFor[T]()
	p.mu.Lock()
	defer p.mu.Unlock()
	if part, ok := p.parts[key]; ok {
		return part.(*T)
	}
	part := make()
	if p.parts == nil {
		p.parts = map[reflect.Type]any{}
	}
	p.parts[key] = part
	return part
}
