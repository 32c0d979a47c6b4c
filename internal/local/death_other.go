//go:build !linux

package local

import (
	"os/exec"
	"strconv"
	"syscall"
)

// setDeathSignal has nothing to do where the kernel knows no death signal: watchParent does it.
func setDeathSignal(*syscall.SysProcAttr, syscall.Signal) {}

// watchParent leaves a shell behind that reads a pipe of ours: when this process dies, however, the pipe ends and the shell
// signals the child. Where it cannot be started the next start finds and stops what is left.
func watchParent(pid int, sig syscall.Signal) (stop func()) {
	script := "read line; kill -" + strconv.Itoa(int(sig)) + " " + strconv.Itoa(pid)
	watcher := exec.Command("/bin/sh", "-c", script)
	watcher.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	pipe, err := watcher.StdinPipe()
	if err != nil {
		return func() {}
	}
	if err := watcher.Start(); err != nil {
		_ = pipe.Close()
		return func() {}
	}
	return func() {
		_ = watcher.Process.Kill()
		_ = watcher.Wait()
	}
}
