package telemetry

import (
	"io"
	"os"
	"reflect"
	"strings"
	"sync"
	"time"

	"go.opentelemetry.io/otel"
)

// A program that installs no providers loses what its woven functions record, and nothing shows it.
// A person who starts one in a terminal is told so, once.

// patience is how long after the first woven call a program has to install its providers.
const patience = 3 * time.Second

var warned sync.Once

// warn warns in a while, if the program has installed no provider by then.
func warn() {
	warned.Do(func() {
		if watched(os.Stderr) && !strings.EqualFold(os.Getenv("OTEL_SDK_DISABLED"), "true") && !isTest(os.Args[0]) {
			time.AfterFunc(patience, func() { warnOn(os.Stderr, otel.GetTracerProvider(), otel.GetMeterProvider()) })
		}
	})
}

// warnOn writes the warning, if neither provider is one that the program has installed.
func warnOn(w io.Writer, tracers, meters any) {
	if isDefault(tracers) && isDefault(meters) {
		io.WriteString(w, "instrument: spans and metrics go nowhere, because the program installs no OpenTelemetry providers "+
			"(write //instrument:otel above func main, or run: instrument init)\n")
	}
}

// isDefault reports whether a provider is what package otel returns as long as none is installed.
func isDefault(provider any) bool {
	t := reflect.TypeOf(provider)
	return t != nil && t.Kind() == reflect.Pointer && t.Elem().PkgPath() == "go.opentelemetry.io/otel/internal/global"
}

// watched reports whether a person sees what is written to the file.
func watched(f *os.File) bool {
	info, err := f.Stat()
	if err != nil || info.Mode()&os.ModeCharDevice == 0 {
		return false
	}
	null, err := os.Stat(os.DevNull) // a character device, too
	return err != nil || !os.SameFile(info, null)
}

// isTest reports whether a program is what "go test" builds.
func isTest(program string) bool {
	return strings.HasSuffix(strings.TrimSuffix(program, ".exe"), ".test")
}
