// Package migrations holds the schema's history as plain SQL in goose's format, embedded in the binary.
//
// A released file is never edited: a change is a new file with the next number.
package migrations

import "embed"

// FS holds every migration, named NNNNN_title.sql.
//
//go:embed *.sql
var FS embed.FS
