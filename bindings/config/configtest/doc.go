// Package configtest holds a provider of configuration to what package config promises, through the
// portable type: what it declares must work, and what it does not declare must be refused. A case
// is named by what a user would see if it failed.
package configtest
