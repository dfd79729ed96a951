// Package web serves the shop over HTTP.
package web

import (
	"encoding/json"
	"io"
	"net/http"
	"strconv"

	"github.com/instrumentgo/instrument/examples/shop/inventory"
	"github.com/instrumentgo/instrument/examples/shop/invoices"
	"github.com/instrumentgo/instrument/examples/shop/orders"
)

// maxBody is the most that a request's body may hold, in bytes.
const maxBody = 1 << 20

// Server holds what the handlers need.
type Server struct {
	orders *orders.Service
	stock  *inventory.Warehouse
	clerk  *invoices.Clerk
}

// NewServer returns a server for the services.
func NewServer(service *orders.Service, stock *inventory.Warehouse, clerk *invoices.Clerk) *Server {
	return &Server{orders: service, stock: stock, clerk: clerk}
}

// Handler returns the routes.
func (s *Server) Handler() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("POST /orders", s.placeOrder)
	mux.HandleFunc("GET /orders/{id}", s.getOrder)
	mux.HandleFunc("GET /orders/{id}/invoice", s.invoice)
	mux.HandleFunc("GET /orders/{id}/instalments", s.instalments)
	mux.HandleFunc("POST /carts/{customer}", s.pick)
	mux.HandleFunc("POST /carts/{customer}/order", s.checkOut)
	mux.HandleFunc("GET /stock/{sku}", s.getStock)
	mux.HandleFunc("GET /report", s.report)
	mux.HandleFunc("GET /healthz", s.health)
	return mux
}

// readJSON reads the body of a request, or answers that it is malformed.
func readJSON(w http.ResponseWriter, r *http.Request, into any) bool {
	err := json.NewDecoder(http.MaxBytesReader(w, r.Body, maxBody)).Decode(into)
	if err != nil {
		http.Error(w, "malformed body: "+err.Error(), http.StatusBadRequest)
	}
	return err == nil
}

// placeOrder answers POST /orders.
func (s *Server) placeOrder(w http.ResponseWriter, r *http.Request) {
	var req orders.Request
	if !readJSON(w, r, &req) {
		return
	}
	if req.SKU == "" || req.Card == "" || req.Quantity < 1 {
		http.Error(w, "an order needs a sku, a card and a quantity of at least 1", http.StatusBadRequest)
		return
	}
	order, err := s.orders.Place(r.Context(), req)
	if err != nil {
		writeError(w, err)
		return
	}
	w.Header().Set("Location", "/orders/"+order.ID)
	writeJSON(w, http.StatusCreated, order)
}

// getOrder answers GET /orders/{id}.
func (s *Server) getOrder(w http.ResponseWriter, r *http.Request) {
	order, err := s.orders.Get(r.Context(), r.PathValue("id"))
	if err != nil {
		writeError(w, err)
		return
	}
	writeJSON(w, http.StatusOK, order)
}

// pick answers POST /carts/{customer}: a line for the cart.
func (s *Server) pick(w http.ResponseWriter, r *http.Request) {
	var line orders.Line
	if !readJSON(w, r, &line) {
		return
	}
	if line.SKU == "" || line.Quantity < 1 {
		http.Error(w, "a line needs a sku and a quantity of at least 1", http.StatusBadRequest)
		return
	}
	cart, err := s.orders.Pick(r.Context(), r.PathValue("customer"), line)
	if err != nil {
		writeError(w, err)
		return
	}
	writeJSON(w, http.StatusOK, cart)
}

// checkOut answers POST /carts/{customer}/order: a card to pay the cart with.
func (s *Server) checkOut(w http.ResponseWriter, r *http.Request) {
	var paid struct{ Card string }
	if !readJSON(w, r, &paid) {
		return
	}
	placed, err := s.orders.CheckOut(r.Context(), r.PathValue("customer"), paid.Card)
	if err != nil {
		writeError(w, err)
		return
	}
	writeJSON(w, http.StatusCreated, placed)
}

// invoice answers GET /orders/{id}/invoice.
func (s *Server) invoice(w http.ResponseWriter, r *http.Request) {
	text, err := s.clerk.Invoice(r.Context(), r.PathValue("id"))
	if err != nil {
		writeError(w, err)
		return
	}
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	_, _ = io.WriteString(w, text) // a client that is gone cannot be answered
}

// instalments answers GET /orders/{id}/instalments?months=n: what to pay each month. Nobody thought
// of months=0.
func (s *Server) instalments(w http.ResponseWriter, r *http.Request) {
	months, err := strconv.Atoi(r.FormValue("months"))
	if err != nil {
		http.Error(w, "months must be a number", http.StatusBadRequest)
		return
	}
	order, err := s.orders.Get(r.Context(), r.PathValue("id"))
	if err != nil {
		writeError(w, err)
		return
	}
	writeJSON(w, http.StatusOK, map[string]int{"cents": order.Cents / months})
}

// getStock answers GET /stock/{sku}.
func (s *Server) getStock(w http.ResponseWriter, r *http.Request) {
	item, err := s.stock.Item(r.Context(), r.PathValue("sku"))
	if err != nil {
		writeError(w, err)
		return
	}
	writeJSON(w, http.StatusOK, item)
}

// report answers GET /report?days=n.
func (s *Server) report(w http.ResponseWriter, r *http.Request) {
	days, err := strconv.Atoi(r.FormValue("days"))
	if err != nil || days < 1 {
		http.Error(w, "days must be a positive number", http.StatusBadRequest)
		return
	}
	report, err := s.orders.Report(r.Context(), days)
	if err != nil {
		writeError(w, err)
		return
	}
	writeJSON(w, http.StatusOK, report)
}

// health answers GET /healthz.
//
//instrument:off asked every second by the load balancer, and of no interest
func (s *Server) health(w http.ResponseWriter, r *http.Request) {
	writeJSON(w, http.StatusOK, map[string]string{"status": "ok"})
}
