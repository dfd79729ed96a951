// Command kill kills check-outs of a shop, in the middle and without warning, again and again until
// all have ended, and checks what they have left behind:
//
//	go -C bindings/provider/dbos run ./kill -kills 200
//
// Each round has 50 check-outs at once, and five of them fail at their last step. However often their
// process ended, no card is charged twice, none without an order that is shipped, the stock adds
// up, every run ends, and no step is done again after a later one has begun.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"log"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"time"
)

func main() {
	log.SetFlags(0)
	log.SetPrefix("kill: ")
	kills := flag.Int("kills", 200, "how often to kill the process, at least")
	seed := flag.Uint64("seed", 1, "decides when")
	child := flag.String("child", "", "folder of the check-outs to execute: how the command calls itself")
	flag.Parse()
	if *child != "" {
		if err := serve(context.Background(), *child); err != nil {
			log.Fatal(err)
		}
		return
	}
	if err := run(*kills, rand.New(rand.NewPCG(*seed, 0))); err != nil {
		log.Fatal(err)
	}
}

// run makes rounds until there were enough kills.
func run(least int, random *rand.Rand) error {
	start, kills, rounds := time.Now(), 0, 0
	for kills < least {
		folder, err := os.MkdirTemp("", "kill")
		if err != nil {
			return err
		}
		n, err := round(folder, random)
		if err != nil {
			return fmt.Errorf("round %d, whose files are in %s: %w", rounds+1, folder, err)
		}
		if err := os.RemoveAll(folder); err != nil {
			return err
		}
		kills, rounds = kills+n, rounds+1
	}
	fmt.Printf("%d kills in %d rounds of %d check-outs, %v: all ended, charged once, and the stock adds up\n",
		kills, rounds, orders, time.Since(start).Round(time.Second))
	return nil
}

// round executes check-outs until all have ended, and kills the process again and again.
func round(folder string, random *rand.Rand) (kills int, err error) {
	for {
		ended, err := life(folder, time.Duration(50+random.IntN(700))*time.Millisecond)
		if err != nil {
			return kills, err
		}
		if ended {
			return kills, check(filepath.Join(folder, worldFile))
		}
		kills++
	}
}

// life starts a process and kills it after a time. It returns true if the check-outs have ended
// before.
func life(folder string, after time.Duration) (ended bool, err error) {
	program, err := os.Executable()
	if err != nil {
		return false, err
	}
	cmd := exec.Command(program, "-child", folder)
	cmd.Stderr = os.Stderr
	if err := cmd.Start(); err != nil {
		return false, err
	}
	timer := time.AfterFunc(after, func() { _ = cmd.Process.Kill() }) // SIGKILL; it may have ended
	defer timer.Stop()
	err = cmd.Wait()
	if exit, ok := errors.AsType[*exec.ExitError](err); ok && !exit.Exited() {
		return false, nil
	}
	return err == nil, err
}
