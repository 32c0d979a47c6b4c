package local

import (
	"errors"
	"fmt"
	"os"
	"os/user"
	"path/filepath"
	"strconv"
	"syscall"
)

// account is the user that the stores run as.
type account struct {
	uid, gid int
	name     string
	drop     bool // this process is root and gives the children another identity
}

// childAccount is the current user, except for root, as whom Postgres refuses to run: then it is the owner of the cluster that
// exists, else postgres, else nobody.
func childAccount(cluster string) (account, error) {
	if uid := os.Geteuid(); uid != 0 {
		return account{uid: uid, gid: os.Getegid(), name: strconv.Itoa(uid)}, nil
	}
	if info, err := os.Stat(cluster); err == nil {
		if st, ok := info.Sys().(*syscall.Stat_t); ok && st.Uid != 0 {
			return account{uid: int(st.Uid), gid: int(st.Gid), name: userName(st.Uid), drop: true}, nil
		}
	}
	for _, name := range []string{"postgres", "nobody"} {
		u, err := user.Lookup(name)
		if err != nil {
			continue
		}
		uid, uerr := strconv.Atoi(u.Uid)
		gid, gerr := strconv.Atoi(u.Gid)
		if uerr == nil && gerr == nil && uid != 0 {
			return account{uid: uid, gid: gid, name: name, drop: true}, nil
		}
	}
	return account{}, errors.New("root may not run Postgres, and there is no user postgres or nobody to run it as: " +
		"start zoop as a normal user")
}

func userName(uid uint32) string {
	id := strconv.FormatUint(uint64(uid), 10)
	if u, err := user.LookupId(id); err == nil {
		return u.Username
	}
	return id
}

// credential is what a child's identity is set to, nil to keep ours.
func (a account) credential() *syscall.Credential {
	if !a.drop {
		return nil
	}
	return &syscall.Credential{Uid: uint32(a.uid), Gid: uint32(a.gid)} //nolint:gosec // both came from 32 bits
}

// own makes a directory that only the account may enter.
func (a account) own(dir string) error {
	if err := os.Mkdir(dir, 0o700); err != nil && !errors.Is(err, os.ErrExist) {
		return err
	}
	if !a.drop {
		return nil
	}
	return os.Chown(dir, a.uid, a.gid)
}

// checkReach reports which directory on the way to dir the account cannot pass, and what to do about it.
func (a account) checkReach(dir string) error {
	if !a.drop {
		return nil
	}
	for p := dir; ; p = filepath.Dir(p) {
		info, err := os.Stat(p)
		if err != nil {
			return fmt.Errorf("check data directory: %w", err)
		}
		if st, ok := info.Sys().(*syscall.Stat_t); ok && !a.mayEnter(st, info.Mode()) {
			return fmt.Errorf("user %s, who runs the stores because root must not, cannot enter %s: "+
				"choose another data directory (root's default is /var/lib/zoop) or run: chmod o+x %s", a.name, p, p)
		}
		if p == filepath.Dir(p) {
			return nil
		}
	}
}

func (a account) mayEnter(st *syscall.Stat_t, mode os.FileMode) bool {
	switch {
	case int(st.Uid) == a.uid:
		return mode&0o100 != 0
	case int(st.Gid) == a.gid:
		return mode&0o010 != 0
	default:
		return mode&0o001 != 0
	}
}
