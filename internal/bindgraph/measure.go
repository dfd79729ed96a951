package bindgraph

import "strings"

// No font is available where the drawing is made, and we do not know which one will show it. We
// measure a text in DejaVu Sans, the widest of the fonts that the drawing asks for; with the others
// some space remains.

// widths are those of ASCII in DejaVu Sans, in thousandths of the font's size, from the space on.
var widths = [95]int{
	318, 401, 460, 838, 636, 950, 780, 275, 390, 390, 500, 838, 318, 361, 318, 337, // space to /
	636, 636, 636, 636, 636, 636, 636, 636, 636, 636, 337, 337, 838, 838, 838, 531, 1000, // 0 to @
	684, 686, 698, 770, 632, 575, 775, 752, 295, 295, 656, 557, 863, 748, 787, 603, 787, 695, 635, 611, 732, 684, 989, 685, 611, 685, // A to Z
	390, 337, 390, 838, 500, 500, // [ to `
	613, 635, 550, 635, 615, 352, 635, 634, 278, 278, 579, 278, 974, 634, 612, 635, 635, 411, 521, 392, 634, 592, 818, 592, 592, 525, // a to z
	636, 337, 636, 838, // { to ~
}

const (
	otherWidth = 1050 // of a character that is not in the table, such as a Chinese one
	boldWidth  = 115  // of bold, in hundredths of regular
)

// width returns how wide a text is in pixels at a font size.
func width(text string, size int, bold bool) float64 {
	sum := 0
	for _, r := range text {
		switch {
		case r >= ' ' && r <= '~':
			sum += widths[r-' ']
		case strings.ContainsRune("·…", r):
			sum += 700
		case r >= 0xc0 && r < 0x500: // Latin with accents, Greek, Cyrillic
			sum += 800
		default:
			sum += otherWidth
		}
	}
	if bold {
		sum = sum * boldWidth / 100
	}
	return float64(sum*size) / 1000
}

// fitted returns a text that is at most as wide as given. It leaves out the middle of a longer
// text, because names differ at their ends.
func fitted(text string, size int, bold bool, most float64) string {
	if width(text, size, bold) <= most {
		return text
	}
	letters := []rune(text)
	for n := len(letters) - 1; n > 0; n-- {
		head, tail := (n+1)/2, n/2
		short := string(letters[:head]) + "…" + string(letters[len(letters)-tail:])
		if width(short, size, bold) <= most {
			return short
		}
	}
	return "…"
}
