package record

import (
	"bufio"
	"bytes"
	"cmp"
	"encoding/json"
	"fmt"
	"io"
	"slices"

	"github.com/instrumentgo/instrument/bindings"
)

// CutError is that a recording ends within a line, as when the program that was recorded has died.
type CutError struct {
	Line int // the one that is not whole, from 1
	Err  error
}

// Error returns "read recording: line 7 is cut: cause".
func (e *CutError) Error() string {
	return fmt.Sprintf("read recording: line %d is cut: %v", e.Line, e.Err)
}

// Unwrap returns Err.
func (e *CutError) Unwrap() error { return e.Err }

// Read reads a recording. If it ends within a line the error is a [*CutError], and the replay is
// that of the lines before; with any other error there is none.
func Read(r io.Reader, options ...ReplayOption) (*Replay, error) {
	lines, err := readLines(r)
	if _, cut := err.(*CutError); err != nil && !cut {
		return nil, err
	}
	replay := newReplay(options)
	for i, l := range lines {
		if i > 0 && l.Seq == lines[i-1].Seq {
			return nil, fmt.Errorf("read recording: two lines have the seq %d", l.Seq)
		}
		if err := replay.add(l); err != nil {
			return nil, err
		}
	}
	return replay, err
}

// readLines returns the lines in the order of their seq.
func readLines(r io.Reader) (lines []line, err error) {
	in := bufio.NewReader(r)
	for n := 1; err == nil; n++ {
		raw, readErr := in.ReadBytes('\n')
		if readErr != nil && readErr != io.EOF {
			return nil, fmt.Errorf("read recording: %w", readErr)
		}
		last := readErr == io.EOF
		if len(bytes.TrimSpace(raw)) > 0 {
			l, parseErr := parse(raw)
			switch {
			case parseErr == nil:
				lines = append(lines, l)
			case last: // no newline: nobody has ended it
				err = &CutError{n, parseErr}
			default:
				return nil, fmt.Errorf("read recording: line %d: %w", n, parseErr)
			}
		}
		if last {
			break
		}
	}
	slices.SortStableFunc(lines, func(a, b line) int { return cmp.Compare(a.Seq, b.Seq) })
	return lines, err
}

func parse(raw []byte) (l line, err error) {
	d := json.NewDecoder(bytes.NewReader(raw))
	d.DisallowUnknownFields() // a word that is not understood would be an answer that is not given
	if err := d.Decode(&l); err != nil {
		return l, err
	}
	switch {
	case l.Seq < 1:
		return l, fmt.Errorf("it must have a seq of at least 1")
	case l.Provider == nil && (l.Kind == "" || l.Op == ""):
		return l, fmt.Errorf("it must have a provider, or a kind and an op")
	case l.Error != nil && codeOf(l.Error.Code) == bindings.Unknown && l.Error.Code != bindings.Unknown.Error():
		return l, fmt.Errorf("there is no error code %q", l.Error.Code)
	}
	return l, nil
}
