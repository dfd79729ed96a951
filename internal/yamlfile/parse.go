package yamlfile

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/lexer"
	"github.com/goccy/go-yaml/parser"
	"github.com/goccy/go-yaml/token"
)

// Error is what is wrong with a file's text.
type Error struct {
	Message string
	Token   *token.Token // where; nil for the file as a whole
}

func (e *Error) Error() string { return e.Message }

// Parse returns the file's only YAML document; nil if it is empty. The error is an [*Error].
func Parse(data []byte) (root ast.Node, err error) {
	data = bytes.TrimPrefix(data, []byte("\ufeff")) // some editors mark the encoding
	defer func() {
		if v := recover(); v != nil { // a panic of the parser must not end the program
			err = &Error{Message: fmt.Sprintf("must be YAML: %v", v)}
		}
	}()
	if err := Bound(data); err != nil {
		return nil, err
	}
	file, err := parser.ParseBytes(data, 0)
	if err != nil {
		return nil, located(err)
	}
	for _, doc := range file.Docs {
		if doc.Body == nil || doc.Body.Type() == ast.CommentType {
			continue
		}
		if root != nil {
			return nil, &Error{"file must hold one document", doc.Body.GetToken()}
		}
		root = doc.Body
	}
	return root, nil
}

// located turns an error of the parser into ours.
func located(err error) *Error {
	var at interface {
		GetMessage() string
		GetToken() *token.Token
	}
	if errors.As(err, &at) {
		return &Error{at.GetMessage(), at.GetToken()}
	}
	return &Error{Message: strings.TrimSpace(err.Error())}
}

const (
	maxDepth = 64 // of mappings and lists within each other: a policy file needs 5
	maxRun   = 16 // tokens in a row that nothing separates: an anchor, a tag and a text are 3
)

// Bound reports what makes a text too much for the parser, which descends into each level and looks
// at a level's tokens again at the next: 64 KiB of brackets take it 20 seconds, and enough of them
// end the program. The scanner takes the same time for every byte. The error is an [*Error].
func Bound(data []byte) error {
	var columns []int // of the block mappings and lists around the token
	flow, run := 0, 0
	for _, t := range lexer.Tokenize(string(data)) {
		run++
		switch t.Type {
		case token.SequenceStartType, token.MappingStartType:
			flow++
			run = 0
		case token.SequenceEndType, token.MappingEndType:
			flow = max(flow-1, 0)
			run = 0
		case token.SequenceEntryType, token.MappingKeyType:
			columns = nested(columns, t.Position.Column)
			run = 0
		case token.MappingValueType:
			if t.Prev != nil && flow == 0 {
				columns = nested(columns, t.Prev.Position.Column)
			}
			run = 0
		case token.CollectEntryType, token.CommentType:
			run = 0
		case token.DocumentHeaderType, token.DocumentEndType:
			columns, run = nil, 0
		}
		if len(columns)+flow > maxDepth {
			return &Error{fmt.Sprintf("mappings and lists must be nested at most %d levels deep", maxDepth), t}
		}
		if run > maxRun {
			return &Error{"a key or value must be one text", t}
		}
	}
	return nil
}

// nested returns the columns with that of a mapping or list, which ends those further right.
func nested(columns []int, column int) []int {
	i, _ := slices.BinarySearch(columns, column)
	return append(columns[:i], column)
}
