package demo

import (
	"encoding/json"
	"fmt"
	"net/http"

	"github.com/instrumentgo/instrument/examples/shop/orders"
	"github.com/instrumentgo/instrument/examples/shop/payments"
)

// scenario is a few requests that show one thing.
type scenario struct {
	title string
	file  string // of the shop, that asks for it
	line  string // of the file, without indentation and final comma
	steps []step
}

// step is one request.
type step struct {
	method, path string
	body         string
	says         string // what is worth knowing of the body
	down         bool   // the payment gateway has an outage
	cooled       bool   // the breaker's cooldown has passed
	placed       int    // orders that it places if it succeeds
}

// orders returns how many orders the step has placed, by the status of its answer.
func (s step) orders(status int) int {
	if status != http.StatusCreated {
		return 0
	}
	return s.placed
}

// accepted is a card that the sandbox charges at once.
const accepted = "4242424242424242"

// scenarios returns everything that the demo does, in order.
func scenarios() []scenario {
	return []scenario{
		{"spans: an order is placed and read", "instrument.go",
			`aspects.Stack("service", aspects.Trace(), aspects.Metrics())`, []step{
				order(2, "mug", accepted, "card is fine"),
				get("/orders/o-1"),
				get("/stock/mug"),
			}},
		{"retry: the payment gateway fails twice, then accepts", "payments/service.go",
			`//instrument:retry attempts=3 initial=20ms if=IsTransient`, []step{
				order(1, "lamp", payments.CardFlaky, "gateway stumbles"),
			}},
		{"breaker: the payment gateway is down, and comes back", "payments/service.go",
			`//instrument:breaker payments failures=3 cooldown=200ms skip=ErrDeclined`, []step{
				during(order(1, "lamp", accepted, "gateway is down")),
				during(order(1, "lamp", accepted, "gateway is still down")),
				after(order(1, "lamp", accepted, "gateway is back")),
			}},
		{"deadline: a report over 30 days takes longer than 150ms", "orders/report.go",
			`//instrument:timeout 150ms`, []step{
				get("/report?days=2"),
				get("/report?days=30"),
			}},
		{"recover: an order in zero instalments divides by zero", "instrument.go",
			`aspects.Stack("handler", aspects.Recover(), aspects.Trace(), aspects.Metrics())`, []step{
				get("/orders/o-1/instalments?months=0"),
			}},
		{"off: the health check asked not to be woven", "web/server.go",
			`//instrument:off asked every second by the load balancer, and of no interest`, []step{
				get("/healthz"),
			}},
		{"errors: a sale of eight orders", "payments/service.go",
			`//instrument:trace kind=client attr=charge.Cents`, sale()},
		{"bindings: a cart is filled and ordered, and a consumer writes the invoices", "invoices/clerk.go",
			`//instrument:subscribe topic=placed`, []step{
				pick("ada", 2, "mug"),
				pick("ada", 1, "lamp"),
				checkOut("ada", accepted, 2),
				checkOut("ada", accepted, 0),
				get("/orders/o-14/invoice"),
				order(61, "vase", accepted, "more than the configuration allows"),
			}},
	}
}

// sale returns eight orders, three of which must fail.
func sale() []step {
	var steps []step
	for i := range 8 {
		switch i {
		case 2, 5:
			steps = append(steps, order(1, "mug", payments.CardDeclined, "card has no money"))
		case 6:
			steps = append(steps, order(50, "vase", accepted, "too many"))
		default:
			steps = append(steps, order(1, "mug", accepted, "card is fine"))
		}
	}
	return steps
}

// order returns a step that places an order.
func order(quantity int, sku, card, says string) step {
	// Strings and numbers always marshal.
	body, _ := json.Marshal(orders.Request{SKU: sku, Quantity: quantity, Card: card})
	return step{
		method: http.MethodPost, path: "/orders", body: string(body),
		says:   fmt.Sprintf("%d × %s, %s", quantity, sku, says),
		placed: 1,
	}
}

// pick returns a step that puts items into a cart.
func pick(customer string, quantity int, sku string) step {
	body, _ := json.Marshal(orders.Line{SKU: sku, Quantity: quantity})
	return step{method: http.MethodPost, path: "/carts/" + customer, body: string(body), says: fmt.Sprintf("%d × %s", quantity, sku)}
}

// checkOut returns a step that orders what is in a cart of so many lines.
func checkOut(customer, card string, lines int) step {
	body, _ := json.Marshal(map[string]string{"card": card})
	return step{method: http.MethodPost, path: "/carts/" + customer + "/order", body: string(body),
		says: fmt.Sprintf("a cart of %d lines", lines), placed: lines}
}

// get returns a step that reads a resource.
func get(path string) step { return step{method: http.MethodGet, path: path} }

// during returns the step while the gateway is down.
func during(s step) step {
	s.down = true
	return s
}

// after returns the step once the breaker lets a call through again.
func after(s step) step {
	s.cooled = true
	return s
}
