package order

import (
	"crypto/subtle"
	"errors"

	"github.com/zoop-dev/zoop/internal/domain"
)

// MaxTries is how many wrong guesses of an order's codes are answered; then they are locked until there are new ones.
const MaxTries = 5

// EventCodesLocked tells that nobody can hand an order over with a code any more, until there are new ones.
const EventCodesLocked = "order.codes_locked"

// Answers to guesses.
var (
	ErrWrongCode = domain.Errorf(domain.Conflict, "order.wrong_code", "the code is not this order's")
	ErrLocked    = domain.Errorf(domain.Conflict, "order.codes_locked", "there were %d wrong guesses; its customer or staff make new codes", MaxTries)
)

// Guess compares a code with the right one and counts it when it is wrong: ErrLocked after too many, also for the right one;
// else wrong. Whoever holds the order stores it after a wrong guess, too.
func (o *Order) Guess(right, guess string, wrong *domain.Error) error {
	if o.Tries >= MaxTries {
		return ErrLocked
	}
	if subtle.ConstantTimeCompare([]byte(right), []byte(guess)) == 1 {
		return nil
	}
	o.Tries++
	return &guessError{wrong}
}

// Guessed says whether an error is a wrong guess, which counts.
func Guessed(err error) bool {
	var e *guessError
	return errors.As(err, &e)
}

// guessError tells a guess from errors that change nothing.
type guessError struct{ told *domain.Error }

// Error implements error.
func (e *guessError) Error() string { return e.told.Error() }

// Unwrap gives what the caller is told.
func (e *guessError) Unwrap() error { return e.told }

// Renew gives an order a new code, and its guesses anew. Conflict "order.ended" for one that is handed over or given up.
func (o *Order) Renew(code string) (domain.Event, error) {
	if !o.State.Live() {
		return domain.Event{}, domain.Errorf(domain.Conflict, "order.ended", "the order is %s: nobody needs its codes any more", o.State)
	}
	o.OrderCode, o.Tries = code, 0
	return domain.Event{Type: "order.codes_renewed"}, nil
}
