// options: four ways to get a connection; run it under strace to see what Go sets on each.
package main

import (
	"io"
	"net"
	"net/http"
	"os"
	"time"
)

func say(s string) { os.Stderr.WriteString("# " + s + "\n") } // a mark in the strace

func main() {
	l, _ := net.Listen("tcp", "127.0.0.1:0")
	accepted := make(chan net.Conn)
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			accepted <- c
		}
	}()
	addr := l.Addr().String()

	say("net.Dial and Accept")
	c, _ := net.Dial("tcp", addr)
	<-accepted

	say("SetKeepAlivePeriod(30s)")
	c.(*net.TCPConn).SetKeepAlive(true)
	c.(*net.TCPConn).SetKeepAlivePeriod(30 * time.Second)

	say("Dialer{KeepAlive: -1} and Accept")
	d := net.Dialer{KeepAlive: -1}
	d.Dial("tcp", addr)
	<-accepted

	say("http.Get and Accept")
	l2, _ := net.Listen("tcp", "127.0.0.1:0")
	go http.Serve(l2, nil)
	r, _ := http.Get("http://" + l2.Addr().String())
	io.Copy(io.Discard, r.Body)
}
