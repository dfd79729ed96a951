package main

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"go/ast"
	"go/format"
	"go/parser"
	"go/token"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"
	"golang.org/x/tools/txtar"

	"github.com/instrumentgo/instrument/analysis/plan"
)

var update = flag.Bool("update", false, "rewrite the golden files")

const (
	hazardModule = "example.com/hazards"
	hazardLimit  = 20 * time.Second // for one program
)

// hazard is one txtar of testdata/hazards: a program, or packages in which findings are expected.
type hazard struct {
	name     string // file name without extension
	folder   string // in the module: "h26"
	header   string
	findings bool // the plan is refused
	differs  bool // the woven program prints something else, and the header says why
	names    bool // it refers to names that only the generated file declares
	files    []txtar.File
}

// TestHazards weaves every hazard's program with each driver. It prints what it printed unwoven, or
// what its golden file says; the drivers agree on its spans; generating twice changes nothing; and
// go vet says what it said before. The go command runs once for each driver, with all programs in
// one module.
func TestHazards(t *testing.T) {
	hazards := slices.DeleteFunc(readHazards(t), func(h *hazard) bool { return h.names })
	tool := buildTool(t)
	all := newHazardModule(t, slices.DeleteFunc(slices.Clone(hazards), func(h *hazard) bool { return h.findings }))
	if len(all.hazards) == 0 {
		for _, h := range hazards {
			t.Run(h.name, func(t *testing.T) { h.golden(t, section{"findings", refused(t, tool, h)}) })
		}
		return
	}

	plain := all.build(t, "plain", "go", "build")
	plans := all.plan(t, tool)
	diffs := all.diff(t, tool)
	vetted := all.vet("go", "vet")
	overlay := all.build(t, "overlay", tool, "go", "build")
	if woven := all.vet(tool, "go", "vet"); woven != vetted {
		t.Errorf("go vet finds something else in the woven source (-plain +woven):\n%s", gocmp.Diff(vetted, woven))
	}

	generated := newHazardModule(t, all.hazards)
	generated.generate(t, tool)
	if found := generated.vet("go", "vet"); found != vetted {
		t.Errorf("go vet finds something else beside the generated files (-plain +generated):\n%s", gocmp.Diff(vetted, found))
	}
	toolexec := generated.build(t, "toolexec", "go", "build", "-toolexec="+tool+" toolexec")

	for _, h := range hazards {
		t.Run(h.name, func(t *testing.T) {
			t.Parallel()
			if h.findings {
				h.golden(t, section{"findings", refused(t, tool, h)})
				return
			}
			before, first, second := plain.run(t, h), overlay.run(t, h), toolexec.run(t, h)
			if before.spans != "" {
				t.Errorf("the plain program must have no spans:\n%s", before.spans)
			}
			compare(t, "output differs between drivers (-overlay +toolexec)", first.output, second.output)
			compare(t, "spans differ between drivers (-overlay +toolexec)", first.spans, second.spans)
			sections := []section{{"plan", plans[h.folder]}, {"diff", diffs[h.folder]}, {"output", before.output}}
			if h.differs {
				sections = append(sections, section{"woven output", first.output})
			} else {
				compare(t, "the woven program prints something else (-plain +woven)", before.output, first.output)
			}
			h.golden(t, append(sections, section{"spans", first.spans})...)
		})
	}
}

