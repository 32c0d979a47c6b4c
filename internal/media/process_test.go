package media

import (
	"bytes"
	"context"
	"image"
	"image/color"
	"image/draw"
	"image/gif"
	"image/jpeg"
	"image/png"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"golang.org/x/sync/semaphore"

	"github.com/zoop-dev/zoop/internal/domain"
)

// halves is a picture whose left half is one colour and whose right half another.
func halves(w, h int, left, right color.Color) *image.NRGBA {
	img := image.NewNRGBA(image.Rect(0, 0, w, h))
	draw.Draw(img, image.Rect(0, 0, w/2, h), image.NewUniform(left), image.Point{}, draw.Src)
	draw.Draw(img, image.Rect(w/2, 0, w, h), image.NewUniform(right), image.Point{}, draw.Src)
	return img
}

var (
	red  = color.NRGBA{R: 255, A: 255}
	blue = color.NRGBA{B: 255, A: 255}
)

func asJPEG(t *testing.T, img image.Image) []byte {
	t.Helper()
	var b bytes.Buffer
	require.NoError(t, jpeg.Encode(&b, img, nil))
	return b.Bytes()
}

func asPNG(t *testing.T, img image.Image) []byte {
	t.Helper()
	var b bytes.Buffer
	require.NoError(t, png.Encode(&b, img))
	return b.Bytes()
}

func asGIF(t *testing.T, frames ...*image.Paletted) []byte {
	t.Helper()
	var b bytes.Buffer
	require.NoError(t, gif.EncodeAll(&b, &gif.GIF{Image: frames, Delay: make([]int, len(frames))}))
	return b.Bytes()
}

func process(t *testing.T, upload []byte) Picture {
	t.Helper()
	p, err := NewProcessor().Process(t.Context(), upload)
	require.NoError(t, err)
	return p
}

// shown decodes a file of a picture, and makes sure that it is a JPEG and nothing more: from its first marker to its last.
func shown(t *testing.T, file []byte) image.Image {
	t.Helper()
	img, err := jpeg.Decode(bytes.NewReader(file))
	require.NoError(t, err)
	require.True(t, bytes.HasSuffix(file, []byte{0xff, markEOI}))
	require.NotContains(t, string(file), "Exif")
	return img
}

func requireColor(t *testing.T, want color.Color, img image.Image, x, y int) {
	t.Helper()
	r, g, b, _ := img.At(x, y).RGBA()
	wr, wg, wb, _ := want.RGBA()
	for _, pair := range [][2]uint32{{r, wr}, {g, wg}, {b, wb}} {
		require.InDelta(t, pair[1]>>8, pair[0]>>8, 12, "%v at %d,%d", img.At(x, y), x, y)
	}
}

func TestThreeSizesNeverLarger(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct{ w, h int }{{2000, 1000}, {1000, 2000}, {1200, 900}, {481, 100}, {100, 80}, {1, 1}, {5000, 2}} {
		p := process(t, asPNG(t, halves(tc.w, tc.h, red, blue)))
		for i, side := range Sides {
			got := shown(t, p.Files[i]).Bounds()
			w, h := fit(tc.w, tc.h, side)
			require.Equal(t, image.Rect(0, 0, w, h), got, "%v at %d", tc, side)
			require.LessOrEqual(t, max(w, h), max(min(side, max(tc.w, tc.h)), 1))
		}
	}
}

func TestScalingKeepsEdgesAndColours(t *testing.T) {
	t.Parallel()
	img := shown(t, process(t, asPNG(t, halves(1999, 777, red, blue))).Files[2])
	w := img.Bounds().Dx()
	requireColor(t, red, img, 0, 0)
	requireColor(t, red, img, w/2-8, img.Bounds().Dy()-1)
	requireColor(t, blue, img, w/2+8, 0)
	requireColor(t, blue, img, w-1, img.Bounds().Dy()-1)
	// Fine stripes become what the eye would make of them.
	stripes := image.NewGray(image.Rect(0, 0, 2400, 100))
	for i := range stripes.Pix {
		stripes.Pix[i] = byte(i%2) * 255
	}
	requireColor(t, color.Gray{Y: 128}, shown(t, process(t, asPNG(t, stripes)).Files[2]), 600, 20)
}

func TestAKeyIsOfWhatIsShown(t *testing.T) {
	t.Parallel()
	picture := asPNG(t, halves(300, 200, red, blue))
	p := process(t, picture)
	require.True(t, ValidName(Name(p.Key, Small)))
	require.Equal(t, p.Key, process(t, append(picture, "trailing"...)).Key, "what is not shown does not count")
	require.NotEqual(t, p.Key, process(t, asPNG(t, halves(300, 200, blue, red))).Key)
}

