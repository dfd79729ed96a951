// Package secrettest holds a provider of secrets to what package secret promises, through the
// portable type: what it declares must work, and what it does not declare must be refused. A case
// is named by what a user would see if it failed.
package secrettest
