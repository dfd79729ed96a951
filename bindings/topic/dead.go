package topic

import (
	"context"
	"iter"
	"time"

	"github.com/instrumentgo/instrument/bindings"
)

// DeadLetter is a message that a group has given up on.
type DeadLetter[T any] struct {
	Message    T     // zero if it cannot be decoded
	DecodeErr  error // why it cannot be decoded; nil if it can
	Data       []byte
	ID, Key    string // as published
	Letter     string // identifies the dead letter within its group
	Reason     string // the handler's last error
	Published  time.Time
	Died       time.Time
	Deliveries int
}

// deadPage is how many dead letters are read at once.
const deadPage = 100

// DeadLetters returns the dead letters of a group, oldest first. They stay until they are removed
// or [Retention] is over. [Of.Redeliver] delivers one again.
func (o Of[T]) DeadLetters(ctx context.Context, group string) iter.Seq2[DeadLetter[T], error] {
	return func(yield func(DeadLetter[T], error) bool) {
		for cursor := ""; ; {
			page, err := o.deadLetters(ctx, group, cursor)
			if err != nil {
				yield(DeadLetter[T]{}, err)
				return
			}
			for _, d := range page.Letters {
				if !yield(o.deadLetter(d), nil) {
					return
				}
			}
			if cursor = page.Cursor; cursor == "" {
				return
			}
		}
	}
}

func (o Of[T]) deadLetters(ctx context.Context, group, cursor string) (DeadPage, error) {
	c, err := o.begin(ctx, "read dead letters")
	if err != nil {
		return DeadPage{}, err
	}
	defer c.Unwind()
	if err := checkGroup(group); err != nil {
		return DeadPage{}, c.End(err)
	}
	page, err := c.Store.DeadLetters(c.Ctx, group, cursor, deadPage)
	return page, c.End(err)
}

func (o Of[T]) deadLetter(d Dead) DeadLetter[T] {
	letter := DeadLetter[T]{Data: d.Data, ID: d.ID, Key: d.Key, Letter: d.Letter, Reason: d.Reason, Published: d.Published,
		Died: d.Died, Deliveries: d.Deliveries}
	letter.DecodeErr = o.codec.Unmarshal(d.Data, &letter.Message)
	return letter
}

// RemoveDeadLetter removes the dead letter with that Letter from a group; it is not an error if
// there is none.
func (o Of[T]) RemoveDeadLetter(ctx context.Context, group, letter string) error {
	c, err := o.begin(ctx, "remove dead letter")
	if err != nil {
		return err
	}
	defer c.Unwind()
	if err := checkGroup(group); err != nil {
		return c.End(err)
	}
	return c.End(c.Store.RemoveDeadLetter(c.Ctx, group, letter))
}

// Redeliver delivers the dead letter with that Letter again, to its group alone, and removes it
// from the dead letters: the message has the ID, the key and the time of its publishing, its
// deliveries count from one, and among the messages of its key it is the last. That its ID is
// known does not matter. A letter is redelivered once, however often and by however many that is
// asked; who comes late gets NotFound, as for a letter that never was. To publish its message
// instead would deliver it to all groups, or, while its ID is remembered, to none.
func (o Of[T]) Redeliver(ctx context.Context, group, letter string) error {
	c, err := o.begin(ctx, "redeliver")
	if err != nil {
		return err
	}
	defer c.Unwind()
	if err := checkGroup(group); err != nil {
		return c.End(err)
	}
	return c.End(c.Store.Redeliver(c.Ctx, group, letter))
}

// checkGroup refuses a name that no group can have.
func checkGroup(group string) error {
	if group == "" || len(group) > MaxName {
		return bindings.Errorf(bindings.FailedPrecondition, "the group must have a name of at most %d bytes, not %d", MaxName, len(group))
	}
	return nil
}
