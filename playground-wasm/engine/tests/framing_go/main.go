// Reads a stream per line of hexadecimal and prints the messages that Go's own packages find in it:
// <message> <message> end, where end is ok, short (the stream ended inside a message) or bad.
package main

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
)

const limit = 300

var errBad = errors.New("bad")

func escape(b []byte) string {
	var out bytes.Buffer
	for _, c := range b {
		switch {
		case c == '\t':
			out.WriteString(`\t`)
		case c == '\r':
			out.WriteString(`\r`)
		case c == '\n':
			out.WriteString(`\n`)
		case c == '\'' || c == '"' || c == '\\':
			out.WriteByte('\\')
			out.WriteByte(c)
		case c >= 0x20 && c < 0x7f:
			out.WriteByte(c)
		default:
			fmt.Fprintf(&out, `\x%02x`, c)
		}
	}
	return out.String()
}

// one reads a message; io.EOF means that the stream ended between messages.
func one(mode string, r *bufio.Reader) ([]byte, error) {
	if mode == "line" {
		line, err := r.ReadBytes('\n')
		if err == io.EOF && len(line) > limit {
			return nil, errBad
		}
		if err == io.EOF && len(line) > 0 {
			return nil, io.ErrUnexpectedEOF
		}
		if err != nil {
			return nil, err
		}
		if len(line)-1 > limit {
			return nil, errBad
		}
		return line[:len(line)-1], nil
	}
	var length uint64
	var err error
	width := map[string]int{"u8": 1, "u16be": 2, "u16le": 2, "u32be": 4, "u32le": 4}[mode]
	if width == 0 {
		if _, peek := r.Peek(1); peek == io.EOF {
			return nil, io.EOF
		}
		length, err = binary.ReadUvarint(r)
		if err == io.EOF {
			err = io.ErrUnexpectedEOF
		}
		if err != nil && err != io.ErrUnexpectedEOF {
			err = errBad
		}
	} else {
		head := make([]byte, width)
		_, err = io.ReadFull(r, head)
		switch mode {
		case "u8":
			length = uint64(head[0])
		case "u16be":
			length = uint64(binary.BigEndian.Uint16(head))
		case "u16le":
			length = uint64(binary.LittleEndian.Uint16(head))
		case "u32be":
			length = uint64(binary.BigEndian.Uint32(head))
		case "u32le":
			length = uint64(binary.LittleEndian.Uint32(head))
		}
	}
	if err != nil {
		return nil, err
	}
	if length > limit {
		return nil, errBad
	}
	body := make([]byte, length)
	if _, err := io.ReadFull(r, body); err != nil {
		return nil, io.ErrUnexpectedEOF
	}
	return body, nil
}

func response(r *bufio.Reader) (string, error) {
	if _, err := r.Peek(1); err == io.EOF {
		return "", io.EOF
	}
	resp, err := http.ReadResponse(r, nil)
	if err != nil {
		return "", io.ErrUnexpectedEOF
	}
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		return "", io.ErrUnexpectedEOF
	}
	return fmt.Sprintf("%d<%s>", resp.StatusCode, escape(body)), nil
}

func main() {
	mode := os.Args[1]
	input, err := io.ReadAll(os.Stdin)
	if err != nil {
		panic(err)
	}
	out := bufio.NewWriter(os.Stdout)
	defer out.Flush()
	for _, line := range bytes.Split(bytes.TrimSuffix(input, []byte("\n")), []byte("\n")) {
		stream, err := hex.DecodeString(string(line))
		if err != nil {
			panic(err)
		}
		r := bufio.NewReader(bytes.NewReader(stream))
		for {
			var text string
			var err error
			if mode == "http" {
				text, err = response(r)
			} else {
				var frame []byte
				frame, err = one(mode, r)
				text = "<" + escape(frame) + ">"
			}
			if err == nil {
				fmt.Fprint(out, text, " ")
				continue
			}
			end := map[error]string{io.EOF: "ok", io.ErrUnexpectedEOF: "short", errBad: "bad"}[err]
			fmt.Fprintln(out, end)
			break
		}
	}
}
