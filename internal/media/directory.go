package media

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strings"

	"github.com/zoop-dev/zoop/internal/domain"
	"github.com/zoop-dev/zoop/internal/id"
)

// Directory is a Store on a disk of this machine, or on one that several machines share. Files lie in subdirectories by the
// first two digits of their names.
type Directory struct {
	root *os.Root // nothing outside can be named through it, not even by a link
}

// OpenDirectory makes the directory if it is missing, for this account alone, and proves that it can be written.
// It returns Invalid, naming the setting, when it cannot.
func OpenDirectory(dir string) (*Directory, error) {
	root, err := openRoot(dir)
	if err != nil {
		return nil, domain.Errorf(domain.Invalid, "media_dir", "pictures cannot be kept in %s: %v", dir, err)
	}
	return &Directory{root}, nil
}

func openRoot(dir string) (*os.Root, error) {
	// By default it lies in the data directory, which others have to pass through.
	if err := os.MkdirAll(filepath.Dir(dir), 0o711); err != nil { //nolint:gosec // nobody can list it
		return nil, err
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, err
	}
	root, err := os.OpenRoot(dir)
	if err != nil {
		return nil, err
	}
	probe := ".probe-" + domain.ID(id.New()).String()
	if err := errors.Join(root.WriteFile(probe, nil, 0o600), root.Remove(probe)); err != nil {
		_ = root.Close()
		return nil, err
	}
	return root, nil
}

// partMark separates the name of a file from what tells attempts to write it apart.
const partMark = ".part-"

// Put implements Store: the file is written aside, synced, and renamed.
func (d *Directory) Put(_ context.Context, name string, data []byte) error {
	if !ValidName(name) {
		return domain.Missing("picture")
	}
	shard, file := name[:2], path.Join(name[:2], name)
	if _, err := d.root.Stat(file); err == nil {
		return nil
	}
	if err := d.root.Mkdir(shard, 0o700); err != nil && !errors.Is(err, fs.ErrExist) {
		return fmt.Errorf("make picture directory: %w", err)
	}
	part := file + partMark + domain.ID(id.New()).String()
	err := d.write(part, data)
	if err == nil {
		err = d.root.Rename(part, file)
	}
	if err != nil {
		_ = d.root.Remove(part)
		return fmt.Errorf("write picture: %w", err)
	}
	return errors.Join(d.sync(shard), d.sync("."))
}

func (d *Directory) write(part string, data []byte) error {
	f, err := d.root.OpenFile(part, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	_, err = f.Write(data)
	if err == nil {
		err = f.Sync()
	}
	return errors.Join(err, f.Close())
}

// sync makes the names in a directory last through a power cut.
func (d *Directory) sync(dir string) error {
	f, err := d.root.Open(dir)
	if err == nil {
		err = errors.Join(f.Sync(), f.Close())
	}
	if err != nil {
		return fmt.Errorf("sync picture directory: %w", err)
	}
	return nil
}

// Open implements Store.
func (d *Directory) Open(_ context.Context, name string) (io.ReadCloser, int64, error) {
	if !ValidName(name) {
		return nil, 0, domain.Missing("picture")
	}
	f, err := d.root.Open(path.Join(name[:2], name))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, 0, domain.Missing("picture")
	}
	if err != nil {
		return nil, 0, fmt.Errorf("open picture: %w", err)
	}
	info, err := f.Stat()
	if err != nil {
		_ = f.Close()
		return nil, 0, fmt.Errorf("open picture: %w", err)
	}
	return f, info.Size(), nil
}

// Delete implements Store.
func (d *Directory) Delete(ctx context.Context, name string) error {
	if !ValidName(name) {
		return domain.Missing("picture")
	}
	if ctx.Err() != nil { // whoever woke up too late has lost the right to
		return ctx.Err()
	}
	shard := name[:2]
	entries, err := fs.ReadDir(d.root.FS(), shard)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("list pictures: %w", err)
	}
	for _, e := range entries {
		if file := e.Name(); file == name || strings.HasPrefix(file, name+partMark) {
			if err := d.root.Remove(path.Join(shard, file)); err != nil && !errors.Is(err, fs.ErrNotExist) {
				return fmt.Errorf("delete picture: %w", err)
			}
		}
	}
	return nil
}
