// Package mesh holds the rules of three services that call one another, which are written plainly:
// front, orders and stock. The README says how to start them, and what one request then shows.
package mesh