// TestHazardsGenerated does the same with the programs that refer to what generate declares for
// them. They can be built plainly only beside their generated files; the overlay has these in no
// folder.
func TestHazardsGenerated(t *testing.T) {
	hazards := slices.DeleteFunc(readHazards(t), func(h *hazard) bool { return !h.names })
	if len(hazards) == 0 {
		t.Skip("no selected hazard refers to generated names")
	}
	tool := buildTool(t)
	m := newHazardModule(t, hazards)
	plans := m.plan(t, tool)
	diffs := m.diff(t, tool)
	overlay := m.build(t, "overlay", tool, "go", "build")
	woven := m.vet(tool, "go", "vet")
	m.generate(t, tool)
	plain := m.build(t, "plain", "go", "build")
	toolexec := m.build(t, "toolexec", "go", "build", "-toolexec="+tool+" toolexec")
	if found := m.vet("go", "vet"); found != "" || woven != "" {
		t.Errorf("go vet must find nothing, with generated files\n%s\nand without\n%s", found, woven)
	}
	for _, h := range hazards {
		t.Run(h.name, func(t *testing.T) {
			t.Parallel()
			before, first, second := plain.run(t, h), overlay.run(t, h), toolexec.run(t, h)
			compare(t, "output differs between drivers (-overlay +toolexec)", first.output, second.output)
			compare(t, "spans differ between drivers (-overlay +toolexec)", first.spans, second.spans)
			sections := []section{{"plan", plans[h.folder]}, {"diff", diffs[h.folder]}, {"output", before.output}}
			if h.differs {
				sections = append(sections, section{"woven output", first.output})
			} else {
				compare(t, "the woven program prints something else (-plain +woven)", before.output, first.output)
			}
			h.golden(t, append(sections, section{"plain spans", before.spans}, section{"spans", first.spans})...)
		})
	}
}

func compare(t *testing.T, what, want, got string) {
	t.Helper()
	if diff := gocmp.Diff(want, got); diff != "" {
		t.Errorf("%s:\n%s", what, diff)
	}
}

func repository(t *testing.T) string {
	t.Helper()
	root, err := filepath.Abs("../..")
	if err != nil {
		t.Fatal(err)
	}
	return root
}

// readHazards reads the hazards that -run selects: a test of one does not build the programs of
// all.
func readHazards(t *testing.T) []*hazard {
	t.Helper()
	paths, err := filepath.Glob(filepath.Join(repository(t), "testdata", "hazards", "*.txtar"))
	if err != nil || len(paths) == 0 {
		t.Fatalf("find hazards: %d files, %v", len(paths), err)
	}
	_, pattern, _ := strings.Cut(flag.Lookup("test.run").Value.String(), "/")
	wanted, err := regexp.Compile(pattern)
	if err != nil {
		t.Fatal(err)
	}
	var hazards []*hazard
	for _, path := range paths {
		if !wanted.MatchString(strings.TrimSuffix(filepath.Base(path), ".txtar")) {
			continue
		}
		archive, err := txtar.ParseFile(path)
		if err != nil {
			t.Fatal(err)
		}
		h := &hazard{name: strings.TrimSuffix(filepath.Base(path), ".txtar"), header: string(archive.Comment), files: archive.Files}
		lines := strings.Split(strings.TrimSpace(h.header), "\n")
		h.findings = lines[len(lines)-1] == "findings"
		h.names = slices.Contains(lines, "names are generated")
		h.differs = slices.ContainsFunc(lines, func(l string) bool { return strings.HasPrefix(l, "output differs: ") })
		for _, f := range archive.Files {
			if folder, _, ok := strings.Cut(f.Name, "/"); ok && h.folder == "" {
				h.folder = folder
			}
		}
		hazards = append(hazards, h)
	}
	return hazards
}

// buildTool builds the command, once for all tests.
func buildTool(t *testing.T) string {
	t.Helper()
	tool, err := builtTool()
	if err != nil {
		t.Fatal(err)
	}
	return tool
}

var toolFolder string // removed when all tests are done

var builtTool = sync.OnceValues(func() (string, error) {
	tool := filepath.Join(toolFolder, "instrument")
	if out, errs, err := runIn(".", "go", "build", "-o", tool, "."); err != nil {
		return "", fmt.Errorf("build the tool: %w\n%s%s", err, out, errs)
	}
	return tool, nil
})

func TestMain(m *testing.M) {
	dir, err := os.MkdirTemp("", "instrument-test")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	toolFolder = dir
	code := m.Run()
	os.RemoveAll(dir)
	os.Exit(code)
}

