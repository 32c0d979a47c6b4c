// Package mute keeps terminals from being asked for their colours.
//
// Importing Bubble Tea asks for them (OSC 11, and where the cursor is) before main begins, whatever the command, and a terminal that gives
// no answer is waited for, for five seconds. The console does not need to know: --theme and COLORFGBG say it. Nothing but the kind of the
// terminal keeps the question back, so this package hides it until Bubble Tea is there.
//
// It imports os alone, and so is initialised before anything that asks: of the packages whose imports are ready Go initialises that whose
// path comes first, and Bubble Tea waits for os/exec, which waits for os, too, and comes later.
package mute

import "os"

// kind is the variable that tells programs what their terminal can do.
const kind = "TERM"

// hidden is what it said.
var hidden, known = hide()

func hide() (term string, known bool) {
	term, known = os.LookupEnv(kind)
	_ = os.Setenv(kind, "dumb") // of such a terminal nothing is asked
	return term, known
}

// Lift shows the kind of the terminal again. It is to be called once whoever asks is initialised.
func Lift() {
	if known {
		_ = os.Setenv(kind, hidden)
		return
	}
	_ = os.Unsetenv(kind)
}
