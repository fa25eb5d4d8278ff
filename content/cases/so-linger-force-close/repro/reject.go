// reject: answers 413 before it has read the upload, then closes in one of two ways.
package main

import (
	"flag"
	"io"
	"log"
	"net"
	"time"
)

const reply = "HTTP/1.1 413 Content Too Large\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"

func main() {
	addr := flag.String("addr", "127.0.0.1:9100", "listen here")
	drain := flag.Bool("drain", false, "half-close, then read until the client is done")
	flag.Parse()

	l, err := net.Listen("tcp", *addr)
	if err != nil {
		log.Fatal(err)
	}
	for {
		conn, err := l.Accept()
		if err != nil {
			log.Fatal(err)
		}
		go func(c *net.TCPConn) {
			c.Read(make([]byte, 1024)) // the header, and perhaps some body
			c.Write([]byte(reply))
			if *drain {
				c.CloseWrite() // our FIN: the reply is complete
				c.SetReadDeadline(time.Now().Add(5 * time.Second))
				io.Copy(io.Discard, c) // until the client's FIN
			}
			c.Close()
		}(conn.(*net.TCPConn))
	}
}
