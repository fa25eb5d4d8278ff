// A gnet v2 server for messages made of a 4-byte length and a body. The flag picks the handler.
package main

import (
	"encoding/binary"
	"flag"
	"fmt"
	"os"
	"strings"
	"sync"
	"time"

	"github.com/panjf2000/gnet/v2"
)

const limit = 1 << 20

var start = time.Now()

// tally is what one connection received.
type tally struct {
	sync.Mutex
	calls, messages int
	right           map[int]bool // message numbers that arrived whole
}

type server struct {
	gnet.BuiltinEventEngine
	decode  func(c gnet.Conn, handle func([]byte)) error
	verbose bool
	workers sync.WaitGroup
}

func (s *server) OnOpen(c gnet.Conn) ([]byte, gnet.Action) {
	c.SetContext(&tally{right: map[int]bool{}})
	return nil, gnet.None
}

func (s *server) OnTraffic(c gnet.Conn) gnet.Action {
	t := c.Context().(*tally)
	t.calls++
	if s.verbose {
		fmt.Printf("%5.2f s  OnTraffic, %d bytes waiting\n", time.Since(start).Seconds(), c.InboundBuffered())
	}
	err := s.decode(c, func(body []byte) {
		t.Lock()
		defer t.Unlock()
		t.messages++
		if n, ok := number(body); ok {
			t.right[n] = true
		}
		if s.verbose {
			fmt.Printf("%5.2f s    message %.12q\n", time.Since(start).Seconds(), body)
		}
	})
	if err != nil {
		fmt.Println("closing:", err)
		return gnet.Close
	}
	return gnet.None
}

func (s *server) OnClose(c gnet.Conn, _ error) gnet.Action {
	s.workers.Wait()
	t := c.Context().(*tally)
	fmt.Printf("OnTraffic calls %d, messages %d, right %d\n", t.calls, t.messages, len(t.right))
	return gnet.None
}

// number reads a body as send.py makes it: "m0017" and then one letter, 60 times.
func number(body []byte) (n int, ok bool) {
	_, err := fmt.Sscanf(string(body), "m%04d", &n)
	return n, err == nil && string(body[5:]) == strings.Repeat(string(rune('a'+n%26)), 60)
}

func main() {
	name := flag.String("handler", "loop", "naive, once, loop, nolimit, share or block: see decode.go")
	verbose := flag.Bool("v", false, "print each callback and message")
	flag.Parse()
	s := &server{verbose: *verbose}
	s.decode = map[string]func(gnet.Conn, func([]byte)) error{
		"naive": naive, "once": once, "loop": loop, "nolimit": nolimit, "share": s.share, "block": block,
	}[*name]
	if s.decode == nil {
		flag.Usage()
		os.Exit(2)
	}
	err := gnet.Run(s, "tcp://127.0.0.1:9300", gnet.WithNumEventLoop(1), gnet.WithReuseAddr(true),
		gnet.WithLockOSThread(true)) // so that strace -p THREAD shows the loop
	if err != nil {
		fmt.Println(err)
		os.Exit(1)
	}
}

func length(head []byte) int { return int(binary.BigEndian.Uint32(head)) }