func TestOrientationsStandUpright(t *testing.T) {
	t.Parallel()
	// A corner of each stored picture is marked; upright, the mark is always at the top left.
	const w, h = 320, 160
	for orientation, mark := range map[int]image.Point{
		1: {0, 0}, 2: {w - 1, 0}, 3: {w - 1, h - 1}, 4: {0, h - 1}, 5: {0, 0}, 6: {0, h - 1}, 7: {w - 1, h - 1}, 8: {w - 1, 0},
	} {
		img := halves(w, h, blue, blue)
		for y := range h {
			for x := range w {
				if abs(x-mark.X) < 60 && abs(y-mark.Y) < 60 {
					img.Set(x, y, red)
				}
			}
		}
		out := shown(t, process(t, withEXIF(t, asJPEG(t, img), orientation)).Files[2])
		want := image.Rect(0, 0, w, h)
		if orientation >= 5 {
			want = image.Rect(0, 0, h, w)
		}
		require.Equal(t, want, out.Bounds(), "orientation %d", orientation)
		requireColor(t, red, out, 20, 20)
		requireColor(t, blue, out, want.Dx()-20, 20)
		requireColor(t, blue, out, 20, want.Dy()-20)
		requireColor(t, blue, out, want.Dx()-20, want.Dy()-20)
	}
}

func abs(n int) int { return max(n, -n) }

func TestTransparencyIsOnWhite(t *testing.T) {
	t.Parallel()
	clear := color.NRGBA{R: 255, A: 0}
	for _, upload := range map[string][]byte{
		"png":      asPNG(t, halves(200, 100, clear, blue)),
		"palette":  asPNG(t, paletted(200, 100, clear, blue)),
		"gif":      asGIF(t, paletted(200, 100, clear, blue)),
		"16 bit":   asPNG(t, deep(200, 100)),
		"indented": asGIF(t, indented()),
	} {
		img := shown(t, process(t, upload).Files[2])
		requireColor(t, color.White, img, 20, 50)
		requireColor(t, blue, img, img.Bounds().Dx()-20, 50)
	}
}

func paletted(w, h int, left, right color.Color) *image.Paletted {
	img := image.NewPaletted(image.Rect(0, 0, w, h), color.Palette{left, right})
	for i := range img.Pix {
		img.Pix[i] = byte(i % w / (w / 2))
	}
	return img
}

func deep(w, h int) image.Image {
	img := image.NewNRGBA64(image.Rect(0, 0, w, h))
	for y := range h {
		for x := w / 2; x < w; x++ {
			img.Set(x, y, color.NRGBA64{B: 0xffff, A: 0xffff})
		}
	}
	return img
}

// indented is a frame that does not begin where the screen does.
func indented() *image.Paletted {
	img := paletted(200, 100, color.Transparent, blue)
	img.Rect = img.Rect.Add(image.Pt(30, 40))
	return img
}

func TestOfAnAnimationTheFirstFrame(t *testing.T) {
	t.Parallel()
	first, second := paletted(100, 100, red, red), paletted(100, 100, blue, blue)
	requireColor(t, red, shown(t, process(t, asGIF(t, first, second, second)).Files[2]), 50, 50)
}

func TestWhatIsNoPictureIsRefused(t *testing.T) {
	t.Parallel()
	photo := asJPEG(t, halves(300, 200, red, blue))
	drawing := asPNG(t, halves(300, 200, red, blue))
	for name, upload := range map[string][]byte{
		"nothing":         {},
		"svg":             []byte(`<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>`),
		"html":            []byte("<!DOCTYPE html><script>alert(1)</script>"),
		"pdf":             []byte("%PDF-1.7\n"),
		"zip":             []byte("PK\x03\x04"),
		"bmp":             []byte("BM" + strings.Repeat("\x00", 100)),
		"tiff":            []byte("II*\x00" + strings.Repeat("\x00", 100)),
		"jpeg's start":    []byte("\xff\xd8\xff<script>alert(1)</script>"),
		"png's start":     []byte("\x89PNG\r\n\x1a\n"),
		"gif's start":     []byte("GIF89a"),
		"webp's start":    []byte("RIFF\x10\x00\x00\x00WEBPVP8 "),
		"truncated jpeg":  photo[:len(photo)/2],
		"truncated png":   drawing[:len(drawing)/2],
		"no data":         photo[:200],
		"too many bytes":  append(bytes.Clone(photo), make([]byte, MaxBytes)...),
		"too many scans":  manyScans(photo),
		"animated webp":   webpOf("VP8X", "\x02\x00\x00\x00\x63\x00\x00\x63\x00\x00"),
		"webp of a lie":   webpOf("VP8X", "\x00\x00\x00\x00\x63\x00\x00\x63\x00\x00", "VP8L", "\x2f\xff\xff\xff\x0f"),
		"huge webp":       webpOf("VP8L", "\x2f\xff\xff\xff\x0f"),
		"endless segment": []byte("\xff\xd8\xff\xe1\xff\xffExif\x00\x00II*\x00\xff\xff\xff\xff"),
	} {
		_, err := NewProcessor().Process(t.Context(), upload)
		var e *domain.Error
		require.ErrorAs(t, err, &e, name)
		require.Equal(t, domain.Invalid, e.Kind, name)
		require.Equal(t, "image", e.Fields[0].Field, name)
	}
}

