package media

import (
	"bytes"
	"compress/zlib"
	"encoding/base64"
	"encoding/binary"
	"hash/crc32"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// How long tests wait for a signal, and how often they look.
const (
	waitFor = time.Minute
	tick    = time.Millisecond
)

// withEXIF puts a segment of EXIF with an orientation and a place on Earth into a JPEG.
func withEXIF(t *testing.T, photo []byte, orientation int) []byte {
	t.Helper()
	var tiff bytes.Buffer
	put := func(values ...any) {
		for _, v := range values {
			require.NoError(t, binary.Write(&tiff, binary.LittleEndian, v))
		}
	}
	put([]byte("II*\x00"), uint32(8))
	put(uint16(2), // entries
		uint16(0x010e), uint16(2), uint32(4), []byte("GPS\x00"), // description
		uint16(0x0112), uint16(3), uint32(1), uint16(orientation), uint16(0), //nolint:gosec // 1 to 8
		uint32(0))
	put([]byte("GPSLatitude 28.6139 N GPSLongitude 77.2090 E"))
	segment := append([]byte("Exif\x00\x00"), tiff.Bytes()...)
	head := binary.BigEndian.AppendUint16([]byte{0xff, markAPP1}, uint16(len(segment)+2)) //nolint:gosec // short
	return bytes.Join([][]byte{photo[:2], head, segment, photo[2:]}, nil)
}

// jpegOf is a JPEG of one frame marker, with so many components; entropy is its only scan. Its tables are the ones that
// encoders take when they do not make their own.
func jpegOf(t *testing.T, sof byte, w, h, components int, entropy []byte) []byte {
	t.Helper()
	out := []byte{0xff, 0xd8}
	segment := func(mark byte, body ...byte) {
		out = append(out, 0xff, mark)
		out = binary.BigEndian.AppendUint16(out, uint16(len(body)+2)) //nolint:gosec // short
		out = append(out, body...)
	}
	segment(0xdb, append([]byte{0}, bytes.Repeat([]byte{1}, 64)...)...)
	frame := []byte{8, byte(h >> 8), byte(h), byte(w >> 8), byte(w), byte(components)}
	scan := []byte{byte(components)}
	for i := range components {
		frame = append(frame, byte(i+1), 0x11, 0)
		scan = append(scan, byte(i+1), 0)
	}
	if components == 4 {
		segment(0xee, []byte("Adobe\x00\x64\x00\x00\x00\x00\x00")...)
	}
	segment(sof, frame...)
	segment(0xc4, append([]byte{0x00, 0, 1, 5, 1, 1, 1, 1, 1, 1, 0, 0, 0, 0, 0, 0, 0}, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11)...)
	segment(0xc4, 0x10, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x00, 0xf0) // 0: end of block
	last := byte(63)
	if sof == markSOF2 {
		last = 0
	}
	segment(markSOS, append(scan, 0, last, 0)...)
	return append(append(out, entropy...), 0xff, markEOI)
}

// rawPNG is a PNG of nothing but zeros, small whatever its dimensions.
func rawPNG(t *testing.T, w, h int, depth, colorType, interlace byte) []byte {
	t.Helper()
	out := []byte("\x89PNG\r\n\x1a\n")
	chunk := func(name string, body []byte) {
		out = binary.BigEndian.AppendUint32(out, uint32(len(body))) //nolint:gosec // short
		out = append(append(out, name...), body...)
		out = binary.BigEndian.AppendUint32(out, crc32.ChecksumIEEE(append([]byte(name), body...)))
	}
	head := binary.BigEndian.AppendUint32(nil, uint32(w)) //nolint:gosec // short
	head = binary.BigEndian.AppendUint32(head, uint32(h)) //nolint:gosec // short
	chunk("IHDR", append(head, depth, colorType, 0, 0, interlace))
	var packed bytes.Buffer
	z := zlib.NewWriter(&packed)
	channels := map[byte]int{0: 1, 2: 3, 4: 2, 6: 4}[colorType]
	for _, pass := range passes(w, h, interlace) {
		row := make([]byte, 1+(pass.w*channels*int(depth)+7)/8)
		if w*h > maxPixels { // refused by its header
			row = row[:1]
		}
		for range pass.h {
			_, err := z.Write(row)
			require.NoError(t, err)
		}
	}
	require.NoError(t, z.Close())
	chunk("IDAT", packed.Bytes())
	chunk("IEND", nil)
	return out
}

type pass struct{ w, h int }

func passes(w, h int, interlace byte) []pass {
	if interlace == 0 {
		return []pass{{w, h}}
	}
	var out []pass
	for _, p := range [][4]int{{8, 8, 0, 0}, {8, 8, 4, 0}, {4, 8, 0, 4}, {4, 4, 2, 0}, {2, 4, 0, 2}, {2, 2, 1, 0}, {1, 2, 0, 1}} {
		pw, ph := (w-p[2]+p[0]-1)/p[0], (h-p[3]+p[1]-1)/p[1]
		if pw > 0 && ph > 0 {
			out = append(out, pass{pw, ph})
		}
	}
	return out
}

// The smallest WebP pictures there are: of one pixel.
func losslessWebP() []byte { return decode64("UklGRhoAAABXRUJQVlA4TA0AAAAvAAAAEAcQERGIiP4HAA==") }
func lossyWebP() []byte    { return decode64("UklGRiIAAABXRUJQVlA4IBYAAAAwAQCdASoBAAEADsD+JaQAA3AAAAAA") }
func alphaWebP() []byte {
	return decode64("UklGRkoAAABXRUJQVlA4WAoAAAAQAAAAAAAAAAAAQUxQSAwAAAARBxAR/Q9ERP8DAABWUDggGAAAABQBAJ0BKgEAAQAAAP4AAA3AAP7mtQAAAA==")
}

func decode64(text string) []byte {
	b, err := base64.StdEncoding.DecodeString(text)
	if err != nil {
		panic(err)
	}
	return b
}
