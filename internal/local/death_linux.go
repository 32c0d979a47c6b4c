package local

import "syscall"

// setDeathSignal has the kernel send sig to the child when the thread that forked it ends.
func setDeathSignal(attr *syscall.SysProcAttr, sig syscall.Signal) { attr.Pdeathsig = sig }

// watchParent has nothing to do where the kernel watches.
func watchParent(int, syscall.Signal) (stop func()) { return func() {} }
