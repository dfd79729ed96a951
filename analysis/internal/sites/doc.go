// Package sites decides for each function which site is woven, or why none is. [Planner.Package]
// plans the functions and decorated interfaces of one package.
package sites