// runIn runs a command in a folder, and returns its standard output and error output.
func runIn(dir string, args ...string) (stdout, stderr string, err error) {
	var out, errs bytes.Buffer
	cmd := exec.Command(args[0], args[1:]...)
	cmd.Dir, cmd.Stdout, cmd.Stderr, cmd.Env = dir, &out, &errs, hazardEnv()
	err = cmd.Run()
	return out.String(), errs.String(), err
}

// hazardEnv is the environment without what changes how programs are built, or what they tell.
func hazardEnv(more ...string) []string {
	env := slices.DeleteFunc(os.Environ(), func(v string) bool {
		name, _, _ := strings.Cut(v, "=")
		return strings.HasPrefix(name, "OTEL_") || slices.Contains([]string{"INSTRUMENT", "GODEBUG", "GOFLAGS", "GOTRACEBACK", "GOWORK", "SPANS"}, name)
	})
	return append(append(env, "GOFLAGS=-buildvcs=false"), more...)
}

// hazardTree is a module in a temporary folder that holds hazards.
type hazardTree struct {
	dir     string
	hazards []*hazard
}

func newHazardModule(t *testing.T, hazards []*hazard) *hazardTree {
	t.Helper()
	m := &hazardTree{t.TempDir(), hazards}
	root := repository(t)
	files := []txtar.File{{Name: "go.mod", Data: hazardGoMod(t, root)}}
	for from, to := range map[string]string{"go.sum": "go.sum", "testdata/hazards/spans/spans.go": "spans/spans.go"} {
		data, err := os.ReadFile(filepath.Join(root, from))
		if err != nil {
			t.Fatal(err)
		}
		files = append(files, txtar.File{Name: to, Data: data})
	}
	for _, h := range hazards {
		files = append(files, h.files...)
	}
	for _, f := range files {
		path := filepath.Join(m.dir, filepath.FromSlash(f.Name))
		if err := os.MkdirAll(filepath.Dir(path), 0o777); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, f.Data, 0o666); err != nil {
			t.Fatal(err)
		}
	}
	return m
}

// hazardGoMod is go.mod with this repository's requirements, which hold all that the programs and
// the hooks import.
func hazardGoMod(t *testing.T, root string) []byte {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(root, "go.mod"))
	if err != nil {
		t.Fatal(err)
	}
	const hooks = "github.com/instrumentgo/instrument"
	text := strings.Replace(string(data), "module "+hooks, "module "+hazardModule, 1)
	return []byte(text + "\nrequire " + hooks + " v0.0.0\n\nreplace " + hooks + " => " + root + "\n")
}

// binaries is a folder of built programs.
type binaries string

// build builds every program of the module into a folder of the given name. A program that does not
// build is missing there; the others are built.
func (m *hazardTree) build(t *testing.T, name string, tool ...string) binaries {
	t.Helper()
	out := filepath.Join(t.TempDir(), name)
	args := append(slices.Clone(tool), "-ldflags=-w", "-o", out+string(filepath.Separator), "./...")
	if _, stderr, err := runIn(m.dir, args...); err != nil {
		t.Errorf("%s: %v\n%s", strings.Join(tool, " "), err, stderr)
	}
	return binaries(out)
}

// outcome is what a run of a program left behind.
type outcome struct{ output, spans string }

