package main

import (
	"net/textproto"
	"strconv"
	"strings"
)

// BodyRule says which rule of RFC 9112, 6.3 ends the body of a response, and its length where that is known.
func BodyRule(method string, status int, head textproto.MIMEHeader) (rule int, length uint64) {
	switch {
	case method == "HEAD" || status/100 == 1 || status == 204 || status == 304:
		return 1, 0
	case method == "CONNECT" && status/100 == 2:
		return 2, 0
	}
	return byFields(head)
}

// NaiveRule looks at the fields before the status: it waits for the body of a 204.
func NaiveRule(method string, status int, head textproto.MIMEHeader) (rule int, length uint64) {
	if head["Transfer-Encoding"] == nil && head["Content-Length"] == nil || status == 101 ||
		method == "CONNECT" && status/100 == 2 {
		return BodyRule(method, status, head)
	}
	return byFields(head)
}

func byFields(head textproto.MIMEHeader) (rule int, length uint64) {
	codings, lengths := head["Transfer-Encoding"], head["Content-Length"]
	for i, text := range lengths {
		for j, part := range strings.Split(text, ",") {
			n, err := strconv.ParseUint(strings.Trim(part, " \t"), 10, 64)
			if err != nil || i+j > 0 && n != length {
				return 5, 0 // stricter than the RFC: also beside Transfer-Encoding
			}
			length = n
		}
	}
	switch {
	case codings != nil && lengths != nil:
		return 3, 0 // perhaps an attack; close after it
	case codings != nil:
		return 4, 0 // to the last chunk if chunked is the last coding, else to the close
	case lengths != nil:
		return 6, length
	default:
		return 8, 0 // to the close
	}
}
