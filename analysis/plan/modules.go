package plan

// Main is a program of the main modules: a main package, with the packages of the main modules that
// it links.
type Main struct {
	Path     string
	Packages []string // import paths, sorted; its own among them
}

// Module is a main module, or one that a replace directive or a workspace takes from a folder.
type Module struct {
	Path string // module path
	Dir  string // absolute
	Main bool   // a main module: the one of go.mod, or one that go.work uses
}
