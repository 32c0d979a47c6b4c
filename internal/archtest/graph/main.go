// Command graph draws the import law into docs/architecture.svg. Run it from
// the root of the repository, as `make graph` does.
package main

import (
	"fmt"
	"os"

	"github.com/zoop-dev/zoop/internal/archtest"
)

const picture = "docs/architecture.svg"

func main() {
	if err := os.WriteFile(picture, []byte(archtest.Picture()), 0o644); err != nil { //nolint:gosec // a document to be read by all
		fmt.Fprintln(os.Stderr, "graph:", err)
		os.Exit(1)
	}
}
