package media

import (
	"image"
	"runtime"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/zoop-dev/zoop/internal/domain"
)

// allocated is how many bytes doing something takes in all, freed or not. Tests that measure do not run beside others.
func allocated(do func()) int64 {
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	do()
	runtime.ReadMemStats(&after)
	return int64(after.TotalAlloc - before.TotalAlloc) //nolint:gosec // some megabytes
}

// What says that it is too large is believed, and costs nothing.
func TestBombsAreRefusedByTheirHeaders(t *testing.T) {
	for name, upload := range map[string][]byte{
		"30,000 × 30,000 PNG":       rawPNG(t, 30_000, 30_000, 8, 6, 0),
		"long PNG":                  rawPNG(t, 12_001, 1, 8, 0, 0),
		"deep, interlaced PNG":      rawPNG(t, 6_000, 6_000, 16, 6, 1),
		"GIF":                       []byte("GIF89a\xff\xff\xff\xff\x00\x00\x00"),
		"JPEG":                      jpegOf(t, 0xc0, 65_500, 65_500, 3, nil),
		"progressive JPEG":          jpegOf(t, markSOF2, 6_000, 6_000, 3, nil),
		"lossless WebP":             webpOf("VP8L", "\x2f\xff\xff\xff\x0f"),
		"WebP whose frame is large": webpOf("VP8X", "\x00\x00\x00\x00\x01\x00\x00\x01\x00\x00", "VP8L", "\x2f\xff\xff\xff\x0f"),
		"WebP whose alpha is large": webpOf("VP8X", "\x10\x00\x00\x00\xff\x3f\x00\xff\x3f\x00", "ALPH", "\x01"),
	} {
		took := allocated(func() {
			_, err := NewProcessor().Process(t.Context(), upload)
			require.Equal(t, domain.Invalid, domain.KindOf(err), name)
		})
		require.Less(t, took, int64(1<<20), name)
	}
}

// What is decoded takes no more than was set aside for it, beside what each picture needs to be made smaller.
func TestDecodersKeepToWhatTheirPicturesCost(t *testing.T) {
	const w, h = 2_400, 1_600
	const rendering = 24 << 20
	rest := []byte{0} // the decoder has allocated when it misses the rest
	for name, upload := range map[string][]byte{
		"PNG":               rawPNG(t, w, h, 8, 2, 0),
		"PNG, alpha":        rawPNG(t, w, h, 8, 6, 0),
		"PNG, 1 bit":        rawPNG(t, w, h, 1, 0, 0),
		"PNG, 16 bits":      rawPNG(t, w, h, 16, 6, 0),
		"PNG, interlaced":   rawPNG(t, w, h, 8, 6, 1),
		"PNG, both":         rawPNG(t, w, h, 16, 2, 1),
		"JPEG":              asJPEG(t, image.NewRGBA(image.Rect(0, 0, w, h))),
		"JPEG, gray":        asJPEG(t, image.NewGray(image.Rect(0, 0, w, h))),
		"JPEG, CMYK":        jpegOf(t, 0xc0, w, h, 4, rest),
		"JPEG, progressive": jpegOf(t, markSOF2, w, h, 3, rest),
		"GIF":               asGIF(t, paletted(w, h, red, blue)),
		"WebP":              losslessWebP(),
		"WebP, alpha":       alphaWebP(),
	} {
		u, err := inspect(upload)
		require.NoError(t, err, name)
		took := allocated(func() {
			if _, err := NewProcessor().Process(t.Context(), upload); err != nil {
				require.Equal(t, domain.Invalid, domain.KindOf(err), name)
			}
		})
		require.LessOrEqual(t, u.cost, int64(budget), name)
		require.Less(t, took, u.cost+rendering, name)
	}
}

// The largest that is let in, in a file of a few kilobytes.
func TestTheLargestPictureFits(t *testing.T) {
	upload := rawPNG(t, 8_000, 5_000, 8, 6, 0)
	require.Less(t, len(upload), 1<<20)
	took := allocated(func() { process(t, upload) })
	require.Less(t, took, int64(budget))
}
