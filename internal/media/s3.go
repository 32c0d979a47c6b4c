package media

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/minio/minio-go/v7"
	"github.com/minio/minio-go/v7/pkg/credentials"
	"github.com/minio/minio-go/v7/pkg/s3utils"

	"github.com/zoop-dev/zoop/internal/domain"
)

const (
	s3Timeout = 10 * time.Second // of one call, its repetitions included
	s3Tries   = 3
)

// S3 is a Store in a bucket of Amazon S3, or of anything that speaks its protocol. Files carry the headers they are to be
// served with, so that the bucket may also be what clients read from.
type S3 struct {
	client *minio.Client
	bucket string
}

// OpenS3 takes a bucket by its URL, https://KEY:SECRET@HOST/BUCKET?region=REGION, and proves that it is there. It returns
// Invalid, naming the setting, for an unusable URL and a bucket that does not exist, and Unavailable for a host that does
// not answer.
func OpenS3(ctx context.Context, rawURL string) (*S3, error) {
	u, err := url.Parse(rawURL)
	if err != nil || u.User == nil || u.Host == "" || u.Scheme != "https" && u.Scheme != "http" {
		return nil, invalidS3("must be https://KEY:SECRET@HOST/BUCKET?region=REGION (it is not shown: it holds a secret)")
	}
	transport, err := minio.DefaultTransport(u.Scheme == "https")
	if err != nil {
		return nil, fmt.Errorf("make transport: %w", err)
	}
	transport.ResponseHeaderTimeout = s3Timeout
	return openS3(ctx, u, transport)
}

func openS3(ctx context.Context, u *url.URL, transport http.RoundTripper) (*S3, error) {
	secret, _ := u.User.Password()
	client, err := minio.New(u.Host, &minio.Options{
		Creds: credentials.NewStaticV4(u.User.Username(), secret, ""), Secure: u.Scheme == "https",
		Region: u.Query().Get("region"), Transport: transport, MaxRetries: s3Tries,
	})
	if err != nil {
		return nil, invalidS3("does not name a host that can be used")
	}
	s := &S3{client, strings.Trim(u.Path, "/")}
	if err := s3utils.CheckValidBucketNameStrict(s.bucket); err != nil {
		return nil, invalidS3("%q is no name of a bucket", s.bucket)
	}
	ctx, cancel := context.WithTimeout(ctx, s3Timeout)
	defer cancel()
	found, err := client.BucketExists(ctx, s.bucket)
	var refused minio.ErrorResponse
	switch {
	case errors.As(err, &refused) && refused.StatusCode < http.StatusInternalServerError:
		return nil, invalidS3("the bucket cannot be used: %s", refused.Code)
	case err != nil:
		return nil, away(err)
	case !found:
		return nil, invalidS3("there is no bucket %q", s.bucket)
	}
	return s, nil
}

func invalidS3(format string, args ...any) error {
	return domain.Errorf(domain.Invalid, "media_s3_url", "media_s3_url: "+format, args...)
}

// away keeps the cause for the log.
func away(cause error) error {
	e := domain.Errorf(domain.Unavailable, string(domain.Unavailable), "the store of pictures is away; try again")
	e.Cause = cause
	return e
}

// Put implements Store.
func (s *S3) Put(ctx context.Context, name string, data []byte) error {
	if !ValidName(name) {
		return domain.Missing("picture")
	}
	ctx, cancel := context.WithTimeout(ctx, s3Timeout)
	defer cancel()
	_, err := s.client.PutObject(ctx, s.bucket, name, bytes.NewReader(data), int64(len(data)), minio.PutObjectOptions{
		ContentType: ContentType, CacheControl: CacheControl, ContentDisposition: "inline",
	})
	if err != nil {
		return away(fmt.Errorf("put picture: %w", err))
	}
	return nil
}

// Open implements Store. The file must be read within ten seconds.
func (s *S3) Open(ctx context.Context, name string) (io.ReadCloser, int64, error) {
	if !ValidName(name) {
		return nil, 0, domain.Missing("picture")
	}
	ctx, cancel := context.WithTimeout(ctx, s3Timeout)
	object, err := s.client.GetObject(ctx, s.bucket, name, minio.GetObjectOptions{})
	var info minio.ObjectInfo
	if err == nil {
		info, err = object.Stat()
	}
	if err != nil {
		cancel()
		if minio.ToErrorResponse(err).Code == minio.NoSuchKey {
			return nil, 0, domain.Missing("picture")
		}
		return nil, 0, away(fmt.Errorf("get picture: %w", err))
	}
	return &bounded{object, cancel}, info.Size, nil
}

// bounded ends its context when it is closed.
type bounded struct {
	io.ReadCloser
	cancel context.CancelFunc
}

func (b *bounded) Close() error {
	defer b.cancel()
	return b.ReadCloser.Close()
}

// Delete implements Store.
func (s *S3) Delete(ctx context.Context, name string) error {
	if !ValidName(name) {
		return domain.Missing("picture")
	}
	ctx, cancel := context.WithTimeout(ctx, s3Timeout)
	defer cancel()
	if err := s.client.RemoveObject(ctx, s.bucket, name, minio.RemoveObjectOptions{}); err != nil {
		return away(fmt.Errorf("delete picture: %w", err))
	}
	return nil
}