// manyScans repeats the only scan of a JPEG.
func manyScans(photo []byte) []byte {
	scan := bytes.Index(photo, []byte{0xff, markSOS})
	body := photo[scan : len(photo)-2]
	return append(append(bytes.Clone(photo[:scan]), bytes.Repeat(body, maxScans+1)...), 0xff, markEOI)
}

// webpOf builds a container of chunks: name, content, name, content…
func webpOf(chunks ...string) []byte {
	body := "WEBP"
	for i := 0; i < len(chunks); i += 2 {
		body += chunks[i] + little32(len(chunks[i+1])) + chunks[i+1] + strings.Repeat("\x00", len(chunks[i+1])%2)
	}
	return []byte("RIFF" + little32(len(body)) + body)
}

func little32(n int) string {
	return string([]byte{byte(n), byte(n >> 8), byte(n >> 16), byte(n >> 24)})
}

// Whatever is broken about a file, it is refused or shown, and nothing else happens.
func TestBrokenFilesAreRefusedOrShown(t *testing.T) {
	t.Parallel()
	rng := rand.New(rand.NewPCG(7, 7))
	p := NewProcessor()
	for kind, whole := range map[string][]byte{
		"jpeg": withEXIF(t, asJPEG(t, halves(64, 48, red, blue)), 6), "png": asPNG(t, halves(64, 48, red, blue)),
		"gif": asGIF(t, paletted(64, 48, red, blue)), "webp": losslessWebP(),
	} {
		for range 400 {
			upload := bytes.Clone(whole)
			for range 1 + rng.IntN(4) {
				upload[rng.IntN(len(upload))] = byte(rng.Uint32())
			}
			upload = upload[:len(upload)-rng.IntN(2)*rng.IntN(len(upload))]
			picture, err := p.Process(t.Context(), upload)
			if err == nil {
				shown(t, picture.Files[0])
				continue
			}
			require.Equal(t, domain.Invalid, domain.KindOf(err), "%s: %v", kind, err)
		}
	}
	require.True(t, p.memory.TryAcquire(budget), "all memory was given back")
}

func TestWhoComesTooManyIsTurnedAway(t *testing.T) {
	t.Parallel()
	p := &Processor{memory: semaphore.NewWeighted(budget)}
	require.True(t, p.memory.TryAcquire(budget))
	picture := asPNG(t, halves(10, 10, red, blue))
	ctx, cancel := context.WithCancel(t.Context())
	results := make(chan error)
	for range maxWaiting {
		go func() {
			_, err := p.Process(ctx, picture)
			results <- err
		}()
	}
	require.Eventually(t, func() bool { return p.waiting.Load() == maxWaiting }, waitFor, tick)
	_, err := p.Process(ctx, picture)
	require.Equal(t, domain.Unavailable, domain.KindOf(err))
	require.ErrorContains(t, err, "picture.busy")
	cancel()
	for range maxWaiting {
		require.ErrorIs(t, <-results, context.Canceled, "whoever goes away waits no more")
	}
	p.memory.Release(budget)
	_, err = p.Process(t.Context(), picture)
	require.NoError(t, err)
}

func TestKindsThatFewEncodersMake(t *testing.T) {
	t.Parallel()
	blocks := []byte{0b00_0_00_0_00, 0b0_00_0_1111} // four blocks, each: no difference, end of block
	for name, upload := range map[string][]byte{
		"cmyk":           jpegOf(t, 0xc0, 8, 8, 4, blocks),
		"progressive":    jpegOf(t, markSOF2, 8, 8, 1, []byte{0b0011_1111}),
		"interlaced png": rawPNG(t, 33, 17, 8, 2, 1),
		"gray png":       rawPNG(t, 33, 17, 16, 0, 0),
		"gray and alpha": rawPNG(t, 33, 17, 8, 4, 1),
		"lossless webp":  losslessWebP(),
		"lossy webp":     lossyWebP(),
		"alpha webp":     alphaWebP(),
	} {
		p, err := NewProcessor().Process(t.Context(), upload)
		require.NoError(t, err, name)
		shown(t, p.Files[2])
	}
}

func TestNothingOfAFileButItsPixelsSurvives(t *testing.T) {
	t.Parallel()
	photo := withEXIF(t, asJPEG(t, halves(640, 480, red, blue)), 1)
	hostile := []byte("<html><script>alert(document.domain)</script>PK\x03\x04evil.zip")
	comment := append([]byte{0xff, 0xfe, 0, byte(len(hostile) + 2)}, hostile...)
	for name, upload := range map[string][]byte{
		"place":           photo,
		"html and zip":    append(bytes.Clone(photo), hostile...),
		"comment":         bytes.Join([][]byte{photo[:2], comment, photo[2:]}, nil),
		"png with a tail": append(asPNG(t, halves(640, 480, red, blue)), hostile...),
		"gif with a tail": append(asGIF(t, paletted(64, 48, red, blue)), hostile...),
	} {
		p := process(t, upload)
		for _, file := range p.Files {
			shown(t, file)
			for _, trace := range []string{"Exif", "GPS", "28.6139", "<html", "script", "PK\x03\x04", "alert"} {
				require.NotContains(t, string(file), trace, name)
			}
		}
	}
}
