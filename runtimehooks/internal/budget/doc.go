// Package budget bounds retries and hedges by a share of recent calls: where most calls fail, as
// many retries as each of them may have would be several times the load, for what is overloaded
// already.
//
// Read [Budget] first.
package budget
