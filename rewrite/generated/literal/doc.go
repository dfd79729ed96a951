// Package literal writes the values of a generated file: sites with their aspects and options, as
// expressions without side effects.
package literal
