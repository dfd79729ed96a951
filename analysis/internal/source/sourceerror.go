package source

import (
	"errors"
	"fmt"
	"go/scanner"
	"go/token"
	"go/types"
	"path/filepath"
	"regexp"
	"strings"

	"golang.org/x/tools/go/packages"

	"github.com/instrumentgo/instrument/analysis/finding"
	"github.com/instrumentgo/instrument/analysis/plan"
)

// errCycle is the error for an import cycle. The listing reports it.
var errCycle = errors.New("import cycle not allowed")

// undefinedDecorator matches the error for a decorator that generate is about to declare.
var undefinedDecorator = regexp.MustCompile(`^undefined: Instrument\p{Lu}`)

func (c *Types) typeError(done *Package, err error) {
	te, ok := err.(types.Error)
	if !ok {
		return
	}
	pos := te.Fset.PositionFor(te.Pos, false)
	if filepath.Base(pos.Filename) == plan.GeneratedFile || undefinedDecorator.MatchString(te.Msg) || c.isPromised(done, te.Msg) {
		return // generate is about to write it
	}
	if te.Soft && strings.Contains(te.Msg, "imported and not used") || strings.HasPrefix(te.Msg, "\t") {
		return // a message that begins with a tab continues the one before
	}
	rule := c.files.Files[pos.Filename] != nil && c.files.Files[pos.Filename].Rule
	if done.Broken = true; !rule && (len(done.Listed.Errors) > 0 || strings.HasSuffix(te.Msg, "("+errCycle.Error()+")")) {
		return // it follows from an error that the listing reported
	}
	if c.graph.isTool(done.Listed) && c.graph.Incomplete(done.Listed.PkgPath) {
		return // go.mod lacks what the package imports, which is reported once, at go.mod
	}
	msg := oneLine(te.Msg)
	if strings.Contains(msg, plan.ModulePath) &&
		(strings.Contains(msg, "no required module") || strings.Contains(msg, missingSum) ||
			strings.Contains(msg, "not in the build") || strings.Contains(msg, "cannot find module")) {
		c.MissingModule(pos)
		return
	}
	if rule {
		hint := "fix the rule file: it is type-checked like any other"
		if strings.HasSuffix(msg, ")") { // the message has its own
			hint = ""
		}
		c.findings.Add(pos, hint, "%s", msg)
		return
	}
	c.findings.Compiler(pos, "%s", msg)
}

// oneLine writes a message of several lines in one.
func oneLine(msg string) string { return strings.Join(strings.Fields(msg), " ") }

// listError reports an error of the go command's listing in the go command's words.
func (c *Types) listError(pkg *packages.Package, e packages.Error) {
	pos := token.Position{Filename: pkg.Dir, Line: 1, Column: 1}
	if len(pkg.GoFiles) > 0 {
		pos.Filename = pkg.GoFiles[0]
	}
	if file, rest, ok := strings.Cut(e.Pos, ":"); ok {
		pos.Filename = file
		fmt.Sscanf(rest, "%d:%d", &pos.Line, &pos.Column)
		if !filepath.IsAbs(file) {
			pos.Filename = filepath.Join(c.cfg.Dir, file)
		}
	}
	c.findings.Compiler(pos, "%s", oneLine(strings.ReplaceAll(e.Msg, " in "+pkg.Dir, " in one folder")))
}

// syntaxError reports the errors of a file that does not parse.
func syntaxError(err error, files *Files, diags *finding.List) {
	list, ok := err.(scanner.ErrorList)
	if !ok {
		diags.Add(token.Position{}, "", "%v", err)
		return
	}
	for i, e := range list {
		if i == 10 { // as the compiler does
			break
		}
		if s := files.Files[e.Pos.Filename]; s != nil && s.Rule {
			diags.Add(e.Pos, "fix the rule file: it is parsed like any other", "syntax error: %s", e.Msg)
			continue
		}
		diags.Compiler(e.Pos, "syntax error: %s", e.Msg)
	}
}

// MissingModule reports that the module cannot resolve the run-time packages that woven code needs.
func (c *Types) MissingModule(pos token.Position, needed ...string) {
	const tool = plan.ModulePath + "/cmd/instrument"
	if c.firstIncomplete(needed) == plan.TelemetryPath {
		c.findings.Add(pos, "write aspects.Include(otelsetup.Rules) in a rule file, and run: go mod tidy",
			"go.mod must require module %s, which //instrument:otel needs", plan.TelemetryPath)
		return
	}
	if hooks := c.graph.Listed[plan.HooksPath]; hooks != nil && len(hooks.Errors) == 0 { // required, without what it imports
		c.findings.Add(pos, "run: go mod edit -tool="+tool+" && go mod tidy",
			"go.mod must require all that package %s imports, which woven code needs", c.firstIncomplete(needed))
		return
	}
	c.findings.Add(pos, "run: go get -tool "+tool, "go.mod must require module %s, which woven code imports", plan.ModulePath)
}

// firstIncomplete returns the first of the run-time packages that lacks something it imports.
func (c *Types) firstIncomplete(needed []string) string {
	for _, path := range needed {
		if c.graph.Incomplete(path) {
			return path
		}
	}
	return plan.HooksPath
}
