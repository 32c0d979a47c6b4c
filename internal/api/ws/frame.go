package ws

import (
	"encoding/binary"
	"errors"
	"strconv"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
	"github.com/gorilla/websocket"

	"github.com/zoop-dev/zoop/internal/domain"
)

// The application's close codes (RFC 6455 leaves 4000 to 4999 to us). A client reconnects after 4008, 4009 with a new
// sign-in, and 4012, and not after the others.
const (
	CloseUnauthenticated = 4001
	CloseForbidden       = 4003
	CloseSlow            = 4008
	CloseRevoked         = 4009
	CloseDraining        = 4012
)

// The frames a client sends.
type (
	headFrame struct {
		ID   *int64         `json:"id"`
		Type string         `json:"type"`
		Rest jsontext.Value `json:",unknown"`
	}
	subscribeFrame struct {
		ID    *int64 `json:"id"`
		Type  string `json:"type"`
		Topic string `json:"topic"`
		Epoch string `json:"epoch"`
		Since *int64 `json:"since"`
	}
	unsubscribeFrame struct {
		ID    *int64 `json:"id"`
		Type  string `json:"type"`
		Topic string `json:"topic"`
	}
	pingFrame struct {
		ID   *int64 `json:"id"`
		Type string `json:"type"`
	}
	locationFrame struct {
		ID       *int64     `json:"id"`
		Type     string     `json:"type"`
		Lat      *float64   `json:"lat"`
		Lng      *float64   `json:"lng"`
		Accuracy *float64   `json:"accuracy"`
		Heading  *float64   `json:"heading"`
		At       *time.Time `json:"at"`
	}
)

// The frames the server sends, besides events.
type (
	subscribedFrame struct {
		ID        *int64 `json:"id,omitempty"`
		Type      string `json:"type"` // subscribed
		Topic     string `json:"topic"`
		Epoch     string `json:"epoch"`
		Seq       int64  `json:"seq"`
		Recovered int    `json:"recovered"`
		begins    int64  // the place after which events follow, those recovered among them
	}
	topicFrame struct {
		ID    *int64 `json:"id,omitempty"`
		Type  string `json:"type"` // unsubscribed, resync
		Topic string `json:"topic"`
	}
	positionFrame struct {
		Type     string   `json:"type"` // position
		Topic    string   `json:"topic"`
		Position position `json:"position"`
	}
	position struct {
		Lat    float64   `json:"lat"`
		Lng    float64   `json:"lng"`
		Coarse bool      `json:"coarse"`
		At     time.Time `json:"at"`
	}
	errorFrame struct {
		ID      *int64 `json:"id,omitempty"`
		Type    string `json:"type"` // error
		Code    string `json:"code"`
		Message string `json:"message"`
	}
)

// decode reads a client's frame strictly: a name that is unknown, doubled or wrongly cased is an error.
func decode[T any](text []byte) (T, error) {
	var v T
	if err := json.Unmarshal(text, &v, json.RejectUnknownMembers(true)); err != nil {
		return v, badFrame(err)
	}
	return v, nil
}

// decodeHead reads what every frame has.
func decodeHead(text []byte) (headFrame, error) {
	var h headFrame
	if err := json.Unmarshal(text, &h); err != nil {
		return h, badFrame(err)
	}
	return h, nil
}

func badFrame(err error) error {
	var semantic *json.SemanticError
	if errors.As(err, &semantic) && semantic.JSONPointer != "" {
		return domain.Errorf(domain.Invalid, string(domain.Invalid), "the frame's %.64q is unknown or of the wrong type", semantic.JSONPointer)
	}
	return domain.Errorf(domain.Invalid, string(domain.Invalid), "a frame is one JSON object, without unknown or repeated names")
}

// message makes a text frame of a value that always encodes.
func message(v any) []byte {
	text, err := json.Marshal(v)
	if err != nil {
		panic(err)
	}
	return wireFrame(websocket.TextMessage, text)
}

// eventFrame splices an encoded event into the text frame that carries it to a topic's subscribers.
func eventFrame(topic string, seq int64, event []byte) []byte {
	text := make([]byte, 0, len(topic)+len(event)+64)
	text = append(text, `{"type":"event","topic":"`...)
	text = append(text, topic...) // of a Topic, so it needs no escaping
	text = append(text, `","seq":`...)
	text = strconv.AppendInt(text, seq, 10)
	text = append(text, `,"event":`...)
	text = append(text, event...)
	text = append(text, '}')
	return wireFrame(websocket.TextMessage, text)
}

// wireFrame makes a whole, unmasked frame (RFC 6455, 5.2), as a server sends it. Its bytes may go to any number of clients.
func wireFrame(opcode byte, payload []byte) []byte {
	frame := make([]byte, 0, len(payload)+10)
	frame = append(frame, 0x80|opcode)
	switch n := len(payload); {
	case n <= 125:
		frame = append(frame, byte(n))
	case n <= 0xffff:
		frame = binary.BigEndian.AppendUint16(append(frame, 126), uint16(n))
	default:
		frame = binary.BigEndian.AppendUint64(append(frame, 127), uint64(n))
	}
	return append(frame, payload...)
}
