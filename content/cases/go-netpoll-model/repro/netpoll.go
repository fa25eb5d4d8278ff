// netpoll is the smallest program that waits in Go's netpoller: run it under strace -f.
package main

import (
	"io"
	"net"
	"time"
)

func main() {
	l, _ := net.Listen("tcp", "127.0.0.1:18999")
	go func() {
		c, _ := net.Dial("tcp", "127.0.0.1:18999")
		time.Sleep(300 * time.Millisecond)
		io.WriteString(c, "ping")
		time.Sleep(100 * time.Millisecond)
		c.Close()
	}()
	c, _ := l.Accept()
	io.Copy(io.Discard, c)
}
