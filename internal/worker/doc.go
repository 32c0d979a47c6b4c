// Package worker is what goes on without anybody asking: the relay that publishes events, and the loops that end deadlines,
// offer deliveries and tidy up.
//
// Every loop may run in any number of processes at once. What must not happen twice is kept from it by Postgres's row locks,
// never by a leader that has to stay alive.
package worker
