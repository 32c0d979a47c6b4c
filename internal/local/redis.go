package local

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/alicebob/miniredis/v2"
)

// openRedis starts Redis, or its imitation where no Redis is installed.
func (c *Cluster) openRedis(ctx context.Context) error {
	bin := Find("redis-server", "valkey-server")
	if bin == "" {
		c.opts.Progress("no Redis found: starting an imitation")
		demo, err := startDemo(&c.state.RedisPort, c.state.RedisPassword)
		if err != nil {
			return fmt.Errorf("start demo redis: %w", err)
		}
		c.demo = demo
		return nil
	}
	c.opts.Progress("starting Redis")
	if err := c.user.own(c.dir.redis()); err != nil {
		return fmt.Errorf("make redis directory: %w", err)
	}
	s := &Server{
		name:    "redis",
		logPath: filepath.Join(c.dir.logs(), "redis.log"),
		steps:   []stopStep{{syscall.SIGTERM, 3 * time.Second}, {syscall.SIGKILL, 3 * time.Second}},
	}
	s.boot = func(ctx context.Context) (*child, error) { return c.bootRedis(ctx, bin, s.logPath) }
	if err := startSomewhere(ctx, s, &c.state.RedisPort); err != nil {
		return err
	}
	c.redis = s
	return nil
}

// redisConfig is fed on standard input, so that the password shows in no file and in no process list.
func (c *Cluster) redisConfig() string {
	databases := 16
	if c.opts.Unsafe {
		databases = UnsafeRedisDatabases
	}
	lines := []string{
		"bind 127.0.0.1",
		"port " + strconv.Itoa(c.state.RedisPort),
		"requirepass " + c.state.RedisPassword,
		"dir " + strconv.Quote(c.dir.redis()),
		`save ""`, // disposable: what is lost is rebuilt from Postgres
		"appendonly no",
		"maxmemory 256mb",
		"maxmemory-policy noeviction",
		"databases " + strconv.Itoa(databases),
		"daemonize no",
	}
	return strings.Join(lines, "\n") + "\n"
}

// UnsafeRedisDatabases is how many logical databases an Unsafe Redis has.
const UnsafeRedisDatabases = 256

func (c *Cluster) bootRedis(ctx context.Context, bin, logPath string) (*child, error) {
	cmd := exec.Command(bin, "-")
	cmd.Dir, cmd.Stdin = "/", strings.NewReader(c.redisConfig())
	return boot(ctx, cmd, c.user, "redis", logPath, c.checkRedis)
}

// checkRedis asks the Redis at our port whether it is the process p: one that a dead zoop left may answer there, too.
func (c *Cluster) checkRedis(p *child) error {
	info, err := askRedis(c.state.RedisPort, c.state.RedisPassword, "INFO server")
	if err == nil && !strings.Contains(info, "\r\nprocess_id:"+strconv.Itoa(p.pid)+"\r\n") {
		return errNotReady
	}
	return err
}

// shutdownRedis ends a Redis that a dead zoop left at our port. Whoever knows the password is ours.
func shutdownRedis(port int, password string) {
	if port == 0 {
		return
	}
	if _, err := askRedis(port, password, "SHUTDOWN NOSAVE"); err != nil {
		return
	}
	for end := time.Now().Add(3 * time.Second); time.Now().Before(end) && !portFree(port); {
		time.Sleep(pollEvery)
	}
}

// askRedis sends one command, but only to a Redis that takes the password, and returns whatever it answers.
func askRedis(port int, password, command string) (string, error) {
	conn, err := net.DialTimeout("tcp4", "127.0.0.1:"+strconv.Itoa(port), time.Second)
	if err != nil {
		return "", err
	}
	defer conn.Close()
	_ = conn.SetDeadline(time.Now().Add(time.Second))
	if _, err := io.WriteString(conn, "AUTH "+password+"\r\n"); err != nil {
		return "", err
	}
	answers := bufio.NewReader(io.LimitReader(conn, maxAnswer))
	if line, err := answers.ReadString('\n'); strings.TrimSpace(line) != "+OK" {
		return "", errors.Join(fmt.Errorf("redis answered %.40q", line), err)
	}
	if _, err := io.WriteString(conn, command+"\r\nQUIT\r\n"); err != nil {
		return "", err
	}
	answer, _ := io.ReadAll(answers) // one that shuts down may cut it short
	return string(answer), nil
}

const maxAnswer = 16 << 10

// demoRedis imitates Redis in this process. It forgets to expire keys by itself, so a ticker moves its clock.
type demoRedis struct {
	server *miniredis.Miniredis
	stop   context.CancelFunc
	done   chan struct{}
}

const demoTick = 100 * time.Millisecond

// startDemo starts it on a port, or on another when that one has been taken in the meantime.
func startDemo(port *int, password string) (*demoRedis, error) {
	server := miniredis.NewMiniRedis()
	server.RequireAuth(password)
	for try := 1; ; try++ {
		err := server.StartAddr("127.0.0.1:" + strconv.Itoa(*port))
		if err == nil {
			break
		}
		if try == startTries {
			return nil, err
		}
		if *port, err = choosePort(*port); err != nil {
			return nil, err
		}
	}
	ctx, cancel := context.WithCancel(context.Background())
	d := &demoRedis{server: server, stop: cancel, done: make(chan struct{})}
	go func() {
		defer close(d.done)
		for pause(ctx, demoTick) {
			server.FastForward(demoTick)
		}
	}()
	return d, nil
}

func (d *demoRedis) close() {
	d.stop()
	<-d.done
	d.server.Close()
}
