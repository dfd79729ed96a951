package bindings

import (
	"fmt"
	"maps"
	"path"
	"reflect"
	"runtime/debug"
	"slices"
	"strings"
)

// Namespaces returns the namespace of each service, by its import path: the last element of the
// path, or what renames has for that path. Two services of one namespace would share their data, so
// that is an error, as is a rename of a service that does not exist. Renaming keeps a namespace
// when a package moves.
func Namespaces(services []string, renames map[string]string) (map[string]string, error) {
	names := map[string]string{}
	owners := map[string][]string{}
	for _, service := range services {
		if _, seen := names[service]; seen {
			continue
		}
		name := renames[service]
		if name == "" {
			name = base(service)
		}
		names[service] = name
		owners[name] = append(owners[name], service)
	}
	var problems Problems
	for name, paths := range owners {
		if slices.Sort(paths); len(paths) > 1 {
			problems = append(problems, Problem{Binding: name,
				Err: fmt.Errorf("namespace %q must belong to one service, but %s share it: rename one",
					name, strings.Join(paths, " and "))})
		}
	}
	for _, service := range slices.Sorted(maps.Keys(renames)) {
		if _, ok := names[service]; !ok {
			problems = append(problems, Problem{Binding: service, Err: fmt.Errorf("rename %s: there is no such service", service)})
		}
	}
	return names, problems.err()
}

// NamespaceOf returns the namespace of the service that a type belongs to, by the type's import
// path as [Namespaces] has it:
//
//	env.Namespace = bindings.NamespaceOf[orders.Orders]() // "orders"
//
// It is the namespace that instrument check assumes when it reports two services that have the
// same. A type of package main has the path of the program; a type without a package has no
// namespace, which [Open] refuses.
func NamespaceOf[T any]() string {
	service := reflect.TypeFor[T]().PkgPath()
	if service == "main" {
		info, ok := debug.ReadBuildInfo()
		if !ok {
			return ""
		}
		service = info.Path
	}
	if service == "" {
		return ""
	}
	return base(service)
}

// base is the last element of an import path that is not a major version.
func base(service string) string {
	name := path.Base(service)
	if len(name) > 1 && name[0] == 'v' && strings.Trim(name[1:], "0123456789") == "" {
		name = path.Base(path.Dir(service))
	}
	return name
}
