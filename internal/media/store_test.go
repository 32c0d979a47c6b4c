package media

import (
	"context"
	"io"
	"io/fs"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/johannesboyne/gofakes3"
	"github.com/johannesboyne/gofakes3/backend/s3mem"
	"github.com/stretchr/testify/require"

	"github.com/zoop-dev/zoop/internal/domain"
)

const bucket = "pictures"

// fakeS3 is a server with one bucket, and the URL that names it.
func fakeS3(t *testing.T) string {
	t.Helper()
	backend := s3mem.New()
	require.NoError(t, backend.CreateBucket(bucket))
	server := httptest.NewServer(gofakes3.New(backend).Server())
	t.Cleanup(server.Close)
	return strings.Replace(server.URL, "://", "://key:s3cret@", 1) + "/" + bucket + "?region=eu-central-1"
}

func openDirectory(t *testing.T, dir string) *Directory {
	t.Helper()
	d, err := OpenDirectory(dir)
	require.NoError(t, err)
	return d
}

func name(digit string) string { return Name(strings.Repeat(digit, 64), Small) }

// names that are none of ours, and would be dangerous ones if they reached a disk.
var strangeNames = []string{
	"", ".", "..", "/etc/passwd", "../" + name("a"), name("a") + "/..", "aa/" + name("a"), strings.ToUpper(name("a")), name("a") + "\x00",
	name("a") + "\n", strings.Repeat("a", 64) + "-161.jpg", strings.Repeat("a", 64) + ".jpg", name("a") + partMark + "1", `aa\` + name("a"),
}

func TestBothStoresKeepTheSamePromises(t *testing.T) {
	t.Parallel()
	s3, err := OpenS3(t.Context(), fakeS3(t))
	require.NoError(t, err)
	for kind, store := range map[string]Store{"directory": openDirectory(t, filepath.Join(t.TempDir(), "new", "media")), "s3": s3} {
		t.Run(kind, func(t *testing.T) {
			t.Parallel()
			ctx := t.Context()
			missing := func(n string) {
				_, _, err := store.Open(ctx, n)
				require.Equal(t, domain.NotFound, domain.KindOf(err), "%v", err)
			}
			missing(name("a"))
			require.NoError(t, store.Delete(ctx, name("a")), "what is not there is as good as deleted")
			require.NoError(t, store.Put(ctx, name("a"), []byte("picture")))
			require.NoError(t, store.Put(ctx, name("a"), []byte("picture")), "again")
			file, size, err := store.Open(ctx, name("a"))
			require.NoError(t, err)
			text, err := io.ReadAll(file)
			require.NoError(t, err)
			require.NoError(t, file.Close())
			require.Equal(t, "picture", string(text))
			require.EqualValues(t, len(text), size)
			require.NoError(t, store.Delete(ctx, name("a")))
			missing(name("a"))
			for _, strange := range strangeNames {
				require.Error(t, store.Put(ctx, strange, []byte("x")), strange)
				require.Error(t, store.Delete(ctx, strange), strange)
				missing(strange)
			}
		})
	}
}

func TestADirectoryIsOfThisAccountAlone(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "media")
	require.NoError(t, openDirectory(t, dir).Put(t.Context(), name("a"), []byte("x")))
	require.NoError(t, filepath.WalkDir(dir, func(path string, e fs.DirEntry, err error) error {
		require.NoError(t, err)
		info, err := e.Info()
		require.NoError(t, err)
		require.Zero(t, info.Mode().Perm()&0o077, path)
		return nil
	}))
}

func TestALinkLeadsNowhere(t *testing.T) {
	t.Parallel()
	dir, outside := t.TempDir(), t.TempDir()
	require.NoError(t, os.Symlink(outside, filepath.Join(dir, "aa")))
	require.NoError(t, os.WriteFile(filepath.Join(outside, name("a")), []byte("secret"), 0o600))
	d := openDirectory(t, dir)
	_, _, err := d.Open(t.Context(), name("a"))
	require.Error(t, err)
	require.Error(t, d.Put(t.Context(), Name(strings.Repeat("a", 64), Large), []byte("x")))
	require.Error(t, d.Delete(t.Context(), name("a")))
	require.FileExists(t, filepath.Join(outside, name("a")))
}

func TestWhatADeadWriterLeftGoesWithTheFile(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	d := openDirectory(t, dir)
	require.NoError(t, d.Put(t.Context(), name("a"), []byte("x")))
	require.NoError(t, os.WriteFile(filepath.Join(dir, "aa", name("a")+partMark+"1"), []byte("hal"), 0o600))
	require.NoError(t, d.Put(t.Context(), Name(strings.Repeat("a", 64), Medium), []byte("x")))
	require.NoError(t, d.Delete(t.Context(), name("a")))
	left, err := os.ReadDir(filepath.Join(dir, "aa"))
	require.NoError(t, err)
	require.Len(t, left, 1)
	require.Equal(t, Name(strings.Repeat("a", 64), Medium), left[0].Name())
}

func TestWritersOfOneFileAtOnce(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	d, other := openDirectory(t, dir), openDirectory(t, dir)
	var writers sync.WaitGroup
	errs := make([]error, 16)
	for i := range errs {
		writers.Go(func() { errs[i] = []*Directory{d, other}[i%2].Put(t.Context(), name("a"), []byte("picture")) })
	}
	writers.Wait()
	for _, err := range errs {
		require.NoError(t, err)
	}
	left, err := os.ReadDir(filepath.Join(dir, "aa"))
	require.NoError(t, err)
	require.Len(t, left, 1)
}

func TestADeletionThatComesTooLateDoesNothing(t *testing.T) {
	t.Parallel()
	d := openDirectory(t, t.TempDir())
	require.NoError(t, d.Put(t.Context(), name("a"), []byte("x")))
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	require.ErrorIs(t, d.Delete(ctx, name("a")), context.Canceled)
	file, _, err := d.Open(t.Context(), name("a"))
	require.NoError(t, err)
	require.NoError(t, file.Close())
}

func TestADirectoryThatCannotBeUsedIsToldOf(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "file")
	require.NoError(t, os.WriteFile(file, nil, 0o600))
	_, err := OpenDirectory(file)
	require.Equal(t, domain.Invalid, domain.KindOf(err))
	require.ErrorContains(t, err, "media_dir")
}

func TestABucketIsLookedAtFirst(t *testing.T) {
	t.Parallel()
	good := fakeS3(t)
	gone := httptest.NewServer(http.NotFoundHandler())
	gone.Close()
	denied := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusForbidden) }))
	t.Cleanup(denied.Close)
	as := func(server *httptest.Server) string {
		return strings.Replace(server.URL, "://", "://key:s3cret@", 1) + "/" + bucket + "?region=r"
	}
	for wrong, kind := range map[string]domain.Kind{
		"":                             domain.Invalid,
		"s3://key:s3cret@host/bucket":  domain.Invalid,
		"https://host/bucket":          domain.Invalid,
		"https://key:s3cret@host/\x7f": domain.Invalid,
		strings.Replace(good, bucket, "no-such", 1): domain.Invalid,
		strings.Replace(good, bucket, "..", 1):      domain.Invalid,
		strings.Replace(good, bucket, "", 1):        domain.Invalid,
		as(denied):                                  domain.Invalid,
		as(gone):                                    domain.Unavailable,
	} {
		_, err := OpenS3(t.Context(), wrong)
		require.Equal(t, kind, domain.KindOf(err), "%s: %v", wrong, err)
		require.NotContains(t, err.Error(), "s3cret")
	}
}

// Clients may be sent to the bucket itself, so its files say what ours say.
func TestABucketServesWithTheRightHeaders(t *testing.T) {
	t.Parallel()
	backend := s3mem.New()
	require.NoError(t, backend.CreateBucket(bucket))
	fake := gofakes3.New(backend).Server()
	var put http.Header
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodPut {
			put = r.Header.Clone()
		}
		fake.ServeHTTP(w, r)
	}))
	t.Cleanup(server.Close)
	s, err := OpenS3(t.Context(), strings.Replace(server.URL, "://", "://key:s3cret@", 1)+"/"+bucket+"?region=r")
	require.NoError(t, err)
	require.NoError(t, s.Put(t.Context(), name("a"), []byte("picture")))
	require.Equal(t, ContentType, put.Get("Content-Type"))
	require.Equal(t, CacheControl, put.Get("Cache-Control"))
	require.Equal(t, "inline", put.Get("Content-Disposition"))
}

func TestABucketThatGoesAwayIsUnavailable(t *testing.T) {
	t.Parallel()
	backend := s3mem.New()
	require.NoError(t, backend.CreateBucket(bucket))
	server := httptest.NewServer(gofakes3.New(backend).Server())
	s, err := OpenS3(t.Context(), strings.Replace(server.URL, "://", "://key:s3cret@", 1)+"/"+bucket+"?region=r")
	require.NoError(t, err)
	server.Close()
	require.Equal(t, domain.Unavailable, domain.KindOf(s.Put(t.Context(), name("a"), []byte("x"))))
	require.Equal(t, domain.Unavailable, domain.KindOf(s.Delete(t.Context(), name("a"))))
	_, _, err = s.Open(t.Context(), name("a"))
	require.Equal(t, domain.Unavailable, domain.KindOf(err))
}
