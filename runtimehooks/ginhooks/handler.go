package ginhooks

import (
	"context"
	"net/http"

	"github.com/gin-gonic/gin"

	"github.com/instrumentgo/instrument/runtimehooks/entryhooks"
)

// Handler describes gin's handlers.
var Handler = entryhooks.Entry[*gin.Context]{
	Context:     requestContext,
	WithContext: withContext,
	Request:     func(c *gin.Context) *http.Request { return c.Request },
	Route:       (*gin.Context).FullPath,
	Status:      func(c *gin.Context) int { return c.Writer.Status() },
	Begun:       func(c *gin.Context) bool { return c.Writer.Written() },
	Refuse:      refuse,
}

// A test's context may have no request, or be nil.

func requestContext(c *gin.Context) context.Context {
	if c == nil || c.Request == nil {
		return context.Background()
	}
	return c.Request.Context()
}

func withContext(c *gin.Context, ctx context.Context) *gin.Context {
	if c.Request != nil {
		c.Request = c.Request.WithContext(ctx)
	}
	return c
}

func refuse(c *gin.Context, r entryhooks.Refusal) {
	if c.Writer.Written() {
		c.Abort()
		return
	}
	r.SetHeader(c.Writer.Header())
	c.AbortWithStatus(r.Status)
}