// run runs a hazard's program: its standard output with its exit code if that is not 0, and its
// spans with those of its child processes.
func (b binaries) run(t *testing.T, h *hazard) outcome {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), hazardLimit)
	defer cancel()
	dir := t.TempDir()
	var stdout, stderr bytes.Buffer
	cmd := exec.CommandContext(ctx, filepath.Join(string(b), h.folder))
	cmd.Dir, cmd.Stdout, cmd.Stderr, cmd.WaitDelay = dir, &stdout, &stderr, time.Second
	cmd.Env = hazardEnv("SPANS=" + filepath.Join(dir, "spans"))
	var exit *exec.ExitError
	if err := cmd.Run(); errors.As(err, &exit) {
		fmt.Fprintln(&stdout, exit)
		t.Logf("%s: %v\n%s", filepath.Base(string(b)), exit, stderr.String())
	} else if err != nil {
		t.Errorf("run %s: %v", filepath.Base(string(b)), err)
	}
	files, err := filepath.Glob(filepath.Join(dir, "spans*"))
	if err != nil {
		t.Fatal(err)
	}
	var spans strings.Builder
	for _, file := range files {
		data, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if _, mode, ok := strings.Cut(filepath.Base(file), "."); ok {
			fmt.Fprintf(&spans, "child %s:\n", mode)
		}
		spans.Write(data)
	}
	return outcome{stdout.String(), spans.String()}
}

var vetFile = regexp.MustCompile(`^(vet: )?(?:\S*/)?([^/\s:]+\.go:)`)

// vet returns what go vet says of all packages, sorted. Files have no folders, because a woven file
// is in another one.
func (m *hazardTree) vet(tool ...string) string {
	_, stderr, _ := runIn(m.dir, append(tool, "./...")...)
	lines := slices.DeleteFunc(strings.Split(stderr, "\n"), func(l string) bool { return l == "" || strings.HasPrefix(l, "# ") })
	for i, l := range lines {
		lines[i] = vetFile.ReplaceAllString(l, "$1$2")
	}
	slices.Sort(lines)
	return strings.Join(lines, "\n")
}

// plan returns the plan of each hazard's packages, by folder.
func (m *hazardTree) plan(t *testing.T, tool string) map[string]string {
	t.Helper()
	stdout, stderr, err := runIn(m.dir, tool, "plan", "-json", "./...")
	var plan plan.Plan
	if err == nil {
		err = json.Unmarshal([]byte(stdout), &plan)
	}
	if err != nil || stderr != "" {
		t.Fatalf("instrument plan -json: %v\n%s%s", err, stdout, stderr)
	}
	texts := map[string]string{}
	for _, pkg := range plan.Packages {
		for _, s := range pkg.Sites {
			texts[folderOf(pkg, "")] += siteText(s)
		}
		for _, c := range pkg.Calls {
			texts[folderOf(pkg, callRule(c))] += callText(c)
		}
		texts[folderOf(pkg, "")] += bindingsText(t, pkg)
		for _, s := range pkg.Skips {
			texts[folderOf(pkg, s.Rule)] += skipText(s)
		}
	}
	for _, file := range plan.Unloaded {
		folder, _, _ := strings.Cut(file, "/")
		texts[folder] += file + ": not loaded\n"
	}
	return texts
}

var ruleHazard = regexp.MustCompile(`^h\d\d`)

// folderOf returns the folder of the hazard that a package belongs to; for one outside the module,
// the name of the rule that selected it begins with the folder.
func folderOf(pkg *plan.Package, rule string) string {
	if rest, ok := strings.CutPrefix(pkg.Path, hazardModule+"/"); ok {
		folder, _, _ := strings.Cut(rest, "/")
		return folder
	}
	return ruleHazard.FindString(rule)
}

// siteText is one site: what is woven, and how.
func siteText(s *plan.Site) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s:%d: %s\n    %s shape, entry %s", s.Pos.File, s.Pos.Line, s.Func, s.Shape, s.Entry.Name)
	if s.Ctx >= 0 {
		fmt.Fprintf(&b, " %d", s.Ctx)
	}
	if s.Err >= 0 {
		fmt.Fprintf(&b, ", %s result %d", s.ErrAs, s.Err)
	}
	b.WriteString("\n")
	for _, a := range s.Aspects {
		fmt.Fprintf(&b, "    %s", a.Name)
		for _, o := range a.Options {
			fmt.Fprintf(&b, " %s=%s", o.Name, o.Value)
		}
		fmt.Fprintf(&b, " (%s)\n", cmp.Or(a.From, "nothing"))
	}
	for _, a := range s.Attrs {
		fmt.Fprintf(&b, "    attribute %s = %s", a.Key, a.Expr)
		if len(a.Guards) > 0 {
			fmt.Fprintf(&b, " unless nil: %s", strings.Join(a.Guards, ", "))
		}
		b.WriteString("\n")
	}
	for _, n := range s.Notes {
		fmt.Fprintf(&b, "    note: %s\n", n)
	}
	return b.String()
}

