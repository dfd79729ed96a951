package replay

import (
	"go/types"
	"slices"
	"strings"

	"github.com/instrumentgo/instrument/analysis/internal/signature"
	"github.com/instrumentgo/instrument/analysis/plan"
)

const (
	useNow    = "use workflow.Now"
	useSleep  = "use workflow.Sleep"
	useRandom = "use workflow.Random, or workflow.Key for what identifies a call"
	useStep   = "do it in a step"
)

// rule says of some functions and methods of a package that a body must not call them.
type rule struct {
	path   string
	remedy string
	names  []string // functions, or methods as Type.Method and Type.*; "*" for all functions
	except []string
}

var rules = []rule{
	{"time", useNow, []string{"Now", "Since", "Until"}, nil},
	{"time", useSleep, []string{"After", "AfterFunc", "NewTicker", "NewTimer", "Sleep", "Tick"}, nil},
	{"math/rand", useRandom, []string{"*"}, []string{"New", "NewSource", "NewZipf"}},
	{"math/rand/v2", useRandom, []string{"*"}, []string{"New", "NewChaCha8", "NewPCG", "NewZipf"}},
	{"crypto/rand", useRandom, []string{"*"}, nil},
	{"github.com/google/uuid", useRandom, []string{"New", "NewRandom", "NewString", "NewUUID", "NewV6", "NewV7"}, nil},
	{"os", useStep, []string{"*", "File.*"}, []string{"IsExist", "IsNotExist", "IsPathSeparator", "IsPermission", "IsTimeout"}},
	{"os/exec", useStep, []string{"Cmd.*"}, nil},
	{"net", useStep, []string{"Dial", "DialTimeout", "Listen", "Dialer.*", "Conn.*"}, nil},
	{"net/http", useStep, []string{"Get", "Head", "Post", "PostForm", "Client.*"}, nil},
	{"database/sql", useStep, []string{"DB.*", "Tx.*", "Conn.*", "Stmt.*"}, nil},
	{"sync", "it needs none: call steps at the same time by workflow.All", []string{"Mutex.*", "RWMutex.*", "WaitGroup.*", "Cond.*"}, nil},
}

// forbidden returns the remedy for a function that a body must not call, "" for any other.
func forbidden(fn *types.Func) string {
	path, name := fn.Pkg().Path(), fn.Name()
	all := "*"
	if recv := signature.Receiver(fn); recv != nil {
		name, all = recv.Name()+"."+name, recv.Name()+".*"
	}
	for _, r := range rules {
		if r.path == path && (slices.Contains(r.names, name) || slices.Contains(r.names, all) && !slices.Contains(r.except, name)) {
			return r.remedy
		}
	}
	// What a binding answers changes, and what it does is done again.
	if strings.HasPrefix(path, plan.BindingsPath+"/") && signature.Receiver(fn) != nil {
		return useStep
	}
	return ""
}

// spelled names a function with its package, as code calls it.
func spelled(fn *types.Func) string { return signature.Qualified(fn) }
