package secret

import (
	"crypto/subtle"
	"fmt"
	"io"
	"log/slog"
)

// redacted is what a secret looks like.
const redacted = "[redacted]"

// Secret is a text that is not printed. The zero value is the empty text.
//
// The text is behind a function: printers that look into values, past methods, find nothing to
// follow.
type Secret struct {
	reveal  func() string
	version string
}

// New returns a secret, for tests and for secrets from elsewhere. version may be "".
func New(text, version string) Secret {
	return Secret{func() string { return text }, version}
}

// Reveal returns the text.
func (s Secret) Reveal() string {
	if s.reveal == nil {
		return ""
	}
	return s.reveal()
}

// Version returns what the provider calls this version of the secret: it differs for different
// texts; "" if the provider does not say.
func (s Secret) Version() string { return s.version }

// Equal reports whether the secret is the given text. The time it takes does not show how much of
// it is equal.
func (s Secret) Equal(text string) bool {
	return subtle.ConstantTimeCompare([]byte(s.Reveal()), []byte(text)) == 1
}

// Format implements [fmt.Formatter] for every verb.
func (s Secret) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, redacted) }

// String implements [fmt.Stringer].
func (s Secret) String() string { return redacted }

// GoString implements [fmt.GoStringer].
func (s Secret) GoString() string { return redacted }

// LogValue implements [slog.LogValuer].
func (s Secret) LogValue() slog.Value { return slog.StringValue(redacted) }

// MarshalText implements [encoding.TextMarshaler], and so redacts in JSON, XML and as a key.
func (s Secret) MarshalText() ([]byte, error) { return []byte(redacted), nil }

// MarshalBinary implements [encoding.BinaryMarshaler], and so redacts in gob.
func (s Secret) MarshalBinary() ([]byte, error) { return []byte(redacted), nil }
