package media

import (
	"image"
	"image/draw"
)

// shrink scales a picture down until its long side has at most so many pixels, and puts it on white. Every pixel becomes the
// average of the area that it stands for. It holds a row or two beside the result, whatever the size of the source: the
// library's scalers would hold 32 bytes for each pixel of the result's width times the source's height.
func shrink(src image.Image, side int) *image.RGBA {
	b := src.Bounds()
	w, h := fit(b.Dx(), b.Dy(), side)
	s := scaler{
		dst: image.NewRGBA(image.Rect(0, 0, w, h)), srcW: b.Dx(), srcH: b.Dy(),
		row: make([]uint32, 3*w), sum: make([]uint64, 3*w),
	}
	strip := image.NewRGBA(image.Rect(0, 0, b.Dx(), 1))
	for y := range b.Dy() {
		draw.Draw(strip, strip.Rect, image.White, image.Point{}, draw.Src)
		draw.Draw(strip, strip.Rect, src, image.Pt(b.Min.X, b.Min.Y+y), draw.Over)
		s.add(y, strip.Pix)
	}
	return s.dst
}

// fit keeps the proportions, and never enlarges.
func fit(w, h, side int) (int, int) {
	long := max(w, h)
	if long <= side {
		return w, h
	}
	scale := func(n int) int { return max(1, (n*side+long/2)/long) }
	return scale(w), scale(h)
}

// scaler counts in units in which source and result have the same size: a source pixel is dst wide, one of the result src.
type scaler struct {
	dst        *image.RGBA
	srcW, srcH int
	row        []uint32 // the source's row in hand, at the result's width; sums of srcW weights
	sum        []uint64 // the result's row in hand; sums of srcH weights of rows
}

// add takes the next row of the source.
func (s *scaler) add(y int, pix []byte) {
	s.narrow(pix)
	h := s.dst.Rect.Dy()
	from, until := y*h, (y+1)*h
	out := from / s.srcH
	edge := (out + 1) * s.srcH
	s.blend(uint64(min(until, edge) - from)) //nolint:gosec // positive
	if until >= edge {
		s.flush(out)
		s.blend(uint64(until - edge)) //nolint:gosec // positive
	}
}

// narrow sums a row's pixels into those of the result.
func (s *scaler) narrow(pix []byte) {
	clear(s.row)
	w := s.dst.Rect.Dx()
	for x := range s.srcW {
		from, until := x*w, (x+1)*w
		out := from / s.srcW
		edge := (out + 1) * s.srcW
		first := uint32(min(until, edge) - from) //nolint:gosec // at most Large
		rest := uint32(max(until-edge, 0))       //nolint:gosec // at most Large
		for c := range 3 {
			v := uint32(pix[4*x+c])
			s.row[3*out+c] += v * first
			if rest > 0 {
				s.row[3*(out+1)+c] += v * rest
			}
		}
	}
}

// blend adds the row in hand with a weight.
func (s *scaler) blend(weight uint64) {
	if weight == 0 {
		return
	}
	for i, v := range s.row {
		s.sum[i] += uint64(v) * weight
	}
}

// flush writes a finished row of the result.
func (s *scaler) flush(y int) {
	area := uint64(s.srcW) * uint64(s.srcH) //nolint:gosec // bounded by maxPixels
	to := s.dst.Pix[y*s.dst.Stride:]
	for x := range s.dst.Rect.Dx() {
		for c := range 3 {
			to[4*x+c] = uint8((s.sum[3*x+c] + area/2) / area) //nolint:gosec // an average of bytes
		}
		to[4*x+3] = 0xff
	}
	clear(s.sum)
}

// upright turns and mirrors a picture as EXIF's orientation says.
func upright(src *image.RGBA, orientation int) *image.RGBA {
	if orientation <= 1 {
		return src
	}
	w, h := src.Rect.Dx(), src.Rect.Dy()
	turned := orientation >= 5
	flipX := orientation == 2 || orientation == 3 || orientation == 7 || orientation == 8
	flipY := orientation == 3 || orientation == 4 || orientation == 6 || orientation == 7
	dst := image.NewRGBA(image.Rect(0, 0, w, h))
	if turned {
		dst = image.NewRGBA(image.Rect(0, 0, h, w))
	}
	for y := range dst.Rect.Dy() {
		for x := range dst.Rect.Dx() {
			fromX, fromY := x, y
			if turned {
				fromX, fromY = y, x
			}
			if flipX {
				fromX = w - 1 - fromX
			}
			if flipY {
				fromY = h - 1 - fromY
			}
			copy(dst.Pix[dst.PixOffset(x, y):][:4], src.Pix[src.PixOffset(fromX, fromY):][:4])
		}
	}
	return dst
}
