// Package logkey is the list of attribute names that logs use, so that one thing has one name in every line.
// Logs never carry personal data: identifiers, codes and counts only.
package logkey

// The attribute names.
const (
	Error     = "error"
	RequestID = "request_id"
	Method    = "method"
	Route     = "route"
	Status    = "status"
	Duration  = "duration_ms"
	Bytes     = "bytes"
	Order     = "order"
	Vendor    = "vendor"
	Courier   = "courier"
	User      = "user"
	Session   = "session"
	Role      = "role"
	Event     = "event"
	Seq       = "seq"
	Epoch     = "epoch"
	Count     = "count"
	Address   = "address"
	Attempt   = "attempt"
	Task      = "task"
	Version   = "version"
	Reused    = "reused"
	Roles     = "roles" // of a process
	Stack     = "stack"
)
