package media

import (
	"bytes"
	"image"
	"image/gif"
	"image/jpeg"
	"image/png"
	"io"

	"golang.org/x/image/webp"

	"github.com/zoop-dev/zoop/internal/domain"
)

// Bounds of what is taken.
const (
	MaxBytes  = 5 << 20 // of a file
	maxSide   = 12_000
	maxPixels = 40_000_000
	maxScans  = 64 // of a JPEG: each one goes over the whole picture again
)

// field is the part of the request that errors name.
const field = "image"

// upload is a file whose header was read, and nothing else.
type upload struct {
	kind        string
	decode      func(io.Reader) (image.Image, error)
	orientation int
	cost        int64 // most bytes that decoding takes
}

// costs says what a decoder allocates: so many bytes for each pixel, and once.
type costs struct{ pixel, once int64 }

// inspect finds out what a file is, by what is in it, and what it will cost, without decoding it.
// It returns Invalid for what is no picture of a kind that we read, or too large.
func inspect(data []byte) (upload, error) {
	if len(data) > MaxBytes {
		return upload{}, domain.Invalidf(field, "maxLength", "must have at most %d bytes", MaxBytes)
	}
	u := upload{}
	var config image.Config
	var err error
	var c costs
	head := bytes.NewReader(data)
	switch {
	case bytes.HasPrefix(data, []byte("\xff\xd8\xff")):
		u.kind, u.decode = "JPEG", jpeg.Decode
		config, err = jpeg.DecodeConfig(head)
		h := readJPEG(data)
		if h.scans > maxScans {
			return u, domain.Invalidf(field, "scans", "is a JPEG of %d scans: at most %d are read", h.scans, maxScans)
		}
		u.orientation, c = h.orientation, h.costs()
	case bytes.HasPrefix(data, []byte("\x89PNG\r\n\x1a\n")):
		u.kind, u.decode = "PNG", png.Decode
		config, err = png.DecodeConfig(head)
		c = pngCosts(data)
	case bytes.HasPrefix(data, []byte("GIF87a")), bytes.HasPrefix(data, []byte("GIF89a")):
		u.kind, u.decode = "GIF", gif.Decode // the first frame
		config, err = gif.DecodeConfig(head)
		c = costs{pixel: 2}
	case bytes.HasPrefix(data, []byte("RIFF")) && len(data) >= 16 && string(data[8:12]) == "WEBP":
		u.kind, u.decode = "WebP", webp.Decode
		config, err = webp.DecodeConfig(head)
		c = webpCosts(data)
	default:
		return u, domain.Invalidf(field, "type", "must be a JPEG, PNG, GIF or WebP picture")
	}
	if err != nil {
		return u, unreadable(u.kind)
	}
	u.cost, err = c.of(u.kind, config.Width, config.Height)
	return u, err
}

func unreadable(kind string) error {
	return domain.Invalidf(field, "content", "cannot be read as %s: it is broken, or of a kind that is not supported", kind)
}

// of gives the cost of a picture, or Invalid for one past the bounds.
func (c costs) of(kind string, width, height int) (int64, error) {
	if width < 1 || height < 1 || width > maxSide || height > maxSide {
		return 0, domain.Invalidf(field, "dimensions", "has %d × %d pixels: each side must have 1 to %d", width, height, maxSide)
	}
	most := min(maxPixels, (budget-c.once)/c.pixel)
	if pixels := int64(width) * int64(height); pixels > most {
		return 0, domain.Invalidf(field, "pixels", "has %d pixels: a %s of its kind may have at most %d", pixels, kind, most)
	}
	return c.once + c.pixel*int64(width)*int64(height), nil
}

// costs: a plane of samples for each component, four bytes more where the colours must be converted, and the coefficients,
// of four bytes each, for a progressive one.
func (h jpegHead) costs() costs {
	n := int64(max(h.components, 1))
	c := costs{pixel: n}
	if n > 1 {
		c.pixel += 4
	}
	if h.progressive {
		c.pixel += 4 * n
	}
	return c
}

// pngCosts reads the header, which comes first in every PNG: depth and interlacing, which decodes each pass by itself.
func pngCosts(data []byte) costs {
	const depthAt, interlaceAt = 24, 28
	c := costs{pixel: 4}
	if len(data) <= interlaceAt {
		return c
	}
	if data[depthAt] == 16 {
		c.pixel = 8
	}
	if data[interlaceAt] != 0 {
		c.pixel *= 2
	}
	return c
}

// webpCosts: plain lossy ones are as a JPEG. All others may hold a lossless part, whose decoder takes the pixels three times
// and keeps up to 2,600 groups of Huffman trees, of 54 kB each.
func webpCosts(data []byte) costs {
	if string(data[12:16]) == "VP8 " {
		return costs{pixel: 2}
	}
	return costs{pixel: 12, once: 2_600 * 54_000}
}
