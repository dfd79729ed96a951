package bindgraph

import (
	"cmp"
	"slices"
)

// A drawing has three layers: services on the left, topics and interfaces in the middle, stores on
// the right. A line from a service to a store has a slot of its own in the middle, so that it runs
// between the boxes there and not behind them. Sweeps find the order within a layer: each box moves
// to the average place of its neighbours, and the order with the fewest crossings is kept.

// box has a place in a layer: it is a node, or the slot of a line.
type box struct {
	node    *node // nil for a slot
	key     string
	order   int
	x, y    float64 // of the upper left corner
	w, h    float64
	left    []*link // those that end at the left side
	right   []*link
	average float64
}

// link is a line between neighbouring layers. Its ends have places of their own on the sides of
// their boxes.
type link struct {
	from, to       *box // from is left of to
	edge           *Edge
	fromY, toY     float64
	arrowL, arrowR bool
}

// Sizes in pixels.
const (
	nameSize   = 13
	lineSize   = 11
	nameHeight = 18
	lineHeight = 15
	padX       = 12.0
	padY       = 9.0
	textMost   = 250.0 // longer texts are shortened
	gapY       = 14.0
	slotHeight = 5.0
	slotGap    = 5.0
	gapX       = 90.0
	margin     = 20.0
	headHeight = 26.0
)

// drawing is a graph with a place for everything.
type drawing struct {
	layers        [3][]*box
	links         []*link
	width, height float64
}

// layout gives everything in a graph a place. It may shorten the nodes' texts.
func (g *Graph) layout() *drawing {
	d := &drawing{}
	byID := map[string]*box{}
	nodes := g.nodes()
	for i := range nodes {
		n := &nodes[i]
		b := &box{node: n, key: n.id, h: 2*padY + nameHeight + lineHeight*float64(len(n.lines))}
		n.name = fitted(n.name, nameSize, true, textMost)
		b.w = width(n.name, nameSize, true)
		for j := range n.lines {
			n.lines[j] = fitted(n.lines[j], lineSize, false, textMost)
			b.w = max(b.w, width(n.lines[j], lineSize, false))
		}
		b.w += 2*padX + barWidth
		byID[n.id] = b
		d.layers[n.layer()] = append(d.layers[n.layer()], b)
	}
	between := len(d.layers[layerBetween]) > 0
	for i := range g.Edges {
		d.connect(&g.Edges[i], byID, between)
	}
	d.arrange()
	d.place()
	return d
}

// barWidth is the width of the bar whose color shows a node's kind.
const barWidth = 4.0

// connect adds the lines of an edge.
func (d *drawing) connect(e *Edge, byID map[string]*box, between bool) {
	from, to := byID[e.From], byID[e.To]
	if from == nil || to == nil {
		return
	}
	back := from.node.layer() > to.node.layer()
	if back {
		from, to = to, from
	}
	ends := &link{from: from, to: to, edge: e, arrowL: back, arrowR: !back && e.Does != "offers"}
	if between && to.node.layer()-from.node.layer() == 2 {
		slot := &box{key: e.From + " " + e.To, h: slotHeight}
		d.layers[layerBetween] = append(d.layers[layerBetween], slot)
		d.link(&link{from: from, to: slot, edge: e})
		d.link(&link{from: slot, to: to, edge: e, arrowR: true})
		return
	}
	d.link(ends)
}

func (d *drawing) link(l *link) {
	l.from.right, l.to.left = append(l.from.right, l), append(l.to.left, l)
	d.links = append(d.links, l)
}

// sweeps is how often the layers are rearranged.
const sweeps = 24

// arrange finds an order of each layer in which few lines cross.
func (d *drawing) arrange() {
	for i := range d.layers {
		slices.SortFunc(d.layers[i], func(a, b *box) int { return cmp.Compare(a.key, b.key) })
		number(d.layers[i])
	}
	best, least := d.orders(), d.crossings()
	for sweep := range sweeps {
		if sweep%2 == 0 {
			for i := 1; i < 3; i++ {
				reorder(d.layers[i], func(b *box) []*link { return b.left }, func(l *link) *box { return l.from })
			}
		} else {
			for i := 1; i >= 0; i-- {
				reorder(d.layers[i], func(b *box) []*link { return b.right }, func(l *link) *box { return l.to })
			}
		}
		for i := range d.layers {
			exchange(d.layers[i])
		}
		if n := d.crossings(); n < least {
			best, least = d.orders(), n
		}
	}
	d.layers = best
	for _, layer := range d.layers {
		number(layer)
	}
}

