package domain

// Request names a request that must have its effect once, however often it arrives.
type Request struct {
	Principal ID     // who asks: the account, or the API key
	Route     string // the operation, with what it is done to; at most 200 bytes
	Key       string // the caller's Idempotency-Key; at most 255 bytes
	Hash      []byte // of the body
}

// Answer is what a request was answered, as it goes over the wire.
type Answer struct {
	Status   int
	Body     []byte
	ETag     string
	Replayed bool // it is an earlier request's answer
}
