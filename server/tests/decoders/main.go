// Asks the decoders that pages show what the engine was asked: JSON in, JSON out (server/tests/decoders.rs).
package main

import (
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"net/textproto"
	"os"
	"strconv"
	"strings"
)

type question struct {
	Pieces         []string
	Codec, Handler string
}

type onRead func([]byte, func([]byte)) error

func reader(q question, limit int) onRead {
	pick := func(loop, once onRead) onRead {
		if q.Handler == "once" {
			return once
		}
		return loop
	}
	order := func() binary.ByteOrder {
		if strings.HasSuffix(q.Codec, "le") {
			return binary.LittleEndian
		}
		return binary.BigEndian
	}
	switch {
	case q.Handler == "naive":
		return (&Naive{}).OnRead
	case strings.HasPrefix(q.Codec, "fixed="):
		size, _ := strconv.Atoi(q.Codec[6:])
		d := &Fixed{Size: size}
		return pick(d.OnRead, d.OnReadOnce)
	case q.Codec[0] == 'u':
		bits, _ := strconv.Atoi(strings.TrimRight(q.Codec[1:], "bel"))
		d := &Length{Width: bits / 8, Order: order(), Limit: limit}
		return pick(d.OnRead, d.OnReadOnce)
	}
	marks := map[string]string{"line": "\n", "crlf": "\r\n", "delimiter=7c7c": "||"}
	d := &Delimiter{Mark: []byte(marks[q.Codec]), Limit: limit}
	return pick(d.OnRead, d.OnReadOnce)
}

func answer(q question, limit int) map[string]any {
	messages, read := [][]any{}, reader(q, limit)
	for i, piece := range q.Pieces {
		data, _ := hex.DecodeString(piece)
		err := read(data, func(m []byte) { messages = append(messages, []any{i, hex.EncodeToString(m)}) })
		if err != nil {
			return map[string]any{"messages": messages, "error": []any{i, err.Error()}}
		}
	}
	return map[string]any{"messages": messages, "error": nil}
}

func main() {
	var in struct {
		Questions []question
		Limit     int
		Heads     [][]json.RawMessage
	}
	if err := json.NewDecoder(os.Stdin).Decode(&in); err != nil {
		panic(err)
	}
	answers, rules := []any{}, []any{}
	for _, q := range in.Questions {
		answers = append(answers, answer(q, in.Limit))
	}
	for _, h := range in.Heads {
		var method string
		var status int
		var codings, lengths []string
		for i, to := range []any{&method, &status, &codings, &lengths} {
			if err := json.Unmarshal(h[i], to); err != nil {
				panic(err)
			}
		}
		head := textproto.MIMEHeader{}
		if len(codings) > 0 {
			head["Transfer-Encoding"] = codings
		}
		if len(lengths) > 0 {
			head["Content-Length"] = lengths
		}
		rule, length := BodyRule(method, status, head)
		rules = append(rules, []any{rule, length})
		rule, length = NaiveRule(method, status, head)
		rules = append(rules, []any{rule, length})
	}
	if err := json.NewEncoder(os.Stdout).Encode(map[string]any{"answers": answers, "rules": rules}); err != nil {
		panic(err)
	}
}
