package trust

import (
	"bytes"
	"compress/flate"
	bin "encoding/binary"
	"encoding/json"
	"fmt"
	"hash/crc32"
	"image"
	"image/jpeg"
	"image/png"
	"io"
	"mime/multipart"
	"net/http"
	"os"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// Line 22: what people upload is refused or made anew, in bounded memory, and never served as anything but a picture.
func TestLine22HostileUploads(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	at := s.serve()
	owner := s.owner("owner@example.com")
	photo := photograph(t)
	hostile := "<html><script>alert(document.domain)</script>PK\x03\x04"

	for name, file := range map[string]string{
		"30,000 × 30,000 PNG": pngBomb(t, 30_000, 30_000),
		"SVG":                 `<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>`,
		"HTML":                "<!DOCTYPE html>" + hostile,
		"script as a JPEG":    "\xff\xd8\xff" + hostile,
		"huge GIF":            "GIF89a\xff\xff\xff\xff\x00\x00\x00",
		"half a photograph":   photo[:len(photo)/2],
	} {
		status, header, text := s.upload(at, owner, file)
		require.Equal(t, http.StatusBadRequest, status, "%s: %s", name, text)
		require.Equal(t, "application/problem+json", header.Get("Content-Type"))
		require.Contains(t, string(text), `"field":"image"`, name)
	}
	s.hundredMegabytes(at, owner)
	require.Zero(t, s.count(`SELECT count(*) FROM pictures`), "nothing of it was kept")

	for name, file := range map[string]string{
		"place in EXIF":   photo,
		"JPEG and HTML":   photo + hostile,
		"PNG and HTML":    string(encodePNG(t)) + hostile,
		"JPEG in a shell": photo[:2] + "\xff\xfe\x00" + string(rune(len(hostile)+2)) + hostile + photo[2:],
	} {
		status, _, text := s.upload(at, owner, file)
		require.Equal(t, http.StatusOK, status, "%s: %s", name, text)
		var dish struct{ Images map[string]string }
		require.NoError(t, json.Unmarshal(text, &dish))
		require.Len(t, dish.Images, 3)
		for _, url := range dish.Images {
			status, header, body := at.do("GET", url, "", "")
			require.Equal(t, http.StatusOK, status)
			require.Equal(t, "image/jpeg", header.Get("Content-Type"))
			require.Equal(t, "nosniff", header.Get("X-Content-Type-Options"))
			require.Equal(t, "default-src 'none'; sandbox", header.Get("Content-Security-Policy"))
			img, err := jpeg.Decode(bytes.NewReader(body))
			require.NoError(t, err)
			require.Greater(t, img.Bounds().Dy(), img.Bounds().Dx(), "%s: it stands upright", name)
			require.True(t, bytes.HasSuffix(body, []byte{0xff, 0xd9}), "%s: nothing follows the picture", name)
			for _, trace := range []string{"Exif", "GPS", "28.6139", "script", "html", "PK\x03\x04"} {
				require.NotContains(t, string(body), trace, name)
			}
		}
	}
}

// memoryBound is what a process that serves may grow to while bombs come in: the decoders' budget of 288 MiB, the uploads
// themselves, what small pictures leave until it is collected, and what a process takes anyway.
const memoryBound = 640 << 20

// Line 22: sixteen at once, as large as may be and larger, again and again.
func TestLine22BombsAtOnceInBoundedMemory(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	at := s.serve()
	owner := s.owner("owner@example.com")
	bombs := []string{pngBomb(t, 30_000, 30_000), pngBomb(t, 8_000, 5_000), pngBomb(t, 6_000, 6_000), pngBomb(t, 12_000, 3_300)}
	var got sync.Map
	for range times(10, 1) {
		var senders sync.WaitGroup
		for n := range 16 {
			senders.Go(func() {
				status, _, text := s.upload(at, owner, bombs[n%len(bombs)])
				got.Store(status, string(text))
			})
		}
		senders.Wait()
	}
	got.Range(func(status, text any) bool {
		require.Contains(t, []int{200, 400, 503}, status, "%s", text)
		return true
	})
	_, some := got.Load(http.StatusOK)
	require.True(t, some, "the largest that is allowed is made")
	status, _, _ := at.do("GET", "/readyz", "", "")
	require.Equal(t, http.StatusOK, status)
	if peak := peakMemory(t, at.cmd.Process.Pid); peak > 0 {
		t.Logf("peak resident memory: %d MiB", peak>>20)
		require.Less(t, peak, int64(memoryBound))
	}
}

// Line 22: an upload that comes drop by drop is given up after a minute. Only the full run waits for it.
func TestLine22ADrippingUpload(t *testing.T) {
	if !full() {
		t.Skip("it takes a minute: make trust")
	}
	t.Parallel()
	s := newShop(t)
	at := s.serve()
	body, kind := pictureForm(t, photograph(t))
	start := time.Now()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPut, at.url+"/api/v1/dishes/"+s.dish+"/image", &dripping{strings.NewReader(body)})
	require.NoError(t, err)
	req.Header.Set("Authorization", "Bearer "+s.owner("owner@example.com"))
	req.Header.Set("Content-Type", kind)
	res, err := client.Do(req)
	if err == nil {
		require.Equal(t, http.StatusRequestTimeout, res.StatusCode)
		require.NoError(t, res.Body.Close())
	}
	require.Less(t, time.Since(start), 2*time.Minute)
}

// dripping gives a byte a second.
type dripping struct{ r io.Reader }

func (d *dripping) Read(b []byte) (int, error) {
	time.Sleep(time.Second)
	return d.r.Read(b[:1])
}

