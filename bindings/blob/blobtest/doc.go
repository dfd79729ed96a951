// Package blobtest holds a provider of blob to what package blob promises, through the portable
// type: what it declares must work, and what it does not declare must be refused. A case is named
// by what a user would see if it failed.
package blobtest