// callText is one call site, and what it becomes.
func callText(c *plan.CallSite) string {
	head := fmt.Sprintf("%s:%d: call of %s through %s\n", c.Pos.File, c.Pos.Line, c.Callee, c.Through)
	if g := c.Go; g != nil {
		head = fmt.Sprintf("%s:%d: go statement, %s through %s, starter %q\n", c.Pos.File, c.Pos.Line, c.Callee, c.Through, g.Starter)
	}
	if in := c.InPlace; in != nil {
		return fmt.Sprintf("%s:%d: call of %s\n    in place %s with %s (%s)\n", c.Pos.File, c.Pos.Line, c.Callee, in.As, in.Context, c.Replace)
	}
	if c.Replace != "" {
		head += fmt.Sprintf("    replaced (%s)\n", c.Replace)
	}
	for _, u := range c.Unused {
		head += fmt.Sprintf("    import %s becomes blank\n", strings.TrimSpace(u.Name+" "+u.Path))
	}
	if c.Site == nil {
		return head
	}
	return head + siteText(c.Site)
}

// callRule names the rule of a call site.
func callRule(c *plan.CallSite) string {
	if c.Site == nil {
		return c.Replace
	}
	return c.Site.Aspects[0].From
}

// bindingsText is what a package gets from its platform and offers to others, as the plan has it: a
// line for each value.
func bindingsText(t *testing.T, pkg *plan.Package) string {
	t.Helper()
	var b strings.Builder
	line := func(indent, what string, v any) {
		data, err := json.Marshal(v)
		if err != nil {
			t.Fatal(err)
		}
		fmt.Fprintf(&b, "%s%s %s\n", indent, what, data)
	}
	for _, bind := range pkg.Binds {
		fields, handles := bind.Fields, bind.Handles
		bind.Fields, bind.Handles = nil, nil
		line("", "bind", bind)
		for _, f := range fields {
			line("    ", "field", f)
		}
		for _, h := range handles {
			line("    ", "handle", h)
		}
	}
	for _, s := range pkg.Services {
		methods := s.Methods
		s.Methods = nil
		line("", "service", s)
		for _, m := range methods {
			line("    ", "method", m)
		}
	}
	return b.String()
}

func skipText(s plan.Skip) string {
	return fmt.Sprintf("%s:%d: %s\n    skipped %s (%s): %s\n", s.Pos.File, s.Pos.Line, s.Func, cmp.Or(s.Aspect, "everything"), s.Rule, s.Reason)
}

var diffFile = regexp.MustCompile(`\b(h\d\d[a-z0-9]*)/`)

// diff returns the difference that weaving makes in each hazard's files, by folder.
func (m *hazardTree) diff(t *testing.T, tool string) map[string]string {
	t.Helper()
	stdout, stderr, err := runIn(m.dir, tool, "diff", "./...")
	var exit *exec.ExitError
	if !errors.As(err, &exit) || exit.ExitCode() != 1 || stderr != "" {
		t.Fatalf("instrument diff must exit with 1, not %v\n%s", err, stderr)
	}
	texts := map[string]string{}
	lines := strings.SplitAfter(stdout, "\n")
	folder := ""
	for i, line := range lines {
		header := strings.HasPrefix(line, "--- ") && i+1 < len(lines) && strings.HasPrefix(lines[i+1], "+++ ")
		if header || strings.HasPrefix(line, "diff ") {
			if found := diffFile.FindStringSubmatch(strings.ReplaceAll(line, m.dir, "")); found != nil {
				folder = found[1]
			}
		}
		texts[folder] += strings.ReplaceAll(line, m.dir, "DIR")
	}
	if texts[""] != "" {
		t.Errorf("part of the difference belongs to no hazard:\n%s", texts[""])
	}
	return texts
}

