package pictures_test

import (
	"bytes"
	"context"
	"errors"
	"image"
	"image/color"
	"image/png"
	"io"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/stretchr/testify/require"

	"github.com/zoop-dev/zoop/internal/app/pictures"
	"github.com/zoop-dev/zoop/internal/dbtest"
	"github.com/zoop-dev/zoop/internal/domain"
	"github.com/zoop-dev/zoop/internal/domain/account"
	"github.com/zoop-dev/zoop/internal/id"
	"github.com/zoop-dev/zoop/internal/media"
	"github.com/zoop-dev/zoop/internal/postgres"
)

// bundle is the service on a database and a directory of its own, with two people who may show a picture.
type bundle struct {
	*pictures.Service
	t          *testing.T
	ctx        context.Context
	db         *postgres.DB
	pool       *pgxpool.Pool
	dir        string
	store      *gated
	asha, ravi domain.ID
}

// gated is a store whose deletions can be held up, or fail.
type gated struct {
	media.Store
	mu      sync.Mutex
	entered chan struct{} // nil: nothing is held up
	open    chan struct{}
	broken  error
}

func (g *gated) Delete(ctx context.Context, name string) error {
	g.mu.Lock()
	entered, open, broken := g.entered, g.open, g.broken
	g.entered = nil
	g.mu.Unlock()
	if entered != nil {
		close(entered)
		<-open
	}
	if broken != nil {
		return broken
	}
	return g.Store.Delete(ctx, name)
}

func setup(t *testing.T) *bundle {
	t.Helper()
	t.Parallel()
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Minute)
	t.Cleanup(cancel)
	db, err := postgres.Open(ctx, dbtest.URL(t), postgres.Options{MaxConns: 8})
	require.NoError(t, err)
	t.Cleanup(db.Close)
	dir := t.TempDir()
	store, err := media.OpenDirectory(dir)
	require.NoError(t, err)
	b := &bundle{t: t, ctx: ctx, db: db, pool: db.Pool(), dir: dir, store: &gated{Store: store}, asha: id.New(), ravi: id.New()}
	b.Service = pictures.New(db, b.store)
	for _, who := range []domain.ID{b.asha, b.ravi} {
		b.exec("INSERT INTO users (id, email, first_name, role) VALUES ($1, $2, 'A', 'customer')", who, who.String()+"@example.com")
	}
	return b
}

func (b *bundle) exec(sql string, args ...any) {
	b.t.Helper()
	_, err := b.pool.Exec(b.ctx, sql, args...)
	require.NoError(b.t, err)
}

func (b *bundle) rows() (n int) {
	b.t.Helper()
	require.NoError(b.t, b.pool.QueryRow(b.ctx, "SELECT count(*) FROM pictures").Scan(&n))
	return n
}

// files counts what lies in the store.
func (b *bundle) files() (n int) {
	b.t.Helper()
	require.NoError(b.t, filepath.WalkDir(b.dir, func(_ string, e os.DirEntry, err error) error {
		if err == nil && !e.IsDir() {
			n++
		}
		return err
	}))
	return n
}

// picture is a file of one shade.
func picture(shade byte) []byte {
	img := image.NewGray(image.Rect(0, 0, 16, 16))
	for i := range img.Pix {
		img.Pix[i] = color.Gray{Y: shade}.Y
	}
	var file bytes.Buffer
	if err := png.Encode(&file, img); err != nil {
		panic(err)
	}
	return file.Bytes()
}

func (b *bundle) keep(shade byte) string {
	b.t.Helper()
	key, err := b.Keep(b.ctx, picture(shade))
	require.NoError(b.t, err)
	return key
}

func (b *bundle) show(who domain.ID, key string) error {
	_, err := b.db.ChangePicture(b.ctx, who, func(account.User) (string, error) { return key, nil })
	return err
}

// age lets a while pass since pictures were put aside.
func (b *bundle) age(by time.Duration) {
	b.t.Helper()
	b.exec("UPDATE pictures SET idle_since = idle_since - $1::interval", by)
}

func (b *bundle) collect() {
	b.t.Helper()
	more, err := b.Collect(b.ctx)
	require.NoError(b.t, err)
	require.False(b.t, more)
}

// whole makes sure that every file of a picture is there.
func (b *bundle) whole(key string) {
	b.t.Helper()
	for _, side := range media.Sides {
		file, size, err := b.Open(b.ctx, media.Name(key, side))
		require.NoError(b.t, err)
		text, err := io.ReadAll(file)
		require.NoError(b.t, err)
		require.NoError(b.t, file.Close())
		require.Len(b.t, text, int(size))
	}
}

func TestTheSamePictureIsKeptOnce(t *testing.T) {
	b := setup(t)
	key := b.keep(1)
	require.Equal(t, key, b.keep(1))
	require.NotEqual(t, key, b.keep(200))
	require.Equal(t, 2, b.rows())
	require.Equal(t, 6, b.files())
	b.whole(key)
}

func TestWhatIsNoPictureLeavesNothing(t *testing.T) {
	b := setup(t)
	_, err := b.Keep(b.ctx, []byte("<svg/>"))
	require.Equal(t, domain.Invalid, domain.KindOf(err))
	require.Zero(t, b.rows())
	require.Zero(t, b.files())
}

