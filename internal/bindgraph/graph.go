package bindgraph

import (
	"cmp"
	"net/url"
	"slices"
	"strings"

	"github.com/instrumentgo/instrument/analysis/plan"
	"github.com/instrumentgo/instrument/bindings"
	"github.com/instrumentgo/instrument/bindings/provider"
)

// Graph is the services of a plan, their bindings, and the interfaces by which they call each
// other. All lists are sorted.
type Graph struct {
	Environments []string    `json:"environments"` // whose providers are shown, in the order asked for
	Services     []Service   `json:"services"`
	Bindings     []Binding   `json:"bindings"`
	Interfaces   []Interface `json:"interfaces"`
	Edges        []Edge      `json:"edges"`
}

// Service is a package with bindings, or one that declares an interface of a service.
type Service struct {
	ID      string   `json:"id"`      // "service:" and the import path
	Name    string   `json:"name"`    // last element of the path, with as many more as distinguish it from the others
	Package string   `json:"package"` // import path
	Structs []string `json:"structs"` // types marked //instrument:bind
}

// Binding is a logical name used as a kind. Services that use the same name as the same kind have
// one entry in an environment.
type Binding struct {
	ID        string     `json:"id"` // kind, ":" and name
	Name      string     `json:"name"`
	Kind      string     `json:"kind"`
	Interface string     `json:"interface,omitempty"` // of kind service: ID of the interface
	Uses      []Use      `json:"uses"`
	Providers []Provider `json:"providers"` // one for each environment that has an entry
}

// Use is a field or a method of a struct that uses a binding.
type Use struct {
	Service string   `json:"service"`         // ID
	Member  string   `json:"member"`          // "Orders.Carts"
	Types   []string `json:"types"`           // of kv the key's and the value's, of a topic and a configuration one
	Group   string   `json:"group,omitempty"` // of a subscription
	File    string   `json:"file"`            // relative to the module's root
	Line    int      `json:"line"`
	Column  int      `json:"column"`
}

// Provider is where an environment leads a binding.
type Provider struct {
	Environment string `json:"environment"`
	Name        string `json:"name"` // "redis"; of another project's, the scheme
	URL         string `json:"url"`  // without user, password and options
}

// Interface is one marked //instrument:service.
type Interface struct {
	ID      string   `json:"id"`      // "interface:", import path, "." and name
	Name    string   `json:"name"`    // "payments.Service"
	Service string   `json:"service"` // ID of the package that declares it; "" if that is not part of the graph
	Methods []string `json:"methods"`
}

// Edge is one service's use of a binding or an interface. A subscription leads from the topic to
// the service.
type Edge struct {
	From  string `json:"from"` // ID
	To    string `json:"to"`
	Does  string `json:"does"`            // uses, publishes, delivers, calls or offers
	Label string `json:"label,omitempty"` // of delivers the group, of calls the logical name
}

// Of returns the graph of a plan's packages, with the providers that the environments name.
func Of(packages []*plan.Package, environments ...bindings.Environment) *Graph {
	g := &Graph{Environments: []string{}, Services: []Service{}, Bindings: []Binding{}, Interfaces: []Interface{}, Edges: []Edge{}}
	for _, e := range environments {
		g.Environments = append(g.Environments, e.Name)
	}
	for _, pkg := range packages {
		if len(pkg.Binds)+len(pkg.Services) > 0 {
			g.service(pkg)
		}
	}
	for i := range g.Bindings {
		g.Bindings[i].Providers = providers(g.Bindings[i].Name, environments)
	}
	g.sort()
	name(g.Services)
	return g
}

// service adds a package.
func (g *Graph) service(pkg *plan.Package) {
	s := Service{ID: "service:" + pkg.Path, Package: pkg.Path, Structs: []string{}}
	for _, i := range pkg.Services {
		id := "interface:" + pkg.Path + "." + i.Interface
		declared := g.iface(id, pkg.Name+"."+i.Interface)
		declared.Service, declared.Methods = s.ID, []string{}
		for _, m := range i.Methods {
			declared.Methods = append(declared.Methods, m.Name)
		}
		g.edge(s.ID, id, "offers", "")
	}
	for _, b := range pkg.Binds {
		s.Structs = append(s.Structs, b.Type)
		for _, f := range b.Fields {
			g.field(s.ID, b, f)
		}
		for _, h := range b.Handles {
			t := g.binding(string(bindings.Topic), h.Topic)
			t.Uses = append(t.Uses, use(s.ID, b.Type+"."+h.Method, []string{h.Message}, h.Pos))
			t.Uses[len(t.Uses)-1].Group = h.Group
			g.edge(t.ID, s.ID, "delivers", h.Group)
		}
		for _, r := range b.Runs {
			w := g.binding(string(bindings.Workflow), r.Workflow)
			w.Uses = append(w.Uses, use(s.ID, b.Type+"."+r.Method, []string{r.In, r.Out}, r.Pos))
			g.edge(s.ID, w.ID, "uses", "")
		}
	}
	slices.Sort(s.Structs)
	g.Services = append(g.Services, s)
}

