//go:build instrument

package ginhooks

import (
	"net/http"

	"github.com/gin-gonic/gin"

	"github.com/instrumentgo/instrument/aspects"
	"github.com/instrumentgo/instrument/runtimehooks/httphooks"
)

const library = "github.com/gin-gonic/gin"

// Rules say what gin's handlers are, and make the server span where an engine is served: by the
// program, or by gin's own Run and its like.
var Rules = aspects.Module(
	aspects.Yields("go.opentelemetry.io/contrib/instrumentation/github.com/gin-gonic/gin/otelgin"),
	aspects.Entry("a gin handler", Handler),
	aspects.Rule("New", aspects.Calls(gin.New), aspects.Replace(New)),
	aspects.Rule("Default", aspects.Calls(gin.Default), aspects.Replace(Default)),

	aspects.Rule("ListenAndServe", aspects.Calls(http.ListenAndServe).Dependencies(library), aspects.Replace(httphooks.ListenAndServe)),
	aspects.Rule("ListenAndServeTLS", aspects.Calls(http.ListenAndServeTLS).Dependencies(library), aspects.Replace(httphooks.ListenAndServeTLS)),
	aspects.Rule("Serve", aspects.Calls(http.Serve).Dependencies(library), aspects.Replace(httphooks.Serve)),
	aspects.Rule("Server.ListenAndServe", aspects.Calls((*http.Server).ListenAndServe).Dependencies(library),
		aspects.Replace(httphooks.ServerListenAndServe)),
	aspects.Rule("Server.ListenAndServeTLS", aspects.Calls((*http.Server).ListenAndServeTLS).Dependencies(library),
		aspects.Replace(httphooks.ServerListenAndServeTLS)),
	aspects.Rule("Server.Serve", aspects.Calls((*http.Server).Serve).Dependencies(library), aspects.Replace(httphooks.ServerServe)),
)
