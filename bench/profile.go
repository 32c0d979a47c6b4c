package main

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"time"
)

// watch has a server that is about to start tell what it spends its time on, where that was asked for.
func (p *Place) watch(ctx context.Context, cmd *exec.Cmd, address string) error {
	if p.profile == "" {
		return nil
	}
	at, err := freeAddress(ctx)
	if err != nil {
		return err
	}
	cmd.Env = append(cmd.Env, "ZOOP_PPROF="+at)
	p.pprof[address] = at
	return nil
}

// profileSeconds bounds a profile: a load that ends by its count may take much less than its time.
const profileSeconds = 4

// profiled takes a profile of the server under a load; the function that it gives waits for it.
func (p *Place) profiled(ctx context.Context, l Load) (wait func()) {
	at := p.pprof[l.Address]
	if at == "" {
		return func() {}
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		body, err := get(ctx, at, fmt.Sprintf("/debug/pprof/profile?seconds=%d", min(max(1, int(l.For/time.Second)), profileSeconds)))
		if err == nil {
			err = os.WriteFile(filepath.Join(p.profile, time.Now().Format("150405.000")+".pprof"), body, 0o600)
		}
		if err != nil {
			fmt.Fprintln(os.Stderr, "profile:", err)
		}
	}()
	return func() { <-done }
}