func (g *Graph) field(service string, b plan.Bind, f plan.Field) {
	bound := g.binding(f.Kind, f.Name)
	types := f.Types
	if f.Service != nil {
		bound.Interface = "interface:" + f.Service.Path + "." + f.Service.Name
		types = []string{f.Service.Pkg + "." + f.Service.Name}
	}
	bound.Uses = append(bound.Uses, use(service, b.Type+"."+f.Field, types, f.Pos))
	switch {
	case f.Service != nil:
		id := bound.Interface
		g.iface(id, f.Service.Pkg+"."+f.Service.Name)
		g.edge(service, id, "calls", f.Name)
	case f.Kind == string(bindings.Topic) && publishes(f):
		g.edge(service, bound.ID, "publishes", "")
	case f.Kind == string(bindings.Topic):
		g.edge(bound.ID, service, "delivers", "")
	default:
		g.edge(service, bound.ID, "uses", "")
	}
}

// publishes reports whether a field of kind topic can publish. A field of a local interface may
// only be able to subscribe.
func publishes(f plan.Field) bool {
	return len(f.Methods) == 0 || slices.ContainsFunc(f.Methods, func(m string) bool { return strings.HasPrefix(m, "Publish") })
}

func use(service, member string, types []string, pos plan.Position) Use {
	return Use{Service: service, Member: member, Types: append([]string{}, types...), File: pos.File, Line: pos.Line, Column: pos.Column}
}

func (g *Graph) edge(from, to, does, label string) {
	if e := (Edge{from, to, does, label}); !slices.Contains(g.Edges, e) {
		g.Edges = append(g.Edges, e)
	}
}

// binding returns the binding of a kind and name. It adds the binding if there is none.
func (g *Graph) binding(kind, name string) *Binding {
	id := kind + ":" + name
	i := slices.IndexFunc(g.Bindings, func(b Binding) bool { return b.ID == id })
	if i < 0 {
		i = len(g.Bindings)
		g.Bindings = append(g.Bindings, Binding{ID: id, Name: name, Kind: kind, Providers: []Provider{}})
	}
	return &g.Bindings[i]
}

func (g *Graph) iface(id, name string) *Interface {
	i := slices.IndexFunc(g.Interfaces, func(f Interface) bool { return f.ID == id })
	if i < 0 {
		i = len(g.Interfaces)
		g.Interfaces = append(g.Interfaces, Interface{ID: id, Name: name, Methods: []string{}})
	}
	return &g.Interfaces[i]
}

func (g *Graph) sort() {
	slices.SortFunc(g.Services, func(a, b Service) int { return cmp.Compare(a.ID, b.ID) })
	slices.SortFunc(g.Bindings, func(a, b Binding) int { return cmp.Or(cmp.Compare(a.Name, b.Name), cmp.Compare(a.Kind, b.Kind)) })
	slices.SortFunc(g.Interfaces, func(a, b Interface) int { return cmp.Compare(a.ID, b.ID) })
	slices.SortFunc(g.Edges, func(a, b Edge) int {
		return cmp.Or(cmp.Compare(a.From, b.From), cmp.Compare(a.To, b.To), cmp.Compare(a.Does, b.Does), cmp.Compare(a.Label, b.Label))
	})
	for i := range g.Bindings {
		slices.SortFunc(g.Bindings[i].Uses, func(a, b Use) int {
			return cmp.Or(cmp.Compare(a.Service, b.Service), cmp.Compare(a.File, b.File), cmp.Compare(a.Line, b.Line),
				cmp.Compare(a.Member, b.Member))
		})
	}
}

// providers returns where the environments lead a name.
func providers(name string, environments []bindings.Environment) []Provider {
	list := []Provider{}
	for _, e := range environments {
		for _, b := range e.Bindings {
			if b.Name == name {
				list = append(list, providerOf(e.Name, b.URL))
				break
			}
		}
	}
	return list
}

// providerOf names the provider of a URL. It shows only the parts of the URL that hold no secret:
// no user, no password, no options.
func providerOf(environment, text string) Provider {
	u, err := url.Parse(text)
	if err != nil {
		return Provider{environment, "unknown", ""}
	}
	p := Provider{Environment: environment, Name: u.Scheme}
	if known, ok := provider.All().ByScheme(u.Scheme); ok {
		p.Name = known.Name
	}
	u.User, u.RawQuery, u.ForceQuery, u.Fragment = nil, "", false, ""
	p.URL = u.String()
	return p
}

// name gives each service as many elements from the end of its import path as distinguish it from
// the others.
func name(services []Service) {
	end := func(path string, elements int) string {
		parts := strings.Split(path, "/")
		return strings.Join(parts[max(0, len(parts)-elements):], "/")
	}
	for i := range services {
		for n := 1; ; n++ {
			services[i].Name = end(services[i].Package, n)
			same := func(s Service) bool { return s.Package != services[i].Package && end(s.Package, n) == services[i].Name }
			if !slices.ContainsFunc(services, same) || services[i].Name == services[i].Package {
				break
			}
		}
	}
}