// owner is a token of somebody who owns the vendor.
func (s *shop) owner(email string) string {
	token := s.token("vendor", email)
	s.exec(`INSERT INTO vendor_members (vendor_id, user_id, role) SELECT $1, id, 'owner' FROM users WHERE email = $2`, s.vendor, email)
	return token
}

// upload sends a picture of the dish. Decoding takes its time where others compute, too.
func (s *shop) upload(at *instance, token, file string) (int, http.Header, []byte) {
	body, kind := pictureForm(s.t, file)
	status, header, text, err := at.send(s.t.Context(), "PUT", "/api/v1/dishes/"+s.dish+"/image", token, body, "Content-Type", kind)
	require.NoError(s.t, err)
	return status, header, text
}

// hundredMegabytes announces a body far too large: it is refused before it is sent.
func (s *shop) hundredMegabytes(at *instance, token string) {
	sent := &counter{}
	req, err := http.NewRequestWithContext(s.t.Context(), http.MethodPut, at.url+"/api/v1/dishes/"+s.dish+"/image", sent)
	require.NoError(s.t, err)
	req.ContentLength = 100 << 20
	req.Header.Set("Authorization", "Bearer "+token)
	req.Header.Set("Content-Type", "multipart/form-data; boundary=x")
	req.Header.Set("Expect", "100-continue")
	patient := &http.Client{Transport: &http.Transport{ExpectContinueTimeout: patience}}
	defer patient.CloseIdleConnections()
	res, err := patient.Do(req)
	require.NoError(s.t, err)
	require.NoError(s.t, res.Body.Close())
	require.Equal(s.t, http.StatusRequestEntityTooLarge, res.StatusCode)
	require.Zero(s.t, sent.n)
}

// counter gives zeros without an end, and counts them.
type counter struct{ n int }

func (c *counter) Read(b []byte) (int, error) {
	clear(b)
	c.n += len(b)
	return len(b), nil
}

func pictureForm(t *testing.T, file string) (body, kind string) {
	var b bytes.Buffer
	form := multipart.NewWriter(&b)
	part, err := form.CreateFormFile("image", "dish")
	require.NoError(t, err)
	_, err = io.WriteString(part, file)
	require.NoError(t, err)
	require.NoError(t, form.Close())
	return b.String(), form.FormDataContentType()
}

// photograph is a JPEG as telephones make them: lying on its side, and with the place where it was taken.
func photograph(t *testing.T) string {
	var b bytes.Buffer
	require.NoError(t, jpeg.Encode(&b, image.NewRGBA(image.Rect(0, 0, 1600, 900)), nil))
	tiff := "II*\x00\x08\x00\x00\x00" + "\x01\x00" + "\x12\x01\x03\x00\x01\x00\x00\x00\x06\x00\x00\x00" + "\x00\x00\x00\x00" + "GPSLatitude 28.6139 N"
	segment := "Exif\x00\x00" + tiff
	head := bin.BigEndian.AppendUint16([]byte{0xff, 0xe1}, uint16(len(segment)+2)) //nolint:gosec // short
	return string(b.Bytes()[:2]) + string(head) + segment + string(b.Bytes()[2:])
}

func encodePNG(t *testing.T) []byte {
	var b bytes.Buffer
	require.NoError(t, png.Encode(&b, image.NewGray(image.Rect(0, 0, 90, 160))))
	return b.Bytes()
}

// pngBomb is a real PNG, transparent all over, of a few kilobytes for each megapixel. Its rows are made of one block that is
// repeated, so that the largest are made in no time; only their check sum would not be right.
func pngBomb(t *testing.T, w, h int) string {
	row := make([]byte, 1+4*w)
	var b bytes.Buffer
	z, err := flate.NewWriter(&b, flate.BestCompression)
	require.NoError(t, err)
	write := func(rows int) []byte {
		b.Reset()
		for range rows {
			_, err := z.Write(row)
			require.NoError(t, err)
		}
		require.NoError(t, z.Flush())
		return bytes.Clone(b.Bytes())
	}
	const block = 50
	packed := append([]byte{0x78, 0xda}, write(block)...)
	packed = append(packed, bytes.Repeat(write(block), h/block-1)...)
	b.Reset()
	require.NoError(t, z.Close())
	packed = append(packed, b.Bytes()...)
	packed = bin.BigEndian.AppendUint32(packed, adlerOfZeros(len(row)*h))

	out := []byte("\x89PNG\r\n\x1a\n")
	chunk := func(name string, body []byte) {
		out = bin.BigEndian.AppendUint32(out, uint32(len(body))) //nolint:gosec // short
		out = append(append(out, name...), body...)
		out = bin.BigEndian.AppendUint32(out, crc32.ChecksumIEEE(append([]byte(name), body...)))
	}
	head := bin.BigEndian.AppendUint32(nil, uint32(w)) //nolint:gosec // short
	head = bin.BigEndian.AppendUint32(head, uint32(h)) //nolint:gosec // short
	chunk("IHDR", append(head, 8, 6, 0, 0, 0))
	chunk("IDAT", packed)
	chunk("IEND", nil)
	return string(out)
}

// adlerOfZeros is Adler-32 of so many zeros: the first half counts them, and the second stays one.
func adlerOfZeros(n int) uint32 { return uint32(n%65521)<<16 | 1 } //nolint:gosec // below 2^32

// peakMemory is the most that a process has had in memory, in bytes; 0 where the system does not say.
func peakMemory(t *testing.T, pid int) int64 {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		return 0
	}
	for line := range strings.Lines(string(text)) {
		if kilobytes, ok := strings.CutPrefix(line, "VmHWM:"); ok {
			n, err := strconv.ParseInt(strings.TrimSpace(strings.TrimSuffix(strings.TrimSpace(kilobytes), "kB")), 10, 64)
			require.NoError(t, err)
			return n << 10
		}
	}
	return 0
}