func number(layer []*box) {
	for i, b := range layer {
		b.order = i
	}
}

func (d *drawing) orders() (copied [3][]*box) {
	for i := range d.layers {
		copied[i] = slices.Clone(d.layers[i])
	}
	return copied
}

// reorder sorts a layer by the average place of the boxes that each box is linked to on one side. A
// box without links stays about where it was.
func reorder(layer []*box, side func(*box) []*link, other func(*link) *box) {
	for _, b := range layer {
		links := side(b)
		b.average = float64(b.order)
		if len(links) > 0 {
			sum := 0
			for _, l := range links {
				sum += other(l).order
			}
			b.average = float64(sum) / float64(len(links))
		}
	}
	slices.SortStableFunc(layer, func(a, b *box) int { return cmp.Or(cmp.Compare(a.average, b.average), cmp.Compare(a.key, b.key)) })
	number(layer)
}

// exchange swaps neighbours as long as that makes fewer of their lines cross.
func exchange(layer []*box) {
	for range layer {
		swapped := false
		for i := 1; i < len(layer); i++ {
			if above, below := layer[i-1], layer[i]; crossed(below, above) < crossed(above, below) {
				layer[i-1], layer[i] = below, above
				number(layer)
				swapped = true
			}
		}
		if !swapped {
			return
		}
	}
}

// crossed counts how many lines of two boxes of a layer cross if the first is above the second.
func crossed(above, below *box) (n int) {
	for _, a := range above.left {
		for _, b := range below.left {
			if a.from.order > b.from.order {
				n++
			}
		}
	}
	for _, a := range above.right {
		for _, b := range below.right {
			if a.to.order > b.to.order {
				n++
			}
		}
	}
	return n
}

// crossings counts the pairs of lines that cross.
func (d *drawing) crossings() (n int) {
	for i, a := range d.links {
		for _, b := range d.links[i+1:] {
			if a.from.layer() != b.from.layer() {
				continue
			}
			if (a.from.order-b.from.order)*(a.to.order-b.to.order) < 0 {
				n++
			}
		}
	}
	return n
}

func (b *box) layer() int {
	if b.node == nil {
		return layerBetween
	}
	return b.node.layer()
}

// place gives boxes and ends of lines their coordinates.
func (d *drawing) place() {
	heights := [3]float64{}
	x := margin
	for i, layer := range d.layers {
		w := 0.0
		for j, b := range layer {
			w = max(w, b.w)
			if j > 0 {
				heights[i] += gap(layer[j-1], b)
			}
			heights[i] += b.h
		}
		for _, b := range layer {
			b.x, b.w = x, w
		}
		if len(layer) > 0 {
			x += w + gapX
		}
	}
	d.width = max(x-gapX+margin, 2*margin)
	tallest := max(heights[0], heights[1], heights[2])
	d.height = tallest + 2*margin + headHeight
	for i, layer := range d.layers {
		y := margin + headHeight + (tallest-heights[i])/2
		for j, b := range layer {
			if j > 0 {
				y += gap(layer[j-1], b)
			}
			b.y = y
			y += b.h
		}
	}
	for _, layer := range d.layers {
		for _, b := range layer {
			spread(b, b.right, func(l *link) *box { return l.to }, func(l *link, y float64) { l.fromY = y })
			spread(b, b.left, func(l *link) *box { return l.from }, func(l *link, y float64) { l.toY = y })
		}
	}
}

// gap is the space between two boxes of a layer. Slots are close to each other.
func gap(above, below *box) float64 {
	if above.node == nil && below.node == nil {
		return slotGap
	}
	return gapY
}

// spread gives the lines on one side of a box separate ends, in the order of the boxes that they
// lead to.
func spread(b *box, links []*link, other func(*link) *box, set func(*link, float64)) {
	slices.SortStableFunc(links, func(l, m *link) int {
		return cmp.Or(cmp.Compare(other(l).y+other(l).h/2, other(m).y+other(m).h/2), cmp.Compare(l.edge.Does, m.edge.Does),
			cmp.Compare(l.edge.Label, m.edge.Label))
	})
	for i, l := range links {
		set(l, b.y+b.h*float64(i+1)/float64(len(links)+1))
	}
}
