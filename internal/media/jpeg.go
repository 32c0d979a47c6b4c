package media

import (
	"bytes"
	"encoding/binary"
)

// jpegHead is what a JPEG says of itself and its decoder does not tell before it has allocated.
type jpegHead struct {
	components  int
	progressive bool
	scans       int
	orientation int // EXIF's, 1 to 8; 0 when it says nothing of use
}

// Markers of the JPEG standard.
const (
	markSOF2 = 0xc2
	markRST0 = 0xd0
	markRST7 = 0xd7
	markEOI  = 0xd9
	markSOS  = 0xda
	markAPP1 = 0xe1
)

// readJPEG walks a JPEG's markers the way the decoder does, so that what it finds is what the decoder will.
func readJPEG(data []byte) jpegHead {
	var h jpegHead
	for pos := 2; pos+4 <= len(data); {
		mark := data[pos+1]
		switch {
		case data[pos] != 0xff, mark == 0xff: // data of a scan, rubbish, or filling
			pos++
			continue
		case mark == 0, mark >= markRST0 && mark <= markRST7:
			pos += 2
			continue
		case mark == markEOI:
			return h
		}
		end := pos + 2 + int(binary.BigEndian.Uint16(data[pos+2:]))
		if end > len(data) {
			return h
		}
		h.segment(mark, data[min(pos+4, end):end])
		pos = end
	}
	return h
}

func (h *jpegHead) segment(mark byte, body []byte) {
	switch {
	case mark >= 0xc0 && mark <= markSOF2 && h.components == 0 && len(body) >= 6: // a second frame is an error to the decoder
		h.components, h.progressive = int(body[5]), mark == markSOF2
	case mark == markSOS:
		h.scans++
	case mark == markAPP1 && h.orientation == 0:
		h.orientation = orientation(body)
	}
}

// orientation reads the tag of that name from a segment of EXIF: 0 when it is not there.
func orientation(body []byte) int {
	tiff, ok := bytes.CutPrefix(body, []byte("Exif\x00\x00"))
	if !ok || len(tiff) < 8 {
		return 0
	}
	var order binary.ByteOrder = binary.BigEndian
	if tiff[0] == 'I' {
		order = binary.LittleEndian
	}
	const tag, short, entrySize = 0x0112, 3, 12
	at := int64(order.Uint32(tiff[4:]))
	if at+2 > int64(len(tiff)) {
		return 0
	}
	entries := tiff[at+2:]
	for range order.Uint16(tiff[at:]) {
		if len(entries) < entrySize {
			return 0
		}
		if order.Uint16(entries) == tag && order.Uint16(entries[2:]) == short {
			if o := int(order.Uint16(entries[8:])); o >= 1 && o <= 8 {
				return o
			}
			return 0
		}
		entries = entries[entrySize:]
	}
	return 0
}