// generate generates twice, and checks what was written: the second time changes nothing, and the
// files are formatted and marked as generated.
func (m *hazardTree) generate(t *testing.T, tool string) {
	t.Helper()
	var before map[string]string
	for _, args := range [][]string{{"generate", "./..."}, {"generate", "./..."}, {"generate", "-check", "./..."}} {
		stdout, stderr, err := runIn(m.dir, append([]string{tool}, args...)...)
		if err != nil || stderr != "" {
			t.Fatalf("instrument %s: %v\n%s%s", strings.Join(args, " "), err, stdout, stderr)
		}
		after := m.generatedFiles(t)
		if before == nil {
			before = after
		}
		if diff := gocmp.Diff(before, after); diff != "" {
			t.Errorf("instrument %s after generate changes something (-first +then):\n%s", strings.Join(args, " "), diff)
		}
	}
	for name, text := range before {
		formatted, err := format.Source([]byte(text))
		if err != nil || string(formatted) != text {
			t.Errorf("%s must be formatted: %v\n%s", name, err, gocmp.Diff(string(formatted), text))
		}
		file, err := parser.ParseFile(token.NewFileSet(), name, text, parser.ParseComments|parser.SkipObjectResolution)
		if err == nil && !ast.IsGenerated(file) {
			t.Errorf("%s must be marked as generated", name)
		}
	}
}

func (m *hazardTree) generatedFiles(t *testing.T) map[string]string {
	t.Helper()
	files := map[string]string{}
	err := filepath.WalkDir(m.dir, func(path string, d os.DirEntry, err error) error {
		if err != nil || d.Name() != plan.GeneratedFile {
			return err
		}
		data, err := os.ReadFile(path)
		rel, _ := filepath.Rel(m.dir, path)
		files[filepath.ToSlash(rel)] = string(data)
		return err
	})
	if err != nil || len(files) == 0 {
		t.Fatalf("find generated files: %d, %v", len(files), err)
	}
	return files
}

// refused returns the findings in a hazard's packages, which are in a module of their own.
func refused(t *testing.T, tool string, h *hazard) string {
	t.Helper()
	m := newHazardModule(t, []*hazard{h})
	_, stderr, err := runIn(m.dir, tool, "plan", "./...")
	var exit *exec.ExitError
	if !errors.As(err, &exit) || exit.ExitCode() != 1 {
		t.Errorf("instrument plan must exit with 1, not %v", err)
	}
	if strings.Contains(stderr, m.dir) {
		t.Errorf("findings must have relative paths:\n%s", stderr)
	}
	return stderr
}

// section is one block of a golden file.
type section struct{ name, text string }

// golden compares the sections with the hazard's golden file, or writes it.
func (h *hazard) golden(t *testing.T, sections ...section) {
	t.Helper()
	archive := &txtar.Archive{Comment: []byte(h.header)}
	for _, s := range sections {
		archive.Files = append(archive.Files, txtar.File{Name: s.name, Data: []byte(s.text)})
	}
	path := filepath.Join(repository(t), "golden", "hazards", h.name+".txt")
	got := txtar.Format(archive)
	if *update && !t.Failed() {
		if err := os.MkdirAll(filepath.Dir(path), 0o777); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, got, 0o666); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatalf("%v (write it with -update)", err)
	}
	compare(t, "golden file differs (-want +got)", string(want), string(got))
}

// TestOwnGenerated holds the generated files of this repository to what the command writes now: the
// suite of services runs on them.
func TestOwnGenerated(t *testing.T) {
	_, stderr, err := runIn(repository(t), buildTool(t), "generate", "-check", "./bindings/service/...")
	if err != nil || stderr != "" {
		t.Errorf("instrument generate -check ./bindings/service/...: %v\n%s", err, stderr)
	}
}
