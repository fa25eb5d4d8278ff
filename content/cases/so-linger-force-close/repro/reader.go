// reader: accepts connections, waits, then reads and says how each one ended.
package main

import (
	"flag"
	"fmt"
	"log"
	"net"
	"time"
)

func main() {
	addr := flag.String("addr", "127.0.0.1:9000", "listen here")
	wait := flag.Duration("wait", 2500*time.Millisecond, "before the first read")
	hello := flag.Bool("hello", false, "say HELLO first")
	flag.Parse()

	l, err := net.Listen("tcp", *addr)
	if err != nil {
		log.Fatal(err)
	}
	for {
		c, err := l.Accept()
		if err != nil {
			log.Fatal(err)
		}
		go read(c.(*net.TCPConn), *wait, *hello)
	}
}

func read(c *net.TCPConn, wait time.Duration, hello bool) {
	defer c.Close()
	if hello {
		c.Write([]byte("HELLO"))
	}
	time.Sleep(wait)
	buf, sum := make([]byte, 65536), 0
	for {
		n, err := c.Read(buf)
		sum += n
		if err != nil {
			fmt.Printf("reader: %v after %d bytes\n", err, sum)
			return
		}
	}
}
