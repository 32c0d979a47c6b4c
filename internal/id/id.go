// Package id makes new identifiers.
package id

import "github.com/google/uuid"

// A system call fetches the randomness of sixteen identifiers: every request is given one.
func init() { uuid.EnableRandPool() }

// New gives a UUIDv7 (RFC 9562): unique, and sorting by time of birth. It panics only when the system has no randomness.
func New() [16]byte { return uuid.Must(uuid.NewV7()) }
