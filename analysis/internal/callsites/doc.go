// Package callsites finds the calls that rules select, and plans the functions of the generated
// file that they become calls of. [Planner.Package] plans one package and type-checks its bodies,
// so it is asked only about packages that mention what a rule names.
package callsites
