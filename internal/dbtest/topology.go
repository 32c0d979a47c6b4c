package dbtest

import (
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/zoop-dev/zoop/internal/local"
)

// nodeConfig is of every Redis here; a replica is ready at once, so that it can take over soon.
const nodeConfig = `bind 127.0.0.1
port %d
save ""
appendonly no
repl-diskless-sync-delay 0
`

// RedisGroup are Redis processes of a test's own of which one takes over when a master ends. They end with the test.
type RedisGroup struct {
	t     testing.TB
	url   string
	nodes map[string]*local.Server // by address
	find  func(ctx context.Context) (string, error)
	whole func(ctx context.Context) bool // every process runs, and every master has its replica
	// follow has a process that came back follow the master, where that is not done at once without it.
	follow func(ctx context.Context, address string) bool
}

// URL is for redis.Open.
func (g *RedisGroup) URL() string { return g.url }

// groupKey is in the slot of the streams.
const groupKey = "zoop:{events}:epoch"

// Master is the address of who is the master of the streams now.
func (g *RedisGroup) Master() string {
	g.t.Helper()
	ctx, cancel := background()
	defer cancel()
	address, err := g.find(ctx)
	fail(g.t, err)
	return address
}

// KillMaster ends the master of the streams as a crash would, and gives its address.
func (g *RedisGroup) KillMaster() string {
	g.t.Helper()
	address := g.Master()
	g.nodes[address].Kill()
	return address
}

// TakeOver kills the master of the streams and brings it back when another has taken its place, whose replica it then is.
func (g *RedisGroup) TakeOver() {
	g.t.Helper()
	g.Rejoin(g.KillMaster())
}

// Rejoin brings back a master that was killed, as a replica: it waits until another has taken its place, and until it has all that one has.
func (g *RedisGroup) Rejoin(killed string) {
	g.t.Helper()
	g.await("another master", func(ctx context.Context) bool {
		address, err := g.find(ctx)
		return err == nil && address != killed
	})
	ctx, cancel := background()
	defer cancel()
	fail(g.t, g.nodes[killed].Start(ctx))
	g.await("whole again", func(ctx context.Context) bool { return g.follow(ctx, killed) && g.whole(ctx) })
}

// newGroup makes the directory of a group, which goes with the test after its processes.
func newGroup(t testing.TB) (g *RedisGroup, bin, dir string) {
	t.Helper()
	bin = local.Find("redis-server", "valkey-server")
	if bin == "" {
		t.Fatalf("dbtest: %v", errNoRedis)
	}
	base, err := baseDir()
	fail(t, err)
	dir, err = os.MkdirTemp(base, "group-")
	fail(t, err)
	fail(t, os.Chmod(dir, 0o711)) //nolint:gosec // root's processes run as another user, who comes through
	g = &RedisGroup{t: t, nodes: map[string]*local.Server{}, follow: func(context.Context, string) bool { return true }}
	t.Cleanup(func() {
		ctx, cancel := background()
		defer cancel()
		var all sync.WaitGroup
		for _, s := range g.nodes {
			all.Go(func() { _ = s.Stop(ctx) })
		}
		all.Wait()
		if err := os.RemoveAll(dir); err != nil {
			t.Errorf("dbtest: %v", err)
		}
	})
	return g, bin, dir
}

// run starts one process of the group and gives its address.
func (g *RedisGroup) run(bin, dir, config string, args ...string) string {
	g.t.Helper()
	ctx, cancel := background()
	defer cancel()
	port := freePort(g.t)
	address := "127.0.0.1:" + strconv.Itoa(port)
	s, err := local.Program{
		Name: strconv.Itoa(port), Bin: bin, Config: fmt.Sprintf(config, port), Args: args,
		Answers: func(ctx context.Context) error { _, err := ask(ctx, address, "PING"); return err },
	}.Run(ctx, dir)
	fail(g.t, err)
	g.nodes[address] = s
	return address
}

func freePort(t testing.TB) int {
	t.Helper()
	port, err := local.FreePort()
	fail(t, err)
	return port
}

// ask sends one command to one process.
func ask(ctx context.Context, address string, command ...any) (any, error) {
	client := redis.NewClient(&redis.Options{Addr: address, MaxRetries: -1, DialTimeout: time.Second, Protocol: 2})
	defer client.Close()
	return client.Do(ctx, command...).Result()
}

