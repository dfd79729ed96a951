package analysis

import (
	"context"

	"github.com/instrumentgo/instrument/analysis/internal/source"
	"github.com/instrumentgo/instrument/analysis/internal/survey"
	"github.com/instrumentgo/instrument/internal/underway"
)

// Survey is what a module holds, as init looks at it.
type Survey = survey.Survey

// What a [Survey] consists of.
type (
	SurveyedPackage = survey.Package
	SurveyedMain    = survey.Main
	SurveyedFunc    = survey.Func
	SurveyedService = survey.Service
	SurveyedRules   = survey.RuleFile
)

// What a [SurveyedFunc] does.
const (
	Handles = survey.Handles
	Serves  = survey.Serves
	Asks    = survey.Asks
	Orders  = survey.Orders
	Lasts   = survey.Lasts
)

// Look surveys a main module. It type-checks bodies as well as declarations; errors in either are
// findings. The packages in cfg.Also are listed, so that [Survey.Missing] knows them.
func Look(ctx context.Context, cfg source.Config, module string) (_ *Survey, err error) {
	defer underway.Recover(underway.Work{Verb: "look at", Of: cfg.Dir, Off: underway.OffNowhere}, &err)
	p, ruleFiles, err := source.Load(ctx, cfg)
	switch {
	case source.IsUnsummed(err):
		return &Survey{Unsummed: true}, nil
	case err != nil:
		return nil, err
	}
	return survey.Read(p, ruleFiles, module)
}
