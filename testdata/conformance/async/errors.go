package async

import "errors"

// ErrNoFallback is the failure that the fallback has no answer to.
var ErrNoFallback = errors.New("no fallback")
