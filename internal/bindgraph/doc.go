// Package bindgraph draws what the services of a module get from their platform and from each
// other: as Mermaid, DOT, SVG, a page, and JSON for everything else.
//
// [Of] makes a [Graph] of a plan; each format is a function of it. The same graph gives the same
// bytes.
package bindgraph
