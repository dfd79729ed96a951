package main

import (
	"bufio"
	"fmt"
	"os"
	"strconv"
	"strings"
	"sync"
)

// worldFile is the name of the file that holds what was done, a line for each.
const worldFile = "world.log"

// world is the warehouse and the payment gateway, which outlive the shop's process: what was asked
// of them once for a key they do not do again.
type world struct {
	mu   sync.Mutex
	file *os.File
	done map[string]bool // "charge KEY"
}

func openWorld(path string) (*world, error) {
	file, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR|os.O_APPEND, 0o600)
	if err != nil {
		return nil, err
	}
	w := &world{file: file, done: map[string]bool{}}
	lines := bufio.NewScanner(file)
	for lines.Scan() {
		what, _, key := parse(lines.Text())
		w.done[what+" "+key] = true
	}
	return w, lines.Err()
}

// note asks the world for something.
func (w *world) note(what string, order int, key string) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	line := fmt.Sprintf("asked:%s %d %s\n", what, order, key)
	if !w.done[what+" "+key] {
		w.done[what+" "+key] = true
		line += fmt.Sprintf("%s %d %s\n", what, order, key)
	}
	_, err := w.file.WriteString(line) // one write: it is there as a whole or not at all
	return err
}

// parse reads a line of the world.
func parse(line string) (what string, order int, key string) {
	_, _ = fmt.Sscan(line, &what, &order, &key)
	return what, order, key
}

// check checks what check-outs that have all ended have left behind.
func check(path string) error {
	data, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	reserved, charged, shipped := map[int]int{}, map[int]int{}, map[int]int{}
	steps := map[int]int{} // the number of the last step that was asked for, by order
	for line := range strings.Lines(string(data)) {
		what, order, key := parse(line)
		switch what {
		case "reserve":
			reserved[order]++
		case "release":
			reserved[order]--
		case "charge":
			charged[order]++
		case "refund":
			charged[order]--
		case "ship":
			shipped[order]++
		case "asked:reserve", "asked:charge", "asked:ship":
			step, err := strconv.Atoi(key[strings.LastIndexByte(key, '/')+1:])
			if err != nil || step < steps[order] {
				return fmt.Errorf("order %d: step %d was done again after step %d (%v)", order, step, steps[order], err)
			}
			steps[order] = step
		}
	}
	for order := range orders {
		want := 1
		if fails(order) {
			want = 0
		}
		if reserved[order] != want || charged[order] != want || shipped[order] != want {
			return fmt.Errorf("order %d: %d reserved, %d charged, %d shipped, want %d of each", order, reserved[order], charged[order], shipped[order], want)
		}
	}
	return nil
}
