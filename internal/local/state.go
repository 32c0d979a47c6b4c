package local

import (
	"crypto/rand"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"syscall"
)

// roleName owns every database of the cluster; databaseName is the one that zoop uses.
const (
	roleName     = "zoop"
	databaseName = "zoop"
)

// state is what the data directory remembers between starts, in cluster.json.
type state struct {
	PostgresPassword string `json:"postgres_password"`
	PostgresPort     int    `json:"postgres_port"`
	RedisPassword    string `json:"redis_password"`
	RedisPort        int    `json:"redis_port"`
	SocketDir        string `json:"socket_dir"`
}

// loadState reads cluster.json, or makes it with fresh passwords.
func loadState(d layout) (state, error) {
	var s state
	b, err := os.ReadFile(d.state())
	switch {
	case errors.Is(err, os.ErrNotExist):
		s = state{PostgresPassword: rand.Text(), RedisPassword: rand.Text()}
		return s, s.save(d)
	case err != nil:
		return s, fmt.Errorf("read cluster state: %w", err)
	}
	if err := json.Unmarshal(b, &s); err != nil {
		return s, fmt.Errorf("read %s: %w", d.state(), err)
	}
	if s.PostgresPassword == "" || s.RedisPassword == "" {
		return s, fmt.Errorf("read %s: a password is missing", d.state())
	}
	return s, nil
}

func (s state) save(d layout) error {
	b, err := json.MarshalIndent(s, "", "  ")
	if err != nil {
		return fmt.Errorf("encode cluster state: %w", err)
	}
	return writeSecret(d.state(), append(b, '\n'))
}

func (s state) tcpURL(database string) string {
	u := url.URL{
		Scheme: "postgres", User: url.UserPassword(roleName, s.PostgresPassword),
		Host: "127.0.0.1:" + strconv.Itoa(s.PostgresPort), Path: "/" + database, RawQuery: "sslmode=disable",
	}
	return u.String()
}

func (s state) socketURL(database string) string {
	q := url.Values{"host": {s.SocketDir}, "port": {strconv.Itoa(s.PostgresPort)}, "user": {roleName}}
	return "postgres:///" + database + "?" + q.Encode()
}

func (s state) redisURL() string {
	u := url.URL{
		Scheme: "redis", User: url.UserPassword("default", s.RedisPassword),
		Host: "127.0.0.1:" + strconv.Itoa(s.RedisPort), Path: "/0",
	}
	return u.String()
}

// writeSecret replaces a file whole, readable by its owner only. Root writes it for the owner of the directory, so that a
// directory once opened by root stays usable.
func writeSecret(path string, content []byte) (err error) {
	suffix := make([]byte, 6)
	_, _ = rand.Read(suffix)
	tmp := path + "." + hex.EncodeToString(suffix)
	f, err := os.OpenFile(tmp, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return fmt.Errorf("write %s: %w", filepath.Base(path), err)
	}
	defer func() {
		if err != nil {
			_ = os.Remove(tmp)
			err = fmt.Errorf("write %s: %w", filepath.Base(path), err)
		}
	}()
	if info, serr := os.Stat(filepath.Dir(path)); serr == nil && os.Geteuid() == 0 {
		if st, ok := info.Sys().(*syscall.Stat_t); ok {
			err = f.Chown(int(st.Uid), int(st.Gid))
		}
	}
	if err == nil {
		_, err = f.Write(content)
	}
	if err = errors.Join(err, f.Close()); err != nil {
		return err
	}
	return os.Rename(tmp, path)
}

// Owns says whether a URL is that of a private store of a data directory, as its run file told it: whoever starts the
// stores again must not take them for somebody else's. It knows them by their random passwords.
func Owns(dir, storeURL string) bool {
	u, err := url.Parse(storeURL)
	if err != nil || u.User == nil {
		return false
	}
	d, err := resolve(dir)
	if err != nil || !exists(d.state()) {
		return false
	}
	s, err := loadState(d)
	password, _ := u.User.Password()
	return err == nil && (password == s.PostgresPassword || password == s.RedisPassword)
}
