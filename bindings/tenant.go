package bindings

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"strings"
)

// tenantKey is the key of the tenant in a context.
type tenantKey struct{}

// WithTenant returns a context whose operations are for the given tenant. The empty name means no
// tenant, and removes that of ctx. The program must take the name from what was authenticated,
// never from what a caller may choose.
func WithTenant(ctx context.Context, tenant string) context.Context {
	return context.WithValue(ctx, tenantKey{}, tenant)
}

// Tenant returns the context's tenant, and false if it has none.
func Tenant(ctx context.Context) (string, bool) {
	tenant, _ := ctx.Value(tenantKey{}).(string)
	return tenant, tenant != ""
}

// Space says whose data an operation uses, and which of their bindings. Different spaces never
// share a byte.
type Space struct {
	Namespace string // the service
	Binding   string // logical name
	Tenant    string // "" where the binding is not scoped to tenants
}

// Name returns the space as a name that any provider accepts: lower-case letters, digits, "-" and
// "_" only, so that it is safe as a file name that ignores case, as a subject token and as an
// identifier. Different spaces have different names, whatever the parts contain, and none has more
// than 150 bytes: the end of a longer one is replaced by a digest.
func (s Space) Name() string {
	parts := []string{Escape(s.Namespace), Escape(s.Binding)}
	if s.Tenant != "" {
		parts = append(parts, Escape(s.Tenant))
	}
	name := strings.Join(parts, "__") // no escaped part contains "__", starts with "_" followed by "_", or is empty
	if len(name) <= longestName {
		return name
	}
	sum := sha256.Sum256([]byte(name))
	return name[:100] + "_h" + hex.EncodeToString(sum[:24]) // "_h" is in no other name
}

// longestName leaves room for what providers add: a file's name and a stream's have at most 255
// bytes.
const longestName = 150

// Escape returns text with every byte except a-z, 0-9 and "-" replaced by "_" and two hexadecimal
// digits. Only the empty text becomes "_0".
func Escape(text string) string {
	const digits = "0123456789abcdef"
	plain := text != ""
	for i := 0; i < len(text) && plain; i++ {
		plain = keeps(text[i])
	}
	if plain {
		return text
	}
	if text == "" {
		return "_0"
	}
	var b strings.Builder
	for i := range len(text) {
		if c := text[i]; keeps(c) {
			b.WriteByte(c)
		} else {
			b.WriteByte('_')
			b.WriteByte(digits[c>>4])
			b.WriteByte(digits[c&15])
		}
	}
	return b.String()
}

func keeps(c byte) bool { return 'a' <= c && c <= 'z' || '0' <= c && c <= '9' || c == '-' }
