package redishooks

import (
	"strings"

	"github.com/redis/go-redis/v9"
)

// operation returns the name of a command: "GET", "CLUSTER SLOTS".
func operation(cmd redis.Cmder) string { return strings.ToUpper(cmd.FullName()) }

// batch returns the name of a pipeline or transaction: "PIPELINE", "MULTI", "PIPELINE GET".
func batch(cmds []redis.Cmder) string {
	name := "PIPELINE"
	if inside := within(cmds); inside != nil {
		name, cmds = "MULTI", inside
	}
	for _, cmd := range cmds[1:] {
		if cmd.FullName() != cmds[0].FullName() {
			return name
		}
	}
	return name + " " + operation(cmds[0])
}

// size returns how many commands are sent at once, without those that begin and end a transaction.
func size(cmds []redis.Cmder) int {
	if inside := within(cmds); inside != nil {
		return len(inside)
	}
	return len(cmds)
}

// within returns the commands of a transaction, nil of what is none.
func within(cmds []redis.Cmder) []redis.Cmder {
	if len(cmds) > 2 && cmds[0].Name() == "multi" && cmds[len(cmds)-1].Name() == "exec" {
		return cmds[1 : len(cmds)-1]
	}
	return nil
}

// connect reports whether all of the commands make a connection ready.
func connect(cmds []redis.Cmder) bool {
	for _, cmd := range cmds {
		if !connects(cmd) {
			return false
		}
	}
	return true
}

// connects reports whether a command makes a connection ready, as the client does by itself. Newer
// versions show these to hooks.
func connects(cmd redis.Cmder) bool {
	switch cmd.Name() {
	case "hello", "auth", "select", "readonly":
		return true
	case "client":
		if args := cmd.Args(); len(args) > 1 {
			switch word, _ := args[1].(string); strings.ToLower(word) {
			case "setname", "setinfo", "tracking", "maint_notifications":
				return true
			}
		}
	}
	return false
}
