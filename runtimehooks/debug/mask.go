package debug

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/instrumentgo/instrument/runtimehooks"
)

// Keys are tenants, users and tokens, and the text of an error may repeat whatever a caller sent.
// So the page shows neither, nor finds anything by them: of a key it has a mark, by which an
// operator tells one from another and forces its breaker, and of a text the length.

// Reveal has the page show keys and the texts of errors, as much of them as fits.
func Reveal() Option { return func(h *handler) { h.reveals = true } }

// How much of a key, of an error's type and of its text is shown, in characters.
const (
	mostKey  = 80
	mostType = 100
	mostText = 600
)

// masks turns keys into marks.
type masks struct{ secret [32]byte }

func newMasks() *masks {
	m := new(masks)
	rand.Read(m.secret[:]) // never fails
	return m
}

// mark returns what stands for a key: the same for the same key, as long as the handler lives, and
// nothing that could be compared with the marks of likely keys. "" is no key.
func (m *masks) mark(key string) string {
	if key == "" {
		return ""
	}
	mac := hmac.New(sha256.New, m.secret[:])
	mac.Write([]byte(key))
	return "#" + hex.EncodeToString(mac.Sum(nil)[:6])
}

// isMark reports whether a text looks like what mark returns.
func isMark(text string) bool {
	_, err := hex.DecodeString(strings.TrimPrefix(text, "#"))
	return err == nil && len(text) == 13 && text[0] == '#'
}

// mask makes of a site what may be shown. It changes the lists in place.
func (h *handler) mask(s *runtimehooks.SiteState) {
	for i := range s.Errors {
		e := &s.Errors[i]
		e.Type = cut(e.Type, mostType)
		if e.Text = cut(e.Text, mostText); !h.reveals && e.Text != "" {
			e.Text = masked(e.Text)
		}
	}
	if h.reveals {
		return
	}
	for i := range s.Breakers {
		s.Breakers[i].Key = h.masks.mark(s.Breakers[i].Key)
	}
	for i := range s.Limits {
		s.Limits[i].Key = h.masks.mark(s.Limits[i].Key)
	}
}

func masked(text string) string {
	if n := utf8.RuneCountInString(text); n <= mostText {
		return fmt.Sprintf("masked, %s", plural(int64(n), "character"))
	}
	return fmt.Sprintf("masked, more than %d characters", mostText)
}

// keyOf returns the key of a site's breaker that a form means by a key or, as those of the page do,
// by its mark.
func (h *handler) keyOf(function, said string) (string, error) {
	if !isMark(said) {
		return said, nil
	}
	for _, s := range h.source.Sites() {
		if s.Function != function {
			continue
		}
		for _, b := range s.Breakers {
			if b.Key == said || h.masks.mark(b.Key) == said {
				return b.Key, nil
			}
		}
	}
	return "", fmt.Errorf("force breaker: no breaker of %s has the key %s now", function, said)
}

// printable writes characters that cannot be seen, such as those that turn the direction of a text,
// as Go does. Line breaks stay.
func printable(text string) string {
	hidden := func(r rune) bool {
		return r != '\n' && !unicode.IsPrint(r) && !unicode.Is(unicode.Zs, r)
	}
	if strings.IndexFunc(text, hidden) < 0 {
		return text
	}
	var b strings.Builder
	for _, r := range text {
		switch {
		case !hidden(r):
			b.WriteRune(r)
		case r <= 0xffff:
			fmt.Fprintf(&b, `\u%04x`, r)
		default:
			fmt.Fprintf(&b, `\U%08x`, r)
		}
	}
	return b.String()
}
