package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/instrumentgo/instrument/examples/shop/orders"
	"github.com/instrumentgo/instrument/examples/shop/payments"
)

// started is the shop in a process of its own.
type started struct {
	cmd  *exec.Cmd
	base string // URL
	log  *bufio.Reader
}

// start starts the shop on an environment and waits until it serves.
func start(t *testing.T, env string) *started {
	t.Helper()
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	s := &started{cmd: exec.CommandContext(t.Context(), exe, "-addr", "127.0.0.1:0", "-env", env)}
	s.cmd.Env = append(os.Environ(), "SHOP_TEST_RUNS_MAIN=1", "SHOP_GATEWAY_KEY="+payments.SandboxKey)
	stderr, err := s.cmd.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := s.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	s.log = bufio.NewReader(stderr)
	line, err := s.log.ReadString('\n')
	if err != nil {
		t.Fatalf("the shop ended: %s", line)
	}
	_, s.base, _ = strings.Cut(strings.TrimSpace(line), "serving on ")
	return s
}

// stop tells the shop to stop, and waits until it has.
func (s *started) stop(t *testing.T) {
	t.Helper()
	if err := s.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	rest, _ := io.ReadAll(s.log)
	if err := s.cmd.Wait(); err != nil || len(rest) > 0 {
		t.Errorf("the shop must stop without an error, not with %v: %s", err, rest)
	}
}

// order places an order, and returns its ID, "" if the shop did not take it.
func (s *started) order() string {
	body := fmt.Sprintf(`{"sku": "mug", "quantity": 1, "card": %q}`, "4242424242424242")
	response, err := http.Post(s.base+"/orders", "application/json", strings.NewReader(body))
	if err != nil {
		return ""
	}
	defer response.Body.Close()
	var placed orders.Order
	if response.StatusCode != http.StatusCreated || json.NewDecoder(response.Body).Decode(&placed) != nil {
		return ""
	}
	return placed.ID
}

// A shop that gets a signal to stop while orders come in finishes those that it has taken, and of
// their events loses none.
func TestStopsInOrder(t *testing.T) {
	env := edited(t, map[string]string{"carts": "file:FOLDER/kv", "orders": "file:FOLDER/kv", "numbers": "file:FOLDER/kv", "invoices": "file:FOLDER/blobs",
		"placed": "nats+embedded:FOLDER/nats", "stock": "sqlite:FOLDER/stock.db"})
	shop := start(t, env)
	var mu sync.Mutex
	var taken []string
	enough := make(chan struct{})
	var customers sync.WaitGroup
	for range 4 {
		customers.Go(func() {
			for id := shop.order(); id != ""; id = shop.order() {
				mu.Lock()
				if taken = append(taken, id); len(taken) == 20 {
					close(enough)
				}
				mu.Unlock()
			}
		})
	}
	select {
	case <-enough: // more are under way
	case <-time.After(time.Minute):
		t.Fatalf("the shop took %d orders in a minute", len(taken))
	}
	shop.stop(t)
	customers.Wait()

	shop = start(t, env)
	for _, id := range taken {
		if text := shop.invoice(t, id); !strings.HasPrefix(text, "Invoice "+id+"\n") {
			t.Errorf("the invoice of %s is %q", id, text)
		}
	}
	shop.stop(t)
}

// invoice returns an order's invoice, which may be written a little later.
func (s *started) invoice(t *testing.T, id string) string {
	t.Helper()
	for end := time.Now().Add(20 * time.Second); ; time.Sleep(20 * time.Millisecond) {
		response, err := http.Get(s.base + "/orders/" + id + "/invoice")
		if err != nil {
			t.Fatal(err)
		}
		text, err := io.ReadAll(response.Body)
		response.Body.Close()
		if err != nil {
			t.Fatal(err)
		}
		if response.StatusCode == http.StatusOK || time.Now().After(end) {
			return string(text)
		}
	}
}
