// Package changes passes the changes of a store on to its watchers.
//
// [Hub] does so for a store that lives in this process; [Next] is how any feed waits for what
// comes.
package changes
