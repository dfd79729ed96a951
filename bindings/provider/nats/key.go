package nats

import (
	"encoding/hex"
	"fmt"
	"strings"
)

// A key's subject has a token for each part between slashes. Of a part, letters, digits, "-" and
// "_" stand for themselves and any other byte becomes "=" and two hexadecimal digits; an empty part
// becomes "=".

// subjectOf returns the tokens of a key.
func subjectOf(key string) string {
	var b strings.Builder
	b.Grow(len(key) + 8)
	for i, part := range strings.Split(key, "/") {
		if i > 0 {
			b.WriteByte('.')
		}
		writeToken(&b, part)
	}
	return b.String()
}

func writeToken(b *strings.Builder, part string) {
	const digits = "0123456789ABCDEF"
	if part == "" {
		b.WriteByte('=')
		return
	}
	for i := range len(part) {
		if c := part[i]; plain(c) {
			b.WriteByte(c)
		} else {
			b.WriteByte('=')
			b.WriteByte(digits[c>>4])
			b.WriteByte(digits[c&15])
		}
	}
}

func plain(c byte) bool {
	return 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9' || c == '-' || c == '_'
}

// keyOf is the reverse of subjectOf.
func keyOf(subject string) (string, error) {
	var b strings.Builder
	for i, token := range strings.Split(subject, ".") {
		if i > 0 {
			b.WriteByte('/')
		}
		if token == "=" {
			continue
		}
		for {
			text, rest, escaped := strings.Cut(token, "=")
			b.WriteString(text)
			if !escaped {
				break
			}
			if len(rest) < 2 {
				return "", fmt.Errorf("parse subject %q: it is not one of this package", subject)
			}
			c, err := hex.DecodeString(rest[:2])
			if err != nil {
				return "", fmt.Errorf("parse subject %q: %w", subject, err)
			}
			b.Write(c)
			token = rest[2:]
		}
	}
	return b.String(), nil
}

// filterOf returns the narrowest subject with wildcards that every key with a prefix has: that of
// its whole parts.
func filterOf(prefix string) string {
	i := strings.LastIndexByte(prefix, '/')
	if i < 0 {
		return ">"
	}
	return subjectOf(prefix[:i]) + ".>"
}