// RedisSentinel starts a master, a replica and three Sentinels that have the one follow the other within some two seconds.
func RedisSentinel(t testing.TB) *RedisGroup {
	t.Helper()
	g, bin, dir := newGroup(t)
	master := g.run(bin, dir, nodeConfig)
	host, port, _ := strings.Cut(master, ":")
	g.run(bin, dir, nodeConfig+fmt.Sprintf("replicaof %s %s\n", host, port))
	sentinel := fmt.Sprintf(`bind 127.0.0.1
port %%d
sentinel monitor zoop %s %s 2
sentinel down-after-milliseconds zoop 1500
sentinel failover-timeout zoop 5000
`, host, port)
	var guards []string
	for range 3 {
		guards = append(guards, g.run(bin, dir, sentinel, "--sentinel"))
	}
	g.url = "redis://" + guards[0] + "?master=zoop&addr=" + strings.Join(guards[1:], "&addr=")
	g.find = func(ctx context.Context) (string, error) {
		answer, err := ask(ctx, guards[0], "SENTINEL", "GET-MASTER-ADDR-BY-NAME", "zoop")
		if at, ok := answer.([]any); ok && len(at) == 2 {
			return fmt.Sprintf("%v:%v", at[0], at[1]), nil
		}
		return "", errors.Join(errors.New("no master"), err)
	}
	g.whole = func(ctx context.Context) bool {
		address, err := g.find(ctx)
		return err == nil && g.synced(ctx, address, 1)
	}
	// Sentinels do so as well, after some twenty seconds, and later on a machine that is busy.
	g.follow = func(ctx context.Context, address string) bool {
		master, err := g.find(ctx)
		if err == nil {
			host, port, _ := strings.Cut(master, ":")
			_, err = ask(ctx, address, "REPLICAOF", host, port)
		}
		return err == nil
	}
	g.await("sentinels that know of each other and of the replica", func(ctx context.Context) bool {
		for _, address := range guards {
			answer, err := ask(ctx, address, "INFO", "sentinel")
			if text := fmt.Sprint(answer); err != nil || !strings.Contains(text, "slaves=1,sentinels=3") {
				return false
			}
		}
		return g.synced(ctx, master, 1)
	})
	return g
}

// RedisCluster starts three masters and a replica of each, of which one takes over within some three seconds.
func RedisCluster(t testing.TB) *RedisGroup {
	t.Helper()
	g, bin, dir := newGroup(t)
	const masters, slots = 3, 16384
	var nodes, meet []string // the masters first
	for range 2 * masters {
		bus := strconv.Itoa(freePort(t))
		nodes = append(nodes, g.run(bin, dir, nodeConfig+"cluster-enabled yes\ncluster-port "+bus+"\ncluster-node-timeout 2000\ncluster-allow-replica-migration no\n"))
		meet = append(meet, bus)
	}
	ctx, cancel := background()
	defer cancel()
	command := func(address string, words ...any) any {
		t.Helper()
		answer, err := ask(ctx, address, append([]any{"CLUSTER"}, words...)...)
		fail(t, err)
		return answer
	}
	for n, address := range nodes {
		if n < masters {
			command(address, "ADDSLOTSRANGE", n*slots/masters, (n+1)*slots/masters-1)
		}
		command(address, "SET-CONFIG-EPOCH", n+1)
		host, port, _ := strings.Cut(address, ":")
		command(nodes[0], "MEET", host, port, meet[n])
	}
	g.await("nodes that know of each other", func(ctx context.Context) bool { return g.agreed(ctx, nodes, "cluster_known_nodes:6") })
	for n := range masters {
		command(nodes[masters+n], "REPLICATE", command(nodes[n], "MYID"))
	}
	g.whole = func(ctx context.Context) bool {
		synced := 0
		for _, address := range nodes {
			if g.synced(ctx, address, 1) {
				synced++
			}
		}
		return synced == masters && g.agreed(ctx, nodes, "cluster_state:ok") && g.agreed(ctx, nodes, "cluster_slots_ok:16384")
	}
	g.await("a cluster", g.whole)
	g.url = "redis://" + nodes[0] + "?addr=" + strings.Join(nodes[1:], "&addr=")
	g.find = func(ctx context.Context) (string, error) { return masterOfSlot(ctx, g.living(ctx)) }
	return g
}

func (g *RedisGroup) await(what string, ok func(context.Context) bool) {
	g.t.Helper()
	ctx, cancel := background()
	defer cancel()
	if !Within(slowStart, func() bool { return ok(ctx) }) {
		g.t.Fatalf("dbtest: never %s", what)
	}
}

// agreed says whether all nodes of a cluster say this of it.
func (g *RedisGroup) agreed(ctx context.Context, nodes []string, line string) bool {
	return !slices.ContainsFunc(nodes, func(address string) bool {
		answer, err := ask(ctx, address, "CLUSTER", "INFO")
		return err != nil || !strings.Contains(fmt.Sprint(answer), line)
	})
}

// synced says whether a master has so many replicas that have all it has.
func (g *RedisGroup) synced(ctx context.Context, master string, replicas int) bool {
	answer, err := ask(ctx, master, "INFO", "replication")
	return err == nil && strings.Count(fmt.Sprint(answer), "state=online") == replicas
}

// living is the address of any node that answers.
func (g *RedisGroup) living(ctx context.Context) string {
	for address := range g.nodes {
		if _, err := ask(ctx, address, "PING"); err == nil {
			return address
		}
	}
	return ""
}

// masterOfSlot asks a node of a cluster who is the master of the streams' slot.
func masterOfSlot(ctx context.Context, node string) (string, error) {
	client := redis.NewClient(&redis.Options{Addr: node, Protocol: 2})
	defer client.Close()
	slot, err := client.ClusterKeySlot(ctx, groupKey).Result()
	if err != nil {
		return "", err
	}
	shards, err := client.ClusterShards(ctx).Result()
	for _, s := range shards {
		if !slices.ContainsFunc(s.Slots, func(r redis.SlotRange) bool { return slot >= r.Start && slot <= r.End }) {
			continue
		}
		for _, n := range s.Nodes {
			if n.Role == "master" && n.Health == "online" {
				return n.IP + ":" + strconv.FormatInt(n.Port, 10), nil
			}
		}
	}
	return "", errors.Join(errors.New("nobody has the slot"), err)
}
