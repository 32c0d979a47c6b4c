package main

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"io"
	"net"
	"strconv"
	"time"
)

// Conn is one connection of the load generator. It speaks just as much HTTP/1.1 as zoop answers with, so that the generator
// leaves the processors to what is measured.
type Conn struct {
	address string
	net     net.Conn
	r       *bufio.Reader
}

// answerTimeout bounds the wait for one answer.
const answerTimeout = 20 * time.Second

func dial(ctx context.Context, address string) (*Conn, error) {
	c, err := (&net.Dialer{Timeout: answerTimeout}).DialContext(ctx, "tcp", address)
	if err != nil {
		return nil, err
	}
	return &Conn{address, c, bufio.NewReaderSize(c, 64<<10)}, nil
}

// Close ends the connection.
func (c *Conn) Close() { _ = c.net.Close() }

// Do sends a request and gives the body of a 2xx answer; any other is an error.
func (c *Conn) Do(r Request) ([]byte, error) {
	size, err := c.begin(render([]Request{r}, c.address)[0])
	if err != nil {
		return nil, err
	}
	body := make([]byte, size)
	_, err = io.ReadFull(c.r, body)
	return body, err
}

// send sends a rendered request and throws the answer's body away.
func (c *Conn) send(raw []byte) error {
	size, err := c.begin(raw)
	if err == nil {
		_, err = c.r.Discard(size)
	}
	return err
}

// begin sends a request and reads the answer up to its body, whose size it gives.
func (c *Conn) begin(raw []byte) (size int, err error) {
	if err := c.net.SetDeadline(time.Now().Add(answerTimeout)); err != nil {
		return 0, err
	}
	if _, err := c.net.Write(raw); err != nil {
		return 0, err
	}
	line, err := c.r.ReadSlice('\n')
	if err != nil {
		return 0, err
	}
	if len(line) < 12 || line[9] != '2' {
		status := string(bytes.TrimSpace(line)) // Peek may move what it is cut from
		rest, _ := c.r.Peek(c.r.Buffered())
		if _, body, ok := bytes.Cut(rest, []byte("\r\n\r\n")); ok {
			rest = body
		}
		return 0, fmt.Errorf("answered %q: %.4000q", status, rest)
	}
	empty := string(line[9:12]) == "204"
	size = -1
	for {
		line, err = c.r.ReadSlice('\n')
		if err != nil {
			return 0, err
		}
		if len(line) <= 2 {
			break
		}
		const name = "content-length:"
		if len(line) > len(name) && bytes.EqualFold(line[:len(name)], []byte(name)) {
			if size, err = strconv.Atoi(string(bytes.TrimSpace(line[len(name):]))); err != nil {
				return 0, err
			}
		}
	}
	if empty {
		return 0, nil
	}
	if size < 0 {
		return 0, fmt.Errorf("an answer without Content-Length")
	}
	return size, nil
}

// render writes requests as they go over the wire.
func render(requests []Request, host string) [][]byte {
	out := make([][]byte, len(requests))
	for i, r := range requests {
		method := r.Method
		if method == "" {
			method = "GET"
		}
		var b bytes.Buffer
		fmt.Fprintf(&b, "%s %s HTTP/1.1\r\nHost: %s\r\n%s", method, r.Path, host, r.Header)
		if r.Token != "" {
			fmt.Fprintf(&b, "Authorization: Bearer %s\r\n", r.Token)
		}
		if r.Body != "" {
			fmt.Fprintf(&b, "Content-Type: application/json\r\nContent-Length: %d\r\n", len(r.Body))
		}
		b.WriteString("\r\n" + r.Body)
		out[i] = b.Bytes()
	}
	return out
}
