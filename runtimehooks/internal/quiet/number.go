package quiet

import "runtime"

// number returns the number of the running goroutine, which a stack trace begins with:
// "goroutine 7 [running]:".
func number() uintptr {
	var text [40]byte
	n := uintptr(0)
	for _, c := range text[len("goroutine "):runtime.Stack(text[:], false)] {
		if c < '0' || c > '9' {
			break
		}
		n = 10*n + uintptr(c-'0')
	}
	return n
}
