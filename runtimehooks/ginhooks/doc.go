// Package ginhooks is the pack for gin, github.com/gin-gonic/gin from v1.10.0 on. A rule file takes
// it by
//
//	aspects.Include(ginhooks.Rules)
//
// It has the functions and methods that begin func(c *gin.Context, …) and have no results woven as
// gin's handlers: aspects.HTTPHandlers() selects them. Their spans are below the server's, to which
// they give the route that gin has matched. A policy refuses a request by c.AbortWithStatus, so
// that no later handler runs.
//
// Its rules make the server span where the program serves by net/http, as httphooks.Rules do, and
// in (*gin.Engine).Run, RunTLS, RunUnix, RunFd and RunListener. The latter is in the code of gin,
// which "instrument go" weaves and the other drivers do not reach: there, the outermost woven
// handler has the server span.
//
// Functions that get a *gin.Context and return something else are no handlers: their spans are
// below that of the context in it. Nor are function literals.
package ginhooks
