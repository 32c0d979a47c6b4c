// Package version tells which build this is. The release build sets the variables with -ldflags.
package version

import "runtime/debug"

// Set by the linker; Version is "dev" in a plain build.
var (
	Version = "dev"
	Commit  = ""
	Date    = ""
)

// Revision is the commit the binary was built from: set by the linker, else what the Go tool stamped, else "unknown".
func Revision() string {
	if Commit != "" {
		return Commit
	}
	if info, ok := debug.ReadBuildInfo(); ok {
		for _, s := range info.Settings {
			if s.Key == "vcs.revision" {
				return s.Value
			}
		}
	}
	return "unknown"
}