func TestWhatNobodyShowsGoesAfterAWhile(t *testing.T) {
	b := setup(t)
	key := b.keep(1)
	b.collect()
	require.Equal(t, 3, b.files(), "its upload may still be under way")
	b.age(pictures.Grace - time.Minute)
	b.collect()
	require.Equal(t, 3, b.files())
	b.age(2 * time.Minute)
	b.collect()
	require.Zero(t, b.files())
	require.Zero(t, b.rows())
	_, _, err := b.Open(b.ctx, media.Name(key, media.Small))
	require.Equal(t, domain.NotFound, domain.KindOf(err))
}

func TestWhatSomebodyShowsStays(t *testing.T) {
	b := setup(t)
	key := b.keep(1)
	require.NoError(t, b.show(b.asha, key))
	require.NoError(t, b.show(b.ravi, key))
	b.age(2 * pictures.Grace)
	b.collect()
	b.whole(key)
	require.NoError(t, b.show(b.asha, ""))
	b.age(2 * pictures.Grace)
	b.collect()
	b.whole(key) // the other one still shows it
	require.NoError(t, b.db.InTx(b.ctx, func(tx *postgres.Tx) error { return tx.DropPicture(b.ctx, b.ravi) }))
	b.collect()
	require.Equal(t, 3, b.files(), "the while begins when the last one stops to show it")
	b.age(pictures.Grace + time.Minute)
	b.collect()
	require.Zero(t, b.files())
}

func TestWhatADeadUploadLeftGoes(t *testing.T) {
	b := setup(t)
	// One died before the first file, one before the last, one while it wrote.
	whole := b.keep(1)
	half := b.keep(100)
	none := b.keep(200)
	require.NoError(t, b.store.Store.Delete(b.ctx, media.Name(half, media.Large)))
	for _, side := range media.Sides {
		require.NoError(t, b.store.Store.Delete(b.ctx, media.Name(none, side)))
	}
	part := filepath.Join(b.dir, whole[:2], media.Name(whole, media.Large)+".part-1")
	require.NoError(t, os.WriteFile(part, []byte("hal"), 0o600))
	b.age(pictures.Grace + time.Minute)
	b.collect()
	require.Zero(t, b.files())
	require.Zero(t, b.rows())
}

func TestAPictureThatIsBeingDeletedIsNobodys(t *testing.T) {
	b := setup(t)
	key := b.keep(1)
	b.age(pictures.Grace + time.Minute)
	entered, open := make(chan struct{}), make(chan struct{})
	b.store.mu.Lock()
	b.store.entered, b.store.open = entered, open
	b.store.mu.Unlock()
	done := make(chan error)
	go func() {
		_, err := b.Collect(b.ctx)
		done <- err
	}()
	<-entered
	requireCollected(t, b.show(b.asha, key))
	_, err := b.Keep(b.ctx, picture(1))
	requireCollected(t, err)
	b.collect() // another collector finds nothing to do
	close(open)
	require.NoError(t, <-done)
	require.Zero(t, b.files())
	requireCollected(t, b.show(b.asha, key))
	require.NoError(t, b.show(b.asha, b.keep(1)))
	b.whole(key)
}

func requireCollected(t *testing.T, err error) {
	t.Helper()
	require.ErrorContains(t, err, "picture.collected")
	require.Equal(t, domain.Unavailable, domain.KindOf(err))
}

func TestAClaimThatIsNotCommittedYetKeepsTheCollectorAway(t *testing.T) {
	b := setup(t)
	key := b.keep(1)
	b.age(pictures.Grace + time.Minute)
	require.NoError(t, b.db.InTx(b.ctx, func(tx *postgres.Tx) error {
		if err := tx.SaveUserPicture(b.ctx, b.asha, key); err != nil {
			return err
		}
		b.collect()
		return nil
	}))
	b.collect()
	b.whole(key)
}

func TestACollectorThatDiedIsFollowedByAnother(t *testing.T) {
	b := setup(t)
	key := b.keep(1)
	other := b.keep(100)
	b.age(pictures.Grace + time.Minute)
	b.store.mu.Lock()
	b.store.broken = errors.New("disk on fire")
	b.store.mu.Unlock()
	_, err := b.Collect(b.ctx)
	require.ErrorContains(t, err, "disk on fire")
	b.store.mu.Lock()
	b.store.broken = nil
	b.store.mu.Unlock()
	b.collect()
	require.Equal(t, 2, b.rows(), "the lease runs")
	b.exec("UPDATE pictures SET doomed_until = now() - interval '1 second'")
	require.NoError(t, b.show(b.asha, b.keep(1)), "an upload takes over what nobody deletes any more")
	b.collect()
	b.whole(key)
	require.Equal(t, 1, b.rows())
	_, _, err = b.Open(b.ctx, media.Name(other, media.Small))
	require.Equal(t, domain.NotFound, domain.KindOf(err))
}

// However uploads and collectors of the same picture meet: what somebody shows is there, whole.
func TestUploadsRaceCollectors(t *testing.T) {
	b := setup(t)
	key := b.keep(1)
	shown := 0
	for range 60 {
		require.NoError(t, b.show(b.asha, ""))
		b.exec("UPDATE pictures SET idle_since = now() - interval '30 days'")
		var racers sync.WaitGroup
		var claimed error
		for range 2 {
			racers.Go(func() {
				if _, err := b.Collect(b.ctx); err != nil {
					t.Error(err)
				}
			})
		}
		racers.Go(func() {
			if _, claimed = b.Keep(b.ctx, picture(1)); claimed == nil {
				claimed = b.show(b.asha, key)
			}
		})
		racers.Wait()
		if claimed != nil {
			requireCollected(t, claimed)
			continue
		}
		shown++
		b.whole(key)
		b.collect()
		b.whole(key)
	}
	require.Positive(t, shown)
}
