package ginhooks

import (
	"github.com/gin-gonic/gin"

	"github.com/instrumentgo/instrument/runtimehooks/entryhooks"
)

var engines = entryhooks.NewServer("github.com/gin-gonic/gin.Engine", &Handler)

// New is gin.New, for an engine that has a server span for each request, or gives the route of
// requests to the one that there is.
func New(opts ...gin.OptionFunc) *gin.Engine { return served(gin.New(opts...)) }

// Default is gin.Default, likewise.
func Default(opts ...gin.OptionFunc) *gin.Engine { return served(gin.Default(opts...)) }

// served puts a middleware before those that the engine has. Use has the engine notice.
func served(e *gin.Engine) *gin.Engine {
	e.Handlers = append(gin.HandlersChain{serve}, e.Handlers...)
	e.Use()
	return e
}

func serve(c *gin.Context) { engines.Serve(c, (*gin.Context).Next) }
