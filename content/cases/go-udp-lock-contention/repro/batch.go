//go:build ignore

// batch sends 64-byte datagrams from one goroutine on one socket, 32 per sendmmsg(2).
package main

import (
	"fmt"
	"net"
	"time"

	"golang.org/x/net/ipv4"
)

func main() {
	c, err := net.Dial("udp4", "127.0.0.1:9999")
	if err != nil {
		panic(err)
	}
	p := ipv4.NewPacketConn(c.(*net.UDPConn))
	batch := make([]ipv4.Message, 32)
	for i := range batch {
		batch[i].Buffers = [][]byte{make([]byte, 64)}
	}
	sent, start := 0, time.Now()
	for time.Since(start) < time.Second {
		n, err := p.WriteBatch(batch, 0) // may send fewer than it was given
		if err != nil {
			panic(err)
		}
		sent += n
	}
	fmt.Printf("conns=1   goroutines=1    %5.0f kpps  (sendmmsg, 32 per call)\n",
		float64(sent)/time.Since(start).Seconds()/1000)
}
